import type { Understood } from '@countersign/core';
import type { BoundValue, Estimate, QueryArguments } from './house.ts';
import { UNKNOWN_ROWS, type QueryFacts } from './query-facts.ts';
import type { Kind, StatementFacts } from './sql/facts.ts';

type Detail = Understood['details'][number];

/** What a description is made of. */
export type Described = {
  readonly args: QueryArguments;
  readonly query: QueryFacts;
  readonly estimate: Estimate | undefined;
  readonly owner: string | undefined;
};

const NUMBERS = new Intl.NumberFormat('en-US', { useGrouping: 'min2' });
const MOST_NAMES = 16;
const MOST_VALUES = 64;

const list = (names: readonly string[], most = MOST_NAMES): string =>
  names.slice(0, most).join(', ') + (names.length > most ? ` and ${names.length - most} more` : '');
const unique = (names: readonly string[]): readonly string[] => [...new Set(names)].toSorted();

/** One line of what a statement does, from its facts. */
export function headlineOf({ query, estimate }: Described): string {
  const { statements, gaps } = query;
  if (statements.length === 0)
    return `SQL that is not understood: ${gaps[0] ?? 'nothing is known'}`;
  const [first] = statements;
  if (statements.length === 1 && first) return lineOf(first, query, estimate);
  const lines = statements.slice(0, 3).map((one) => shortOf(one));
  const more = statements.length - lines.length;
  return `${statements.length} statements: ${lines.join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
}

function lineOf(one: StatementFacts, query: QueryFacts, estimate: Estimate | undefined): string {
  const sets = one.columns.set.length > 0 && one.verbs.includes('update');
  const { classes } = one;
  const counts = COUNTED.has(one.kind) ? `: ${countOf(one, query, estimate)}` : '';
  return [
    `${shortOf(one)}${counts}`,
    ...(sets ? [`sets ${list(one.columns.set.map(columnName), 6)}`] : []),
    ...(classes.length > 0 ? [`touches ${list(classes, 6)}`] : []),
  ].join(', ');
}

/** Kinds of which it matters how many rows leave or change. */
const COUNTED: ReadonlySet<Kind> = new Set([
  'select',
  'insert',
  'update',
  'delete',
  'merge',
  'copy-in',
  'copy-out',
  'declare',
]);

const columnName = (path: string): string => path.split('.').at(-1) ?? path;

function shortOf({ kind, verbs, reads, writes, unbounded }: StatementFacts): string {
  const said = verbs.filter((one) => writes.length === 0 || one !== 'select').map(upper);
  const name = said.length === 0 ? upper(kind) : said.join(', ');
  const ahead = kind === 'prepare' || kind === 'declare' ? `${upper(kind)}: ` : '';
  if (writes.length > 0)
    return `${ahead}${unbounded ? 'unbounded ' : ''}${name} on ${list(writes, 4)}`;
  if (!READING.has(kind)) return name;
  return ahead + (reads.length === 0 ? 'reads no table' : `reads ${list(reads, 4)}`);
}

const READING: ReadonlySet<Kind> = new Set(['select', 'copy-out', 'declare', 'prepare']);

const upper = (word: string): string => word.toUpperCase();

function countOf(one: StatementFacts, query: QueryFacts, estimate: Estimate | undefined): string {
  if (one.rows !== undefined) return `at most ${rowsText(one.rows)}`;
  if (estimate !== undefined) return `about ${rowsText(Math.ceil(estimate.rows))}`;
  return query.rows >= UNKNOWN_ROWS ? 'nobody knows how many rows' : rowsText(query.rows);
}

const rowsText = (rows: number): string => `${NUMBERS.format(rows)} row${rows === 1 ? '' : 's'}`;

const line = (label: string, value: string): readonly Detail[] =>
  value === '' ? [] : [{ label, value }];

/** The lines a reviewer reads, all from the statement and the catalog. */
export function detailsOf({ args, query, estimate, owner }: Described): readonly Detail[] {
  const { statements, gaps } = query;
  const of = (names: (one: StatementFacts) => readonly string[]): string =>
    list(unique(statements.flatMap(names)));
  return [
    ...gaps.map((value) => ({ label: 'Not understood', value })),
    ...(args.prepared ?? []).map(({ text }) => ({ label: 'Prepared before', value: text })),
    ...line('Statement', args.text),
    ...valuesOf(args.values ?? [], statements),
    ...line(
      'Reads',
      of(({ reads }) => reads),
    ),
    ...line(
      'Writes',
      of(({ writes }) => writes),
    ),
    ...line(
      'Columns read',
      of(({ columns }) => columns.read),
    ),
    ...line(
      'Columns set',
      of(({ columns }) => columns.set),
    ),
    ...line('Rows', rowsLine(query, estimate)),
    ...line('Bounded', statements.some(({ unbounded }) => unbounded) ? 'no: every row' : 'yes'),
    ...line('Functions', functionsOf(statements)),
    ...line(
      'Risks',
      of(({ risks }) => risks),
    ),
    ...line(
      'Private data',
      of(({ classes }) => classes),
    ),
    ...line('Asked for in clear', list(args.clear ?? [])),
    ...line('Owner of the data', owner ?? ''),
    ...line('Runs as', args.lane === 'read' ? 'the role that only reads' : 'the role that writes'),
    ...line('Transaction', args.transaction === 'own' ? 'its own' : 'one that the agent began'),
    ...line('Repeats', repeatsLine(args)),
  ];
}

function rowsLine({ rows }: QueryFacts, estimate: Estimate | undefined): string {
  const known = rows >= UNKNOWN_ROWS ? 'unknown' : `at most ${NUMBERS.format(rows)}`;
  return estimate === undefined
    ? known
    : `${known}; the planner guesses ${NUMBERS.format(Math.ceil(estimate.rows))} at a cost of ${NUMBERS.format(Math.ceil(estimate.cost))}`;
}

const functionsOf = (statements: readonly StatementFacts[]): string =>
  list(
    unique(
      statements.flatMap(({ functions }) =>
        functions.map((one) => (one.class === 'pure' ? one.name : `${one.name} (${one.class})`)),
      ),
    ),
  );

const repeatsLine = ({ repeats }: QueryArguments): string =>
  repeats === undefined
    ? ''
    : `the same shape for ${repeats.ms} ms, if policy alone allows it; what people approve runs once`;

/** Values as they were bound; of those that are private only what they are. */
function valuesOf(
  values: readonly BoundValue[],
  statements: readonly StatementFacts[],
): readonly Detail[] {
  const shown = values.slice(0, MOST_VALUES).map((one, i) => {
    const holds = statements.map(({ parameters }) => parameters[i + 1]).find(Boolean);
    return { label: `$${i + 1}`, value: holds === undefined ? valueText(one) : `‹${holds}›` };
  });
  const more = values.length - shown.length;
  return more > 0 ? [...shown, { label: 'More values', value: String(more) }] : shown;
}

function valueText({ format, value }: BoundValue): string {
  if (value === null) return 'NULL';
  return format === 'text' ? value : `binary, base64 ${value}`;
}
