import type { Fact } from '@countersign/core';
import {
  attribute,
  duration,
  file,
  flag,
  integer,
  listen,
  oneOf,
  secretText,
  text,
  trustDomain,
  type Listen,
  type Secret,
} from './forms.ts';
import { listOf, mapOf, optional, record, required, type Shape } from './shape.ts';

/** PostgreSQL databases that agents reach through this gateway with any client: user an agent's id, password one of its keys, database a `name` below. */
export type PostgresSettings = {
  /** Address the gate listens on, such as `127.0.0.1:6432`. Without it: no gate, and nothing of it is loaded. */
  readonly listen?: Listen;
  /** TLS towards clients. Read anew when the gateway starts. */
  readonly tls?: PostgresTls;
  /** Lets clients beyond this machine come without TLS: what they ask and get can be read on the way. */
  readonly isPlain: boolean;
  /** What clients may cost. */
  readonly limits: PostgresLimits;
  /** The databases. They may come, go and change while the gateway runs; connections to one that changed are ended. */
  readonly databases: readonly DatabaseEntry[];
};

/** TLS towards clients of databases. */
export type PostgresTls = {
  /** PEM file of the gate's certificate and those between it and its root. Relative to this file. */
  readonly cert: string;
  /** PEM file of the private key. */
  readonly key: string;
  /** PEM file of the authorities that sign certificates of agents; an agent that shows one needs no key. */
  readonly clientCa?: string;
  /** The SPIFFE trust domain of those certificates. */
  readonly trustDomain?: string;
};

/** Ceilings for clients of all databases together. */
export type PostgresLimits = {
  /** Most connections of clients at once. */
  readonly connections: number;
  /** Most connections from one address that have not shown who they are. */
  readonly unauthenticated: number;
  /** Longest time until a client has shown who it is. */
  readonly handshakeMs: number;
  /** Largest text of a statement, in bytes. */
  readonly statementBytes: number;
  /** Largest message of any other kind, and most that is kept while a statement is held, in bytes. */
  readonly messageBytes: number;
};

/** A database behind the gate: by `host`, or by `socket`. */
export type DatabaseEntry = {
  /** What clients call it, and policy (`Database::"<name>"`); never changed. */
  readonly name: string;
  /** Attributes in policy, such as `{env: {entity: Env, id: prod}, owner: {entity: Team, id: data-owners}}`; where the database is listed under `resources`, there. */
  readonly attrs: Readonly<Record<string, Fact>>;
  /** Host it is at. */
  readonly host?: string;
  /** Port it is at. */
  readonly port: number;
  /** Folder of its Unix socket, in place of `host`. */
  readonly socket?: string;
  /** What the server calls it. Without it: its `name`. */
  readonly database?: string;
  /** TLS to the server. */
  readonly tls: DatabaseTls;
  /** Role that may only select: everything runs as it, until it was decided. */
  readonly read: LaneEntry;
  /** Role that runs what was decided, and nothing else. */
  readonly write: LaneEntry;
  /** `read`: an approved write runs by itself as the write role; there is none within a transaction of the client. `transactional`: whole connections run as the write role, every statement judged. */
  readonly mode: 'read' | 'transactional';
  /** Longest time a statement is held for people before the client is told `NOT EXECUTED, pending`; `none`: at once. The same statement once more runs it when people said yes. */
  readonly holdMs: number;
  /** Sends a notice with the address of the question while a statement is held. */
  readonly notices: boolean;
  /** Schemas that names without one are looked for in. */
  readonly searchPath: readonly string[];
  /** Longest time a statement may run. */
  readonly statementMs: number;
  /** Longest time a transaction may do nothing, a held statement in it included. */
  readonly idleTransactionMs: number;
  /** Most connections of clients at once. */
  readonly connections: number;
  /** File that says what its columns hold; see the guide on data classes. Without it: `data/<name>.yaml` in `policies`. Relative to this file. */
  readonly classes?: string;
  /** How often its catalog is read anew, besides after every change that came through the gate. */
  readonly refreshMs: number;
};

/** TLS to a database. */
export type DatabaseTls = {
  /** `verify-full`: its certificate must name the host; `require`: encrypted, whoever it is; `disable`: none. Without it: `disable` on this machine, else `verify-full`. */
  readonly mode?: 'disable' | 'require' | 'verify-full';
  /** Certificates (PEM) to trust in place of the system's. Relative to this file. */
  readonly ca?: string;
};

