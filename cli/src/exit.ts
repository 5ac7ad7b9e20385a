import type { ActionStatus } from '@countersign/sdk';

/** Exit codes of DESIGN §9: a pipeline can tell a no from nobody having answered (R10). */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  denied: 3,
  undecided: 4,
  unreachable: 5,
} as const;

/** How a command that asked for an action ends. `gates/exec` has the same table; a test compares them. */
export function exitOf(state: ActionStatus['state']): number {
  switch (state) {
    case 'allowed':
    case 'approved':
    case 'executed':
      return EXIT.done;
    case 'denied':
    case 'refused':
    case 'revoked':
      return EXIT.denied;
    case 'pending':
    case 'expired':
    case 'lapsed':
    case 'unsatisfiable':
    case 'budget-exhausted':
    case 'superseded':
    case 'cancelled': // withdrawn by who asked: nobody said no
      return EXIT.undecided;
    case 'executing':
    case 'failed':
    case 'unknown':
      return EXIT.failed;
  }
}

/** Refusals that say: the time for this is over. */
const LATE: ReadonlySet<string> = new Set(['past-deadline', 'use-by-passed', 'grant-expired']);

/** How a command ends that the gateway refused. */
export function exitOfRefusal(refusal: {
  readonly code: string;
  readonly status: number;
  readonly retryable: boolean;
}): number {
  if (refusal.retryable) return EXIT.unreachable;
  if (refusal.status === 403) return EXIT.denied;
  if (refusal.status === 404) return EXIT.usage; // what was named does not exist here
  return LATE.has(refusal.code) ? EXIT.undecided : EXIT.failed;
}
