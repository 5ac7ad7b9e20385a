import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HOST_NAMES, HOSTS, isHost, isMembers, type Host } from '@countersign/gate-hook/client';
import {
  fileOf,
  folderOf,
  install,
  movedFolders,
  NotChanged,
  planFor,
  uninstall,
  type Done,
  type Place,
  type Scope,
} from '@countersign/gate-hook/installing';
import { Failure, Usage, type Call, type Run } from '../command.ts';
import { findAll, identityOf, ownFolder } from '../credentials.ts';
import { EXIT } from '../exit.ts';
import { answerHook } from '../hook/answer.ts';
import type { HookFile } from '../hook/settings.ts';
import type { Io } from '../io.ts';
import { readOwn, storeOwn } from '../own-credentials.ts';
import { plain } from '../text.ts';
import { durationOf } from './act.ts';

/** Where hooks are on this machine. */
export const placeOf = (io: Io): Place => ({
  home: io.home,
  folders: movedFolders(io.env),
  cwd: io.cwd,
  node: process.execPath,
  entry: fileURLToPath(new URL('../../bin/countersign-hook.cjs', import.meta.url)),
  config: join(ownFolder(io), 'hook.json'),
});

/** Answers one event; the program itself starts the entry instead, which nothing can keep from an answer. */
export const answer: Run = async ({ io, words: [host = ''], text, has }) => {
  const args = ['config', 'timeout', 'event'].flatMap((name) => {
    const value = text(name);
    return value === undefined ? [] : [`--${name}`, value];
  });
  const chunks: Uint8Array[] = [];
  for await (const chunk of io.stdin) chunks.push(chunk);
  try {
    const all = [...args, ...(has('defer') ? ['--defer'] : [])];
    const { stdout, stderr, exit } = await answerHook({
      host,
      args: all,
      input: Buffer.concat(chunks),
    });
    io.out(stdout);
    io.err(stderr);
    return exit;
  } catch (error) {
    io.err(`NOT EXECUTED: ${plain(error instanceof Error ? error.message : String(error))}\n`);
    return EXIT.usage;
  }
};

const scopeOf = (call: Call): Scope => (call.has('project') ? 'project' : 'user');

/** Hooks into the hosts that are named, or that are here. */
export const installHooks: Run = async (call) => {
  const place = placeOf(call.io);
  const hosts = hostsOf(call, place);
  if (hosts.length === 0)
    throw new Usage(`no coding agent is on this machine; name one of ${HOSTS.join(', ')}`);
  // files first: one that cannot be changed must not leave half of it done
  const plans = hosts.map((host) => planFor(host, scopeOf(call), place, call.has('defer')));
  const file = settingsOf(call, place.config);
  storeSettings(call, place.config, file);
  const done = plans.map((plan) => changed(() => install(plan, hookFolder(place))));
  return tell(call, hosts, done, { settings: place.config, url: file.url, agent: file.agent });
};

/** Takes them out again. */
export const uninstallHooks: Run = async (call) => {
  const place = placeOf(call.io);
  const hosts = call.words.length > 0 ? hostsOf(call, place) : HOSTS;
  const scope = scopeOf(call);
  const done = hosts.map((host) =>
    changed(() => uninstall(fileOf(host, scope, place), hookFolder(place))),
  );
  return tell(call, hosts, done, {});
};

const hookFolder = ({ config }: Place): string => join(config, '../hook');

function changed(change: () => Done): Done {
  try {
    return change();
  } catch (error) {
    if (!(error instanceof NotChanged)) throw error;
    throw new Failure('not-changed', error.message, {
      exitCode: EXIT.usage,
      hint: 'correct that file, then run this again; nothing in it was changed',
    });
  }
}

