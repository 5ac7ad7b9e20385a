import type { Facts, Inspectable } from '@countersign/core';
import type { Estimate, QueryArguments } from './house.ts';
import type { Classified, Kind, StatementFacts, TextFacts } from './sql/facts.ts';
import type { Risk } from './sql/risks.ts';
import { saidEarlier } from './sql/statements.ts';

/** What policy is asked about a statement (POL-22). */
export type QueryFacts = {
  readonly judgedAs: 'sql.select' | 'sql.export' | 'sql.write' | 'sql.ddl';
  readonly inspectable: Inspectable;
  readonly gaps: readonly string[];
  readonly rows: number;
  readonly facts: Facts;
  readonly statements: readonly StatementFacts[];
};

/** Rows of which nothing is known: more than any limit that policy would set. */
export const UNKNOWN_ROWS = 1_000_000_000;
/** Where an export goes: whoever holds the other end of the connection. */
const DESTINATION = 'the connection of the agent';

/** Kinds of which no row leaves or changes, whatever they name. */
const NO_ROWS: ReadonlySet<Kind> = new Set([
  'tx',
  'set',
  'show',
  'explain',
  'prepare',
  'deallocate',
  'fetch',
  'close',
  'listen',
  'notify',
  'discard',
  'empty',
]);
const READS: ReadonlySet<Kind> = new Set([...NO_ROWS, 'select', 'declare', 'execute']);
const WRITES: ReadonlySet<Kind> = new Set(['insert', 'update', 'delete', 'merge', 'copy-in']);

/** The class a risk raises a statement to; one that is not of the list is of the strictest. */
const RISK_CLASS: Readonly<Partial<Record<Risk, Class>>> = {
  explain: 'sql.select',
  star: 'sql.select',
  'multi-statement': 'sql.select',
  statistics: 'sql.select',
  export: 'sql.select', // the fact of that name decides, so that what nobody reads out is none
  'copy-out': 'sql.export',
  'copy-in': 'sql.write',
  'cte-write': 'sql.write',
  lock: 'sql.write',
  'row-lock': 'sql.write',
  notify: 'sql.write',
  temp: 'sql.write',
  setting: 'sql.write',
  trigger: 'sql.write',
  rule: 'sql.write',
  'hidden-sql': 'sql.write',
  'user-function': 'sql.write',
  'volatile-function': 'sql.write',
  'qualified-operator': 'sql.write',
  'user-type': 'sql.write',
};

/** Derives what policy is asked; in doubt the stricter class and the greater number. */
export function queryFactsOf(
  classify: (text: string) => Classified,
  args: QueryArguments,
  estimate?: Estimate,
): QueryFacts {
  const found = everyText(args).map(classify);
  const refused = found.find((one) => one.is === 'refused');
  if (refused) return refusedFacts(refused, args);
  const all = found.flatMap((one) => (one.is === 'understood' ? [one.facts] : []));
  const statements = all.flatMap((one) => one.statements);
  const { isBlind, gaps, inspectable } = withPrepared({
    statements,
    gaps: all.flatMap((one) => one.gaps),
    inspectable: GRADES.find((grade) => all.some((one) => one.inspectable === grade)) ?? 'full',
  });
  const rows = Math.min(
    UNKNOWN_ROWS,
    statements.reduce((sum, one) => sum + rowsOf(one, statements, estimate), 0),
  );
  const judgedAs = isBlind ? 'sql.ddl' : strictest(statements.map(classOf));
  return {
    judgedAs,
    inspectable,
    gaps,
    rows,
    statements,
    facts: {
      sql: { ...unionOf(statements), ...howOf(args), rows, statements: statements.length },
      ...(judgedAs === 'sql.export' ? { destination: DESTINATION } : {}),
    },
  };
}

/** What a statement is read from, in order: what it executes was prepared before it. */
export const everyText = ({ text, prepared = [] }: QueryArguments): readonly string[] => [
  ...prepared.map((one) => one.text),
  text,
];
const GRADES = ['none', 'partial', 'full'] as const;

