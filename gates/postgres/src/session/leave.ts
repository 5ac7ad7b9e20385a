import type { QueryRun } from '../house.ts';
import type { Permit } from '../judge/judge.ts';
import type { StatementFacts, TextFacts } from '../sql/facts.ts';

/** Leave to run one text once, whoever gave it. */
export type Leave = {
  readonly facts: TextFacts;
  /** Classes that leave in clear. */
  readonly clear: readonly string[];
  /** Where the shape is permitted (R1). */
  readonly permit?: Permit;
  /** Where this very action was released. */
  readonly run?: QueryRun;
  isTold: boolean;
};

const NOTHING: readonly string[] = [];

/** What a permit that stands gives. */
export const byPermit = (permit: Permit): Leave => ({
  facts: permit.facts,
  clear: NOTHING,
  permit,
  isTold: false,
});

/** What a released action gives. */
export const byRun = (run: QueryRun, facts: TextFacts): Leave => ({
  facts,
  clear: run.arguments.clear ?? NOTHING,
  run,
  isTold: false,
});

/** For what runs nothing that was not decided already: preparing, closing, fetching from what was let through. */
export const byItself = (facts: TextFacts, clear: readonly string[] = NOTHING): Leave => ({
  facts,
  clear,
  isTold: true,
});

/** Tells what became of it, the first time only. */
export function tell(leave: Leave, outcome: 'executed' | 'failed', summary: string): void {
  if (leave.isTold) return;
  leave.isTold = true;
  leave.permit?.ran(outcome);
  leave.run?.report({ outcome, summary });
}

/** Facts of the statement that answers as the `index`-th of the text. */
export const statementOf = (leave: Leave | undefined, index = 0): StatementFacts | undefined =>
  leave?.facts.statements[index];
