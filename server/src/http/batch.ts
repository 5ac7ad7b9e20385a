import { problemOf, type DecidedTogether, type Problem, type ProblemCode } from '@countersign/api';
import {
  batchOf,
  isId,
  shown,
  StoreFailure,
  type Ballot,
  type Batch,
  type BatchItem,
} from '@countersign/core';
import { isAsked, riskOf, type Asked } from './asked.ts';
import { assuranceOf, isStale } from './assurance.ts';
import { channelFor, whyExcluded } from './approvals.ts';
import { json, personOf, type Exchange, type Handlers } from './exchange.ts';
import { refuse } from './refuse.ts';
import { mayOfCaller } from './rights.ts';
import { actionOf, see, toldTo, type Sight } from './see.ts';

type Here = Exchange<'voteTogether'>;
type Result = DecidedTogether['items'][number];

/** Answers to several requests. R5: each goes the way of a single one, and one that is refused drops no other. */
export const batchRoutes = (sight: Sight): Pick<Handlers, 'voteTogether'> => ({
  voteTogether: async (exchange) => {
    const { body, caller } = exchange;
    const items = body.items.flatMap(({ approvalId, ...item }): readonly BatchItem[] =>
      isId('apr', approvalId) ? [{ approvalId, ...item }] : [],
    );
    if (new Set(items.map(({ approvalId }) => approvalId)).size < body.items.length)
      return refuse(exchange, 'invalid-request', {
        path: '$.items',
        detail: 'names a request twice',
      });
    const batch = batchOf(items);
    const channel = channelFor(exchange);
    if (channel === undefined) return refuse(exchange, 'invalid-request', CHANNEL);
    const { choice, reason } = body;
    const ballotOf = (item: BatchItem): Ballot => ({
      ...item,
      control: 'vote',
      choice,
      ...(reason === undefined ? {} : { reason }),
      assurance: assuranceOf(caller, sight.parts.clock()),
      channel,
      batch,
    });
    const results = await Promise.all(
      items.map((item) => answerOne(sight, exchange, ballotOf(item))),
    );
    return json(200, { batch, items: results } satisfies { batch: Batch; items: Result[] });
  },
});

const CHANNEL = { path: 'Countersign-Channel', detail: 'must be api or terminal' };

async function answerOne(sight: Sight, exchange: Here, ballot: Ballot): Promise<Result> {
  const { approvalId } = ballot;
  const { caller, requestId } = exchange;
  const refusal = (code: ProblemCode, detail?: string): Result => {
    const problem: Problem = problemOf(code, {
      requestId,
      ...(detail === undefined ? {} : { detail }),
    });
    return { approvalId, problem };
  };
  try {
    const action = await actionOf(sight, approvalId);
    const approval = action && (await see(sight, caller, action));
    if (!isAsked(approval)) return refusal('not-found');
    if (ballot.choice === 'approve' && !(await mayBeTogether(sight, approval)))
      return refusal('not-in-batch');
    const voted = await sight.gatekeeper.vote(personOf(exchange), ballot);
    if (voted.ok) return { approvalId, status: toldTo(caller, voted.value) };
    if (voted.error === 'excluded') return refusal('excluded', whyExcluded(approval, exchange));
    return refusal(
      isOnlyStale(sight, exchange, approval, voted.error) ? 'sign-in-again' : voted.error,
    );
  } catch (error) {
    // R2: nothing of this one is decided; the others are their own
    if (error instanceof StoreFailure) return refusal(error.code);
    throw error;
  }
}

/** A yes to several at once is for what is low, wholly shown and understood, and needs no passkey (R8, M9). */
async function mayBeTogether({ parts }: Sight, approval: Asked): Promise<boolean> {
  const { requirements, isPartial } = approval.asked;
  if (riskOf(approval) !== 'low' || isPartial) return false;
  if (requirements.some(({ assurance }) => assurance !== 'chat' && assurance !== 'session'))
    return false;
  const view = await shown(parts, approval.proposed.actionId);
  return view?.complete === true && view.inspectable === 'full';
}

/** Whether all that is missing is to prove again who they are. */
const isOnlyStale = (sight: Sight, { caller }: Here, approval: Asked, error: string): boolean =>
  error === 'assurance-too-low' &&
  isStale(caller, sight.parts.clock()) &&
  mayOfCaller(sight.parts, approval, caller).needs === 'session';