/** R2: what is refused is judged all the same, so that it is on record; a shipped stop forbids it. */
function refusedFacts(
  { risk, message }: Extract<Classified, { is: 'refused' }>,
  args: QueryArguments,
): QueryFacts {
  return {
    judgedAs: 'sql.ddl',
    inspectable: 'none',
    gaps: [message],
    rows: UNKNOWN_ROWS,
    statements: [],
    facts: {
      sql: {
        ...unionOf([]),
        ...howOf(args),
        risks: [risk],
        unbounded: true,
        rows: UNKNOWN_ROWS,
        statements: 1,
      },
    },
  };
}

/** An SQL EXECUTE says a name only: what stands behind it is known where one of the texts prepares it first, and only there. */
function withPrepared({ statements, gaps, inspectable }: TextFacts) {
  const prepared = new Set<string | undefined>();
  const known = new Set<string>();
  let isBlind = false;
  for (const { does, name } of statements.flatMap(({ names }) => names)) {
    if (does === 'prepare') prepared.add(name);
    if (does === 'deallocate') prepared.delete(name);
    if (does !== 'execute') continue;
    if (name !== undefined && prepared.has(name)) known.add(saidEarlier(name));
    else isBlind = true;
  }
  const left = gaps.filter((gap) => !known.has(gap));
  if (isBlind) return { isBlind, gaps: left, inspectable: 'none' } as const;
  const isKnown = left.length === 0 && inspectable === 'partial';
  return { isBlind, gaps: left, inspectable: isKnown ? ('full' as const) : inspectable };
}

function rowsOf(
  { kind, rows, names }: StatementFacts,
  all: readonly StatementFacts[],
  estimate: Estimate | undefined,
): number {
  if (NO_ROWS.has(kind)) return 0;
  const known =
    (kind === 'execute' ? all.find((one) => isPrepareOf(one, names[0]?.name))?.rows : rows) ??
    estimate?.rows;
  return known !== undefined && Number.isFinite(known) && known >= 0
    ? Math.ceil(known)
    : UNKNOWN_ROWS;
}

const isPrepareOf = ({ kind, names }: StatementFacts, name: string | undefined): boolean =>
  kind === 'prepare' && names.some((one) => one.name === name);

const CLASSES = ['sql.ddl', 'sql.write', 'sql.export', 'sql.select'] as const;
type Class = (typeof CLASSES)[number];
const strictest = (classes: readonly Class[]): Class =>
  CLASSES.find((one) => classes.includes(one)) ?? 'sql.select';

/** The class of one statement: its kind and every risk have a say, the strictest wins. */
function classOf({ kind, risks, writes, export: isExport }: StatementFacts): Class {
  return strictest([
    kindClass(kind),
    ...risks.map((risk): Class => RISK_CLASS[risk as Risk] ?? 'sql.ddl'),
    ...(writes.length > 0 ? (['sql.write'] as const) : []),
    ...(isExport ? (['sql.export'] as const) : []),
  ]);
}

function kindClass(kind: Kind): Class {
  if (kind === 'copy-out') return 'sql.export';
  if (READS.has(kind)) return 'sql.select';
  return WRITES.has(kind) ? 'sql.write' : 'sql.ddl';
}

const sorted = (names: readonly string[]): readonly string[] => [...new Set(names)].toSorted();

function unionOf(all: readonly StatementFacts[]): Facts {
  const hold = all.filter(({ kind }) => !NO_ROWS.has(kind));
  return {
    verbs: sorted(all.flatMap(({ verbs }) => verbs)),
    tables: sorted(all.flatMap(({ reads, writes }) => [...reads, ...writes])),
    pii: sorted(all.flatMap(({ classes }) => classes)),
    hasWhere: hold.length > 0 && hold.every(({ hasWhere }) => hasWhere),
    risks: sorted(all.flatMap(({ risks }) => risks)),
    functions: sorted(all.flatMap((one) => one.functions.map(({ name }) => name))),
    columns: sorted(all.flatMap(({ columns: { read, set } }) => [...read, ...set])),
    unbounded: all.some(({ unbounded }) => unbounded),
  };
}

const howOf = ({ clear = [], transaction }: QueryArguments): Facts => ({
  masked: clear.length === 0,
  clear: sorted(clear),
  inTransaction: transaction === 'block',
});
