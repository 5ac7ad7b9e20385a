import { isLoopbackHost } from '../loopback.ts';
import { DATABASE } from '../resources.ts';
import type { Config } from './config.ts';
import type { Path, Report } from './problem.ts';
import { tlsModeOf, type DatabaseEntry, type PostgresSettings } from './postgres.ts';

const AT = 'postgres';

/** What only shows when databases are looked at beside everything else. */
export function checkPostgres({ postgres, resources }: Config, report: Report): void {
  checkReach(postgres, report);
  checkTls(postgres, report);
  const names = new Set<string>();
  for (const [i, entry] of postgres.databases.entries()) {
    const at: Path = [AT, 'databases', i];
    if (names.has(entry.name))
      report({
        code: 'duplicate-id',
        path: [...at, 'name'],
        message: `\`${entry.name}\` is already the name of a database`,
        hint: 'give every database a name of its own: clients and policy go by it',
      });
    names.add(entry.name);
    checkReached(entry, at, report);
    checkLanes(entry, at, report);
    const isListed = resources.some(({ type, id }) => type === DATABASE && id === entry.name);
    if (isListed && Object.keys(entry.attrs).length > 0)
      report({
        code: 'duplicate-id',
        path: [...at, 'attrs'],
        message: `${DATABASE} \`${entry.name}\` is listed under \`resources\` as well`,
        hint: 'say its attributes there, or leave it out there',
      });
  }
}

/** Statements and rows do not cross a network in the clear unless the operator says so. */
function checkReach({ listen, tls, isPlain, databases }: PostgresSettings, report: Report): void {
  if (!listen) {
    if (databases.length > 0)
      report({
        code: 'missing-key',
        isWarning: true,
        path: [AT],
        message: 'databases are named, and no address is listened on',
        hint: 'add `listen`, such as 127.0.0.1:6432',
      });
    return;
  }
  if (tls !== undefined || isLoopbackHost(listen.host)) return;
  report({
    code: isPlain ? 'reachable' : 'not-loopback',
    isWarning: isPlain,
    path: [AT, 'listen'],
    message: `others can reach \`${listen.host}\`, and what they send there is not encrypted`,
    hint: isPlain
      ? 'give the gate a certificate under `tls` unless the network itself is encrypted'
      : 'give the gate a certificate under `tls`, or listen on 127.0.0.1, or write `plain_text: true`',
  });
}

function checkTls({ tls }: PostgresSettings, report: Report): void {
  if (!tls || (tls.clientCa === undefined) === (tls.trustDomain === undefined)) return;
  const [there, missing] =
    tls.clientCa === undefined ? ['trust_domain', 'client_ca'] : ['client_ca', 'trust_domain'];
  report({
    code: 'missing-key',
    path: [AT, 'tls'],
    message: `has \`${there}\` and not \`${missing}\``,
    hint: 'write both: who signs certificates of agents, and whose agents those are',
  });
}

/** One way to reach it, and not two. */
function checkReached(entry: DatabaseEntry, path: Path, report: Report): void {
  const { host, socket, tls } = entry;
  if ((host === undefined) === (socket === undefined))
    report({
      code: host === undefined ? 'missing-key' : 'bad-value',
      path,
      message: host === undefined ? 'has neither `host` nor `socket`' : 'has `host` and `socket`',
      hint: 'write the `host` of a server, or the folder of its `socket`',
    });
  const mode = tlsModeOf(entry, isLoopbackHost);
  if (tls.ca !== undefined && mode === 'disable')
    report({
      code: 'bad-value',
      path: [...path, 'tls', 'ca'],
      message: 'says nothing of a database that is reached without TLS',
      hint: 'leave it out, or write `mode: verify-full`',
    });
  if (host !== undefined && !isLoopbackHost(host) && mode !== 'verify-full')
    report({
      code: 'reachable',
      isWarning: true,
      path: [...path, 'tls'],
      message:
        mode === 'disable'
          ? 'rows cross the network in the clear'
          : 'whoever is between could be taken for the database',
      hint: 'write `mode: verify-full`, with `ca` where its certificate is your own',
    });
}

/** The role is what stops a statement that was misread; one role for both stops nothing. */
function checkLanes({ read, write }: DatabaseEntry, path: Path, report: Report): void {
  if (read.user !== write.user) return;
  report({
    code: 'bad-value',
    path: [...path, 'write', 'user'],
    message: `\`${write.user}\` is the role for reading as well`,
    hint: 'make two roles: one that may only select, and one that may write',
  });
}
