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

/** How a command that asked for an action ends. */
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
    case 'unsatisfiable':
    case 'budget-exhausted':
    case 'superseded':
      return EXIT.undecided;
    case 'executing':
    case 'failed':
    case 'unknown':
    case 'cancelled':
    case 'lapsed':
      return EXIT.failed;
  }
}
