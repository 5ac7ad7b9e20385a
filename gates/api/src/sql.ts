import type { Arguments, Json } from '@countersign/core';
import type { FactRule } from './action-type.ts';
import type { Resource, Table } from './catalogue.ts';

type SqlRule = Extract<FactRule, { from: 'sql' }>;

/** The `sql` record of the schema. */
type SqlFact = {
  readonly verbs: readonly string[];
  readonly tables: readonly string[];
  readonly pii: readonly string[];
  readonly rows: number;
  readonly hasWhere: boolean;
};

/** The fact, and in words whatever the gate did not understand. */
export type SqlDerived = { readonly fact: SqlFact; readonly gaps: readonly string[] };

/** Verbs that take whole rows: every column of the table is touched, whatever is listed. */
const WHOLE = new Set(['delete', 'drop', 'truncate']);
/** Verbs without rows to pick from: a filter or limit beside them is not understood. */
const UNFILTERED = new Set(['drop', 'truncate', 'insert']);
/** The class of a column the catalogue does not know: it may hold anything. */
const UNKNOWN = 'unknown';

/** Derives `sql` from structured arguments and the catalogue. In doubt: more rows, more personal data, a gap. */
export function deriveSql(rule: SqlRule, given: Arguments, resource: Resource): SqlDerived {
  const gaps: string[] = [];
  const verb = typeof rule.verb === 'string' ? rule.verb : textOf(given[rule.verb.argument]);
  const name = textOf(given[rule.table]);
  const table = Object.hasOwn(resource.tables, name) ? resource.tables[name] : undefined;
  if (!table) gaps.push('the table is not in the catalogue');
  const filter = readFilter(rule.where === undefined ? undefined : given[rule.where], gaps);
  if (filter.isGiven && UNFILTERED.has(verb)) gaps.push(`\`${verb}\` takes no filter`);
  const touched = [
    ...touchedColumns(verb, rule.columns === undefined ? undefined : given[rule.columns], gaps),
    ...filter.columns,
  ];
  const isOneRow = holdsScalars(rule.columns === undefined ? undefined : given[rule.columns]);
  if (!isOneRow) gaps.push('a new value is something other than a plain value');
  const limit = readLimit(rule.limit === undefined ? undefined : given[rule.limit], verb, gaps);
  const fact: SqlFact = {
    verbs: [verb],
    tables: [name],
    pii: classesOf(table, touched, gaps),
    rows:
      verb === 'insert' && isOneRow ? 1 : Math.min(table?.rows ?? Number.MAX_SAFE_INTEGER, limit),
    hasWhere: filter.isGiven,
  };
  return { fact, gaps: [...new Set(gaps)] };
}

const ALL = '*';

function touchedColumns(verb: string, given: Json | undefined, gaps: string[]): readonly string[] {
  const listed = namesIn(given);
  if (WHOLE.has(verb)) {
    if (listed.length > 0) gaps.push(`\`${verb}\` takes no columns`);
    return [ALL];
  }
  if (listed.length > 0 && !listed.includes(ALL)) return listed;
  // the database may hold columns the catalogue has not heard of
  gaps.push('the columns are not listed one by one');
  return [ALL];
}

/** Column names of a list, or of a record of new values. */
function namesIn(given: Json | undefined): readonly string[] {
  if (given === undefined || given === null) return [];
  if (Array.isArray(given)) return given.map((item: Json) => textOf(item));
  return typeof given === 'object' ? Object.keys(given) : [textOf(given)];
}

/** ATTACKER: a list may be many rows to what runs it, a record an expression. A list of column names is neither. */
const holdsScalars = (given: Json | undefined): boolean =>
  typeof given !== 'object' ||
  given === null ||
  Object.values(given).every((one: Json) => one === null || typeof one !== 'object');

/** Filters are records `{column: value}` or `{column: [values]}`; text is SQL the gate does not read. */
function readFilter(
  given: Json | undefined,
  gaps: string[],
): { readonly isGiven: boolean; readonly columns: readonly string[] } {
  if (given === undefined || given === null || given === '') return { isGiven: false, columns: [] };
  if (typeof given !== 'object' || Array.isArray(given)) {
    gaps.push('the filter is not a record of columns and values');
    return { isGiven: true, columns: [ALL] };
  }
  const isPlain = Object.values(given).every((value: Json) =>
    (Array.isArray(value) ? value : [value]).every(
      (one: Json) => one === null || typeof one !== 'object',
    ),
  );
  if (!isPlain) gaps.push('the filter compares with something other than plain values');
  const columns = Object.keys(given);
  return { isGiven: columns.length > 0, columns };
}

/** ATTACKER: `LIMIT 0` or a negative limit means "no limit" to some databases, so only ≥ 1 bounds anything. */
function readLimit(given: Json | undefined, verb: string, gaps: string[]): number {
  if (given === undefined) return Number.MAX_SAFE_INTEGER;
  if (UNFILTERED.has(verb)) {
    gaps.push(`\`${verb}\` takes no limit`);
    return Number.MAX_SAFE_INTEGER;
  }
  if (typeof given === 'number' && given >= 1) return given;
  gaps.push('the limit is not positive');
  return Number.MAX_SAFE_INTEGER;
}

/** Data classes of every column touched, filters included: picking by a private value reveals it. */
function classesOf(
  table: Table | undefined,
  touched: readonly string[],
  gaps: string[],
): readonly string[] {
  if (!table) return [UNKNOWN];
  const classes = new Set<string>();
  for (const column of touched) {
    if (column === ALL) for (const one of Object.values(table.pii)) classes.add(one);
    else if (Object.hasOwn(table.pii, column)) classes.add(table.pii[column] ?? UNKNOWN);
    else if (!table.columns.includes(column)) {
      classes.add(UNKNOWN);
      gaps.push('a column is not in the catalogue');
    }
  }
  return [...classes].toSorted();
}

const textOf = (value: Json | undefined): string => (typeof value === 'string' ? value : '');
