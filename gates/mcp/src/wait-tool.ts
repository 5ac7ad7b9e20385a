import { answered, invalid } from './answer.ts';
import { said, whereItIs } from './conclude.ts';
import { textOf } from './members.ts';
import type { Answered } from './parts.ts';
import type { Asked, Work } from './work.ts';

/**
 * `countersign_wait`: somebody comes back for a call that was not executed. Waits like the call itself, and runs it, once,
 * where the yes is there. No verb of it decides anything (R7).
 */
export async function waitFor(work: Work, asked: Asked): Promise<Answered> {
  const approvalId = textOf(asked.arguments['approval_id']);
  if (approvalId === undefined || Object.keys(asked.arguments).length !== 1)
    return answered(asked.request.id, invalid('`countersign_wait` wants exactly `approval_id`'));
  const { caller } = asked.about;
  const actionId = await work.house.byApproval(caller.agent, approvalId);
  // ATTACKER: somebody else's approval and none at all must look the same
  if (actionId === undefined)
    return said(asked, {
      outcome: 'refused',
      reasonCode: 'not-found',
      why: 'There is no such approval of yours.',
      retry: 'never',
    });
  const { signal } = caller;
  const admission = await work.house.wait(caller.agent, actionId, { ms: 0, signal });
  return whereItIs(work, asked, admission);
}