/** A login role of a database. Agents never see its password. */
export type LaneEntry = {
  /** Name of the role. */
  readonly user: string;
  /** Its password, by reference. Without it: the server asks for none. */
  readonly password?: Secret;
};

/** A duration, or none at all. */
const wait: Shape<number> = {
  ...duration,
  form: 'duration, or none',
  schema: { type: 'string', pattern: '^(none|[1-9][0-9]{0,5}[smhd])$' },
  read: (value, path, reading) => (value === 'none' ? 0 : duration.read(value, path, reading)),
};

const matching = (form: string, pattern: RegExp, hint: string): Shape<string> => ({
  ...text,
  form,
  read: (value, path, reading) => {
    const name = text.read(value, path, reading);
    if (name === undefined || pattern.test(name)) return name;
    return reading.report({ code: 'bad-name', path, message: `\`${name}\` is no ${form}`, hint });
  },
});

const databaseName = matching(
  'name of a database',
  /^[a-z][a-z0-9_-]{0,62}$/,
  'use up to 63 small letters, digits, _ and -, a letter first',
);
const address = matching(
  'host',
  /^[A-Za-z0-9.:_-]{1,255}$/,
  'write a host name or an address, the port under `port`',
);
const identifier = matching(
  'name in PostgreSQL',
  /^[^\p{C}"',\\]{1,63}$/u,
  'use at most 63 characters without quotes, commas and backslashes',
);

const tls: Shape<PostgresTls> = record<PostgresTls>('PostgresTls', {
  cert: required('cert', file),
  key: required('key', file),
  clientCa: optional('client_ca', file),
  trustDomain: optional('trust_domain', trustDomain),
});

const limits: Shape<PostgresLimits> = record<PostgresLimits>('PostgresLimits', {
  connections: optional('connections', integer(1, 10_000), 500),
  unauthenticated: optional('unauthenticated', integer(1, 10_000), 64),
  handshakeMs: optional('handshake', duration, '10s'),
  statementBytes: optional('statement_bytes', integer(1_024, 1_048_576), 1_048_576),
  messageBytes: optional('message_bytes', integer(65_536, 268_435_456), 16_777_216),
});

const lane: Shape<LaneEntry> = record<LaneEntry>('LaneEntry', {
  user: required('user', identifier),
  password: optional('password', secretText),
});

const databaseTls: Shape<DatabaseTls> = record<DatabaseTls>('DatabaseTls', {
  mode: optional('mode', oneOf(['disable', 'require', 'verify-full'] as const)),
  ca: optional('ca', file),
});

const entry: Shape<DatabaseEntry> = record<DatabaseEntry>('DatabaseEntry', {
  name: required('name', databaseName),
  attrs: optional('attrs', mapOf(attribute), {}),
  host: optional('host', address),
  port: optional('port', integer(1, 65_535), 5_432),
  socket: optional('socket', file),
  database: optional('database', identifier),
  tls: optional('tls', databaseTls, {}),
  read: required('read', lane),
  write: required('write', lane),
  mode: optional('mode', oneOf(['read', 'transactional'] as const), 'read'),
  holdMs: optional('hold', wait, '120s'),
  notices: optional('notices', flag, true),
  searchPath: optional('search_path', listOf(identifier), ['public']),
  statementMs: optional('statement_timeout', duration, '60s'),
  idleTransactionMs: optional('idle_in_transaction', duration, '5m'),
  connections: optional('connections', integer(1, 10_000), 100),
  classes: optional('classes', file),
  refreshMs: optional('refresh', duration, '1m'),
});

/** Key `postgres`. */
export const postgres: Shape<PostgresSettings> = record<PostgresSettings>('PostgresSettings', {
  listen: optional('listen', listen),
  tls: optional('tls', tls),
  isPlain: optional('plain_text', flag, false),
  limits: optional('limits', limits, {}),
  databases: optional('databases', listOf(entry), []),
});

/** How a database is spoken to where its entry does not say so. */
export const tlsModeOf = (
  { tls: { mode }, host }: Pick<DatabaseEntry, 'tls' | 'host'>,
  isLocal: (host: string) => boolean,
): 'disable' | 'require' | 'verify-full' =>
  mode ?? (host === undefined || isLocal(host) ? 'disable' : 'verify-full');
