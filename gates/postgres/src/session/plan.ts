import type { NotRun } from '../judge/judge.ts';
import type { DatabaseSettings } from '../parts.ts';
import type { Kind, StatementFacts, TextFacts } from '../sql/facts.ts';
import { whyNotSet } from './settings.ts';

/** What a session must look after in a text, beyond whether it may run. */
export type Plan = {
  /** Needs the role that may write. */
  readonly writes: boolean;
  /** What it prepares would need it, once it is executed. */
  readonly preparesWrite: boolean;
  /** Begins, ends or divides transactions. */
  readonly hasTx: boolean;
  readonly copiesIn: boolean;
  readonly hasNames: boolean;
  readonly changesCatalog: boolean;
  /** Code of others may have run, which may have made names that nobody here knows. */
  readonly isOpaque: boolean;
  /** Values of settings it names. */
  readonly sets: readonly string[];
  /** Refused whatever policy says. */
  readonly refusal: NotRun | undefined;
};

const WRITES: ReadonlySet<Kind> = new Set([
  'insert',
  'update',
  'delete',
  'merge',
  'copy-in',
  'ddl',
  'other',
  'unknown',
]);

const plans = new WeakMap<TextFacts, Plan>();

/** The plan of a text; remembered with its facts, which belong to one database. */
export function planOf(facts: TextFacts, settings: DatabaseSettings): Plan {
  const known = plans.get(facts);
  if (known) return known;
  const { statements } = facts;
  const some = (is: (statement: StatementFacts) => boolean): boolean => statements.some(is);
  const plan: Plan = {
    writes: some(isWrite),
    preparesWrite: some(changes),
    hasTx: some(({ kind }) => kind === 'tx' || kind === 'unknown'),
    copiesIn: some(({ kind }) => kind === 'copy-in'),
    hasNames: some(({ names }) => names.length > 0),
    changesCatalog: some(({ changesCatalog, kind }) => changesCatalog || kind === 'unknown'),
    isOpaque: some(isOpaque) || (facts.inspectable !== 'full' && !some(isKnownHere)),
    sets: statements.flatMap(({ setting }) =>
      setting?.value === undefined ? [] : [setting.value.toLowerCase()],
    ),
    refusal: statements.map((one) => refusalOf(one, settings)).find((why) => why !== undefined),
  };
  plans.set(facts, plan);
  return plan;
}

const isWrite = (statement: StatementFacts): boolean =>
  WRITES.has(statement.kind) || (statement.kind !== 'prepare' && changes(statement));

const changes = ({ writes, verbs }: StatementFacts): boolean =>
  writes.length > 0 || verbs.some((verb) => WRITES.has(verb as Kind));

const isOpaque = (statement: StatementFacts): boolean =>
  isWrite(statement) || statement.functions.some((one) => one.class !== 'pure');

/** What it stands for is not in its text, but the session knows. */
const isKnownHere = ({ kind }: StatementFacts): boolean => kind === 'execute' || kind === 'fetch';

function refusalOf(statement: StatementFacts, settings: DatabaseSettings): NotRun | undefined {
  const refused = (message: string, hint?: string): NotRun => ({
    is: 'refused',
    message: `NOT EXECUTED, refused: ${message}`,
    ...(hint === undefined ? {} : { hint }),
  });
  const { kind, risks, isClean } = statement;
  if (kind === 'discard' && risks.includes('session-identity'))
    return refused(
      '`DISCARD ALL` would undo the settings this connection depends on',
      'Use DEALLOCATE ALL and CLOSE ALL.',
    );
  if (kind === 'copy-out' && !isClean)
    return refused(
      '`COPY … TO STDOUT` cannot be masked, and what it copies is private or unknown',
      'Use SELECT, or name columns that hold nothing private.',
    );
  const why = whyNotSet(statement, settings);
  return why === undefined ? undefined : refused(why);
}

/** Refusals of mode `read`, for what only runs as the other role. */
export const notHere = (why: string): NotRun => ({
  is: 'refused',
  message: `NOT EXECUTED, refused: ${why}`,
  hint: 'Run it by itself, outside a transaction, or connect to a database that is mounted in mode `transactional`.',
});
