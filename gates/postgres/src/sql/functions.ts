import type { FunctionClass } from '../catalog/catalog.ts';
import type { Risk } from './risks.ts';

const OS_ACCESS =
  /^(?:pg_read_|pg_ls_|pg_stat_file|pg_file_|pg_rotate_logfile|pg_current_logfile|lo_|loread$|lowrite$|dblink)/;

/** What a name says of a function, whatever the catalog says: the worse of both counts. */
export function byItsName(name: string): FunctionClass {
  if (OS_ACCESS.test(name)) return 'os-access';
  return name === 'set_config' ? 'setting' : 'pure';
}

const WORSE: readonly FunctionClass[] = [
  'pure',
  'volatile',
  'user',
  'unknown',
  'reads-by-name',
  'setting',
  'os-access',
];

/** The worse of two classes. */
export const worse = (one: FunctionClass, other: FunctionClass): FunctionClass =>
  WORSE.indexOf(one) >= WORSE.indexOf(other) ? one : other;

/** What a class of function adds to the risks of a statement. */
export const RISK_OF: Readonly<Record<FunctionClass, Risk | undefined>> = {
  pure: undefined,
  setting: undefined,
  volatile: 'volatile-function',
  'reads-by-name': 'hidden-sql',
  'os-access': 'os-access',
  user: 'user-function',
  unknown: 'unknown-function',
};

/** What some volatile functions do, besides being volatile. */
export function alsoRisks(name: string): Risk | undefined {
  if (name === 'pg_notify') return 'notify';
  return /^pg_(?:try_)?advisory_/.test(name) ? 'lock' : undefined;
}

/** One value of many rows, and of little of each. */
const AGGREGATES =
  /^(?:count|sum|avg|min|max|bool_and|bool_or|every|bit_and|bit_or|bit_xor|corr|covar_pop|covar_samp|regr_\w+|stddev\w*|variance|var_pop|var_samp|any_value|mode|percentile_cont|percentile_disc|rank|dense_rank|percent_rank|cume_dist)$/;

/** Aggregates that keep every value they are given: one row, and everything in it. */
const COLLECTING =
  /^(?:array_agg|string_agg|xmlagg|range_agg|range_intersect_agg|jsonb?_\w*agg\w*)$/;

/** Whether a function makes one row of many, and whether everything of them is still in it. */
export function aggregation(name: string): 'reduces' | 'collects' | undefined {
  if (COLLECTING.test(name)) return 'collects';
  return AGGREGATES.test(name) ? 'reduces' : undefined;
}

const SETS =
  /^(?:generate_|unnest$|regexp_matches$|regexp_split_to_table$|string_to_table$|jsonb?_(?:array_elements|each|object_keys|populate_recordset|to_recordset|path_query$|path_query_tz)|ts_parse|ts_token_type|ts_debug|aclexplode|pg_|_pg_)/;

/** Whether a function may give several rows. */
export const mayGiveRows = (name: string, kind: FunctionClass): boolean =>
  kind !== 'pure' || SETS.test(name);

/** What a function in a FROM calls its columns, where it has names for them. */
export const COLUMNS_OF: Readonly<Record<string, readonly string[]>> = {
  json_each: ['key', 'value'],
  jsonb_each: ['key', 'value'],
  json_each_text: ['key', 'value'],
  jsonb_each_text: ['key', 'value'],
  json_array_elements: ['value'],
  jsonb_array_elements: ['value'],
  json_array_elements_text: ['value'],
  jsonb_array_elements_text: ['value'],
};

/** Functions in a FROM that give one value a row, called as the function or its alias. */
export const SINGLE: RegExp =
  /^(?:generate_series|generate_subscripts|string_to_table|regexp_split_to_table|regexp_matches|jsonb?_object_keys)$/;
