import type { QueryArguments } from '../house.ts';
import type { Kind, StatementFacts, TextFacts } from '../sql/facts.ts';

/** What is not the same the next time, or is never asked for so often that it mattered. */
const NEVER: ReadonlySet<Kind> = new Set(['copy-in', 'ddl', 'execute', 'other', 'unknown']);

/**
 * Whether one verdict can stand for a shape: every fact comes from the text without its literals, all of it is understood,
 * it uses no names of its session,
 * and nothing out of the ordinary is asked for.
 */
export const mayRepeat = (
  { clear = [] }: QueryArguments,
  { statements, inspectable }: TextFacts,
): boolean => clear.length === 0 && inspectable === 'full' && statements.every(isSteady);

const isSteady = ({ kind, literalSensitive, changesCatalog, names }: StatementFacts): boolean =>
  !literalSensitive && !changesCatalog && names.length === 0 && !NEVER.has(kind);
