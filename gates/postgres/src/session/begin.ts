import type { Plan } from './plan.ts';
import type { Line, Session } from './session.ts';

/** What follows from a text that goes up now, whatever becomes of it. */
export function begin(session: Session, plan: Plan | undefined, line: Line = session.main): void {
  if (!plan) return;
  if (plan.isOpaque && line.isMain) session.isOpaque = true;
  if (plan.copiesIn) line.isCopying = true;
  if (plan.changesCatalog) session.catalog = 'changed';
  for (const value of plan.sets) session.named.add(value);
}
