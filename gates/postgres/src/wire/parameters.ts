import type { DatabaseSettings } from '../parts.ts';
import { WireFailure } from './failure.ts';

/** What a client says of itself at the start, as far as it may. */
export type Introduction = {
  readonly user: string;
  readonly database: string;
  /** Names in lower case. */
  readonly parameters: ReadonlyMap<string, string>;
  /** Options of later protocols that are not spoken here. */
  readonly unknown: readonly string[];
};

const SAFE: ReadonlySet<string> = new Set([
  'application_name',
  'client_min_messages',
  'datestyle',
  'extra_float_digits',
  'intervalstyle',
  'timezone',
]);
/** May be lowered only. */
const LOWERING: ReadonlySet<string> = new Set([
  'idle_in_transaction_session_timeout',
  'lock_timeout',
  'statement_timeout',
]);
const OFF: ReadonlySet<string> = new Set(['', '0', 'false', 'no', 'off']);

const refuse = (message: string, sqlState: string, hint?: string): WireFailure =>
  new WireFailure('refused', message, sqlState, hint);

/** Reads what a startup message asks for; refuses whatever could change what a statement means or where it goes. */
export function introductionOf(given: ReadonlyMap<string, string>): Introduction {
  const parameters = new Map<string, string>();
  const unknown: string[] = [];
  for (const [name, value] of given) {
    if (name === 'user' || name === 'database') continue;
    if (name.startsWith('_pq_.')) unknown.push(name);
    else if (!isSilent(name, value)) keep(parameters, name.toLowerCase(), value);
  }
  const user = given.get('user') ?? '';
  if (user === '')
    throw refuse('no user name is given', '28000', 'the user is the id of the agent');
  return { user, database: given.get('database') || user, parameters, unknown };
}

/** Asks for what holds anyway. Throws for what can be had nowhere here. */
function isSilent(name: string, value: string): boolean {
  if (name === 'options' && value.trim() !== '')
    throw refuse('`options` are not taken', '0A000', 'leave out `options` and `PGOPTIONS`');
  // ATTACKER: replication reads everything without a statement
  if (name === 'replication' && !OFF.has(value))
    throw refuse('replication does not pass this gate', '0A000');
  if (name === 'options' || name === 'replication') return true;
  if (name.toLowerCase() !== 'client_encoding') return false;
  // ATTACKER: in another encoding the server reads other characters than the parser
  if (!['utf8', 'unicode'].includes(value.toLowerCase().replaceAll(/[^a-z0-9]/g, '')))
    throw refuse('`client_encoding` is `UTF8` here', '0A000', 'set `PGCLIENTENCODING=UTF8`');
  return true;
}

function keep(parameters: Map<string, string>, name: string, value: string): void {
  if (!SAFE.has(name) && !LOWERING.has(name))
    throw refuse(
      `\`${shown(name)}\` cannot be set at the start`,
      '0A000',
      `may be set: ${[...SAFE, ...LOWERING].join(', ')}`,
    );
  if (parameters.has(name)) throw refuse(`\`${name}\` comes twice`, '08P01');
  parameters.set(name, value);
}

const shown = (name: string): string =>
  /^[\w.]{1,63}$/.test(name) ? name : 'a setting of that name';

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  ms: 1,
  s: 1_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Refuses limits that are wider than the operator's. Told after the client has shown who it is. */
export function refuseWider(
  parameters: Introduction['parameters'],
  settings: Pick<DatabaseSettings, 'statementMs' | 'idleTransactionMs'>,
): void {
  const most: readonly (readonly [string, number])[] = [
    ['statement_timeout', settings.statementMs],
    ['idle_in_transaction_session_timeout', settings.idleTransactionMs],
  ];
  for (const [name, longest] of most) {
    const value = parameters.get(name);
    if (value === undefined) continue;
    const [, count = '', unit = ''] = /^\s*(\d{1,12})\s*([a-z]{0,3})\s*$/.exec(value) ?? [];
    const ms = Number(count || Number.NaN) * (UNITS[unit] ?? Number.NaN);
    if (!(ms > 0 && ms <= longest))
      throw refuse(
        `\`${name}\` can only be lowered`,
        '22023',
        `ask for 1 to ${longest} milliseconds`,
      );
  }
}
