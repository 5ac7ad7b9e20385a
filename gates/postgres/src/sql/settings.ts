import type { Risk } from './risks.ts';

/** Settings that change nothing but how results look, or how much a session says of itself. */
const SAFE = new Set([
  'application_name',
  'timezone',
  'datestyle',
  'intervalstyle',
  'extra_float_digits',
  'client_min_messages',
]);

/** Settings that a session may make stricter; whether a value is, the session knows. */
const LOWERING = new Set([
  'statement_timeout',
  'lock_timeout',
  'idle_in_transaction_session_timeout',
]);

const PARSER = new Set([
  'client_encoding',
  'standard_conforming_strings',
  'backslash_quote',
  'escape_string_warning',
  'search_path',
  'quote_all_identifiers',
  'transform_null_equals',
  'xmlbinary',
  'xmloption',
  'array_nulls',
]);

const IDENTITY = new Set([
  'role',
  'session_authorization',
  'session_replication_role',
  'transaction_read_only',
  'default_transaction_read_only',
  'row_security',
  'local_preload_libraries',
  'session_preload_libraries',
  'dynamic_library_path',
  'allow_system_table_mods',
]);

/** What drivers say of themselves at the start, though it is so anyway. */
const AS_PINNED: Readonly<Record<string, RegExp>> = {
  client_encoding: /^(?:utf-?8|unicode)$/i,
  standard_conforming_strings: /^(?:on|true|yes|1)$/i,
  row_security: /^(?:on|true|yes|1)$/i,
};

/** What `set_config` asks for: as SET, but nobody looks whether a value is stricter. */
export const riskOfCall = (name: string, value: string | undefined): Risk | undefined =>
  LOWERING.has(name.toLowerCase()) ? 'server-config' : riskOfSetting(name, value);

/** What setting this asks for: nothing, a question, or a refusal. A closed list: what is not in it is `server-config`. */
export function riskOfSetting(name: string, value: string | undefined): Risk | undefined {
  const lower = name.toLowerCase();
  if (SAFE.has(lower) || LOWERING.has(lower)) return undefined;
  if (value !== undefined && AS_PINNED[lower]?.test(value) === true) return undefined;
  if (IDENTITY.has(lower)) return 'session-identity';
  return PARSER.has(lower) ? 'parser-setting' : 'server-config';
}
