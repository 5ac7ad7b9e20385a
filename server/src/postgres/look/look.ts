import { classesFileOf, loadTableClasses, type ColumnClass } from '../../config/data-classes.ts';
import type { Config } from '../../config/config.ts';
import type { DatabaseEntry } from '../../config/postgres.ts';
import { asking, failureOf, type Ask } from '../asking.ts';
import { tablesOf } from '../classify/columns.ts';
import { upstreamOf } from '../upstream.ts';
import { weaknessesOf } from './roles.ts';

/** One thing about a database behind the gate. */
export type DatabaseFinding = {
  readonly database: string;
  readonly state: 'good' | 'bad' | 'note';
  readonly text: string;
  /** What mends it, to be run as the database's owner. */
  readonly sql?: string;
};

/** Looks at every database as the gate would use it: reachable, its roles what they must be, its columns classified. */
export async function lookAtDatabases(
  config: Pick<Config, 'policies' | 'postgres'>,
): Promise<readonly DatabaseFinding[]> {
  const looked = config.postgres.databases.map((entry) => lookAt(entry, config.policies));
  return (await Promise.all(looked)).flat();
}

async function lookAt(entry: DatabaseEntry, policies: string): Promise<readonly DatabaseFinding[]> {
  const { name, read, write } = entry;
  const on =
    (lane: 'read' | 'write') =>
    async (ask: Ask): Promise<readonly DatabaseFinding[]> => {
      const weak = await weaknessesOf(ask, lane);
      const user = lane === 'read' ? read.user : write.user;
      const found = weak.map(({ text, sql }): DatabaseFinding => {
        return { database: name, state: 'bad', text: `role ${user} ${text}`, sql };
      });
      if (lane === 'write') return found;
      return [await reached(ask, entry), ...found, ...(await classified(ask, entry, policies))];
    };
  const findings: DatabaseFinding[] = [];
  for (const lane of ['read', 'write'] as const)
    try {
      findings.push(...(await asking(upstreamOf(entry), lane, on(lane))));
    } catch (cause) {
      const why = failureOf(cause) ?? (cause instanceof Error ? cause.message : String(cause));
      findings.push({
        database: name,
        state: 'bad',
        text: `as the role for ${lane === 'read' ? 'reading' : 'writing'}: ${why}`,
      });
    }
  return findings;
}

const SERVER = `select pg_catalog.current_setting('server_version'),
  (select version from pg_catalog.pg_stat_ssl where pid = pg_catalog.pg_backend_pid() and ssl)`;

async function reached(ask: Ask, { name }: DatabaseEntry): Promise<DatabaseFinding> {
  const [[version, tls] = []] = await ask(SERVER);
  const how = tls == null ? 'without TLS' : `over ${tls}`;
  return { database: name, state: 'good', text: `PostgreSQL ${version}, reached ${how}` };
}

/** How much of it somebody looked at. */
async function classified(
  ask: Ask,
  entry: DatabaseEntry,
  policies: string,
): Promise<readonly DatabaseFinding[]> {
  const { name } = entry;
  const classes = await loadTableClasses(classesFileOf(policies, entry));
  if (!classes.ok) return []; // told with the file
  const tables = await tablesOf(ask);
  const all: readonly string[] = tables.flatMap(({ name: table, columns }) =>
    columns.map((one) => `${table}.${one.name}`),
  );
  const there = new Set(all);
  const said = new Map<string, ColumnClass>(
    Object.entries(classes.value).flatMap(([table, columns]) =>
      Object.entries(columns).map(([column, held]) => [`${table}.${column}`, held] as const),
    ),
  );
  const gone = [...said.keys()].filter((column) => !there.has(column));
  const open = all.filter((column) => said.get(column)?.isProposed ?? true);
  const note = (text: string): DatabaseFinding => ({ database: name, state: 'note', text });
  return [
    ...(gone.length > 0 ? [note(`not in the database any more: ${some(gone)}`)] : []),
    ...(open.length > 0
      ? [note(`nobody said what ${some(open)} hold; countersign classify ${name}`)]
      : []),
  ];
}

const MOST = 5;
const some = (names: readonly string[]): string =>
  names.length <= MOST
    ? names.join(', ')
    : `${names.slice(0, MOST).join(', ')} and ${names.length - MOST} more`;
