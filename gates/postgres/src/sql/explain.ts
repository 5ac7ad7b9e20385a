import type { ExplainStmt, Node } from 'libpg-query';
import { as, textOf } from './node.ts';
import { byLiteral, type Told } from './told.ts';
import type { Walk } from './walk.ts';

/** Without ANALYZE nothing runs, but what is planned is looked at, and immutable functions are called. */
export function explained({ options }: ExplainStmt, told: Told, walk: Walk): Told {
  const { notes } = walk;
  const isRun = options?.some((option) => isAnalyze(as(option, 'DefElem'))) === true;
  notes.risks.add('explain');
  notes.isClean = false;
  byLiteral(notes);
  if (isRun) {
    notes.verbs.add('explain');
    const isWrite = notes.writes.size > 0 || told.kind === 'execute';
    return isWrite ? told : { ...told, kind: 'explain', export: false };
  }
  for (const name of notes.writes) notes.reads.add(name);
  for (const name of notes.set) notes.read.add(name);
  for (const gone of [notes.writes, notes.set, notes.verbs]) gone.clear();
  for (const risk of [
    'cte-write',
    'ddl',
    'temp',
    'trigger',
    'rule',
    'row-lock',
    'truncate',
  ] as const)
    notes.risks.delete(risk);
  notes.isUnbounded = false;
  notes.changesCatalog = false;
  notes.verbs.add('explain');
  return { kind: 'explain', hasWhere: told.hasWhere === true };
}

/** In doubt it runs: only what PostgreSQL takes for an off is one. */
function isAnalyze(
  option: { readonly defname?: string; readonly arg?: Node } | undefined,
): boolean {
  if (option?.defname !== 'analyze') return false;
  const number = as(option.arg, 'Integer');
  if (number) return (number.ival ?? 0) !== 0;
  return !/^(?:false|off)$/i.test(textOf(option.arg) ?? '');
}