const PROGRAMS: Readonly<Record<Host, string>> = {
  'claude-code': 'claude',
  codex: 'codex',
  gemini: 'gemini',
  cursor: 'cursor-agent',
  copilot: 'copilot',
};
/** The program of a host, where it is on the PATH. */
export const programOf = (host: Host, { env }: Pick<Io, 'env'>): string | undefined =>
  (env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, PROGRAMS[host]))
    .find((path) => existsSync(path));

function hostsOf({ words, io }: Call, place: Place): readonly Host[] {
  const wrong = words.find((word) => !isHost(word));
  if (wrong !== undefined) throw new Usage(`\`${wrong}\` is none of ${HOSTS.join(', ')}`);
  if (words.length > 0) return HOSTS.filter((host) => words.includes(host));
  return HOSTS.filter(
    (host) => existsSync(folderOf(host, place)) || programOf(host, io) !== undefined,
  );
}

/** What is to stand in `hook.json`: what is said now, else what stands there. */
function settingsOf(call: Call, path: string): HookFile {
  const had = existing(path);
  const holdMs = durationOf(call, 'hold');
  const [host, mask, person] = ['host', 'mask', 'on-behalf-of'].map(call.text);
  const { url } = identityOf(call, 'agent');
  return {
    ...had,
    url,
    agent: agentName(call),
    host: host ?? had.host ?? hostname(),
    ...(holdMs === undefined ? {} : { hold_seconds: Math.round(holdMs / 1000) }),
    ...(mask === undefined ? {} : { mask: mask as 'secrets' | 'all' | 'none' }), // one of its choices
    ...(person === undefined ? {} : { on_behalf_of: person }),
  };
}

function existing(path: string): Partial<HookFile> {
  try {
    const read: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return isMembers(read) ? read : {};
  } catch {
    return {};
  }
}

/** The name a credential has where it is stored; one from the environment gets one. */
function agentName(call: Call): string {
  const as = call.text('as');
  if (as !== undefined) return as;
  if (call.io.env['COUNTERSIGN_TOKEN']) return 'hook';
  const [only = 'hook'] =
    findAll(call.io)
      .map(({ credentials }) => Object.keys(credentials.agents ?? {}))
      .find((names) => names.length > 0) ?? [];
  return only;
}

/** The hook reads this user's own folder alone, so the credential has to be there. */
function storeSettings(call: Call, path: string, file: HookFile): void {
  const own = ownFolder(call.io);
  const { url, token } = identityOf(call, 'agent');
  const known = readOwn(own);
  if (known.url === undefined || known.agents?.[file.agent] === undefined || known.url !== url)
    storeOwn(own, { url, name: file.agent, token, isPerson: false });
  writeFileSync(path, `${JSON.stringify(file, undefined, 2)}\n`, { mode: 0o600 });
}

const AFTERWARDS: Partial<Record<Host, string>> = {
  codex: 'Codex skips hooks that were not reviewed: open it once and trust this one with /hooks',
  gemini: 'Gemini runs no hook in a folder it does not trust; its own prompt is all there',
  copilot: 'Copilot goes on when a hook takes longer than its timeout, whatever is configured',
};

function tell(
  { io, has }: Call,
  hosts: readonly Host[],
  done: readonly Done[],
  about: Readonly<Record<string, string>>,
): number {
  const rows = hosts.map((host, i) => ({
    host,
    file: done[i]?.file ?? '',
    did: done[i]?.did ?? 'nothing',
  }));
  if (has('json')) io.out(`${JSON.stringify({ ...about, hosts: rows })}\n`);
  else {
    for (const { host, file, did } of rows)
      if (did !== 'nothing' || 'settings' in about)
        io.out(`${HOST_NAMES[host].padEnd(12)} ${did.padEnd(10)} ${plain(file)}\n`);
    for (const { host, did } of rows)
      if (did === 'installed' && AFTERWARDS[host]) io.err(`  ${AFTERWARDS[host]}\n`);
    if ('settings' in about) io.err('  prove it: countersign doctor\n');
  }
  return EXIT.done;
}
