import type { DatabaseSettings } from '../parts.ts';
import type { StatementFacts } from '../sql/facts.ts';

// what a client may change by itself (infra-gates 1.5); everything else is pinned or unknown, and refused
const FREE = new Set([
  'application_name',
  'timezone',
  'datestyle',
  'intervalstyle',
  'extra_float_digits',
  'client_min_messages',
]);

const LOWERED = {
  statement_timeout: 'statementMs',
  idle_in_transaction_session_timeout: 'idleTransactionMs',
} as const;

/** Parameters a server reports that never change on a connection of the gate: one that does ends it. */
export const PINNED: ReadonlySet<string> = new Set([
  'client_encoding',
  'server_encoding',
  'standard_conforming_strings',
  'session_authorization',
  'is_superuser',
  'integer_datetimes',
  'server_version',
  'search_path',
]);

/** Reported parameters whose value can be any text, so one nobody named as a constant is not passed on (row 12). */
export const FREE_TEXT: ReadonlySet<string> = new Set(['application_name', 'TimeZone']);

/** Why a `SET` is refused; undefined: it may be asked for. */
export function whyNotSet(
  { kind, setting }: StatementFacts,
  settings: DatabaseSettings,
): string | undefined {
  if (kind !== 'set' || !setting || FREE.has(setting.name)) return undefined;
  if (setting.name === 'lock_timeout') return undefined;
  const limit = (LOWERED as Readonly<Record<string, keyof DatabaseSettings>>)[setting.name];
  if (limit === undefined) return `\`${setting.name}\` is pinned here`;
  const asked = durationOf(setting.value);
  const most = Number(settings[limit]);
  if (
    setting.value === undefined ||
    most === 0 ||
    (asked !== undefined && asked > 0 && asked <= most)
  )
    return undefined;
  return `\`${setting.name}\` may only be lowered here`;
}

const UNITS: Readonly<Record<string, number>> = {
  us: 0.001,
  ms: 1,
  s: 1000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Milliseconds of a duration as PostgreSQL reads it; undefined where it is none. */
function durationOf(value: string | undefined): number | undefined {
  const [, digits, unit] = /^\s*(\d+(?:\.\d+)?)\s*(us|ms|s|min|h|d)?\s*$/.exec(value ?? '') ?? [];
  return digits === undefined ? undefined : Number(digits) * (UNITS[unit ?? 'ms'] ?? 1);
}
