import type { Voting } from '@countersign/api';
import { isId } from '@countersign/core';
import type { Signing } from '@countersign/identity';
import { seeAsked, type Asked } from './asked.ts';
import { assuranceOf, isStale } from './assurance.ts';
import {
  json,
  personOf,
  type Caller,
  type Exchange,
  type Handlers,
  type Reply,
} from './exchange.ts';
import type { Folds } from './folds.ts';
import { list } from './inbox.ts';
import { refusedKey } from './passkeys.ts';
import { refuse, refused } from './refuse.ts';
import { createPast } from './past.ts';
import { page } from './page.ts';
import { mayOfCaller } from './rights.ts';
import { toldTo, type Sight } from './see.ts';

type ApprovalRoutes = Pick<
  Handlers,
  'approvals' | 'approval' | 'vote' | 'confirm' | 'edit' | 'revoke' | 'reveal'
>;

/** The reviewer's side. R7: the routes admit people only; R5 and all else is decided by the gatekeeper. */
export function approvalRoutes(
  sight: Sight,
  { folds, signing }: { readonly folds: Folds; readonly signing: Signing },
): ApprovalRoutes {
  const past = createPast(sight.parts.store, folds);
  const { gatekeeper } = sight;
  return {
    approvals: async (exchange) => json(200, await list(sight, folds, exchange)),
    approval: async (exchange) => {
      const approval = await seeAsked(sight, exchange);
      return approval
        ? json(200, await page(sight, past, approval, exchange))
        : refuse(exchange, 'not-found');
    },
    vote: (exchange) => answer(sight, signing, exchange, 'vote'),
    confirm: (exchange) => answer(sight, signing, exchange, 'confirm'),
    edit: async (exchange) => {
      const { caller, param, body } = exchange;
      if (!isId('apr', param) || !(await seeAsked(sight, exchange)))
        return refuse(exchange, 'not-found');
      const edited = await gatekeeper.edit(personOf(exchange), { approvalId: param, ...body });
      return edited.ok ? json(201, toldTo(caller, edited.value)) : refused(exchange, edited.error);
    },
    reveal: async (exchange) => {
      const { param, body } = exchange;
      // whoever may see an action as a person may see all of it; that they did is what matters
      const approval = isId('apr', param) ? await seeAsked(sight, exchange) : undefined;
      if (!approval) return refuse(exchange, 'not-found');
      const asked = { actionId: approval.proposed.actionId, ...body };
      const revealed = await gatekeeper.reveal(personOf(exchange), asked);
      return revealed.ok ? json(200, { value: revealed.value }) : refused(exchange, revealed.error);
    },
    revoke: async (exchange) => {
      const { caller, param, body } = exchange;
      if (!isId('apr', param) || !(await seeAsked(sight, exchange)))
        return refuse(exchange, 'not-found');
      const revoked = await gatekeeper.revoke(param, personOf(exchange), body.reason);
      return revoked.ok
        ? json(200, { status: toldTo(caller, revoked.value) })
        : refused(exchange, revoked.error);
    },
  };
}

const CHANNELS = ['api', 'terminal'];

async function answer(
  sight: Sight,
  signing: Signing,
  exchange: Pick<Exchange, 'caller' | 'param' | 'request' | 'requestId'> & { body: Voting },
  control: 'vote' | 'confirm',
): Promise<Reply> {
  const { caller, param, body, request } = exchange;
  const now = sight.parts.clock();
  const channel = channelFor({ caller, request });
  if (channel === undefined)
    return refuse(exchange, 'invalid-request', {
      path: 'Countersign-Channel',
      detail: `must be ${CHANNELS.join(' or ')}`,
    });
  const approval = await seeAsked(sight, exchange);
  if (!isId('apr', param) || !approval) return refuse(exchange, 'not-found');
  const { assertion, ...said } = body;
  const signed = assertion && (await signing.check(personOf(exchange), assertion));
  if (signed?.ok === false) return refusedKey(exchange, signed.error);
  const voted = await sight.gatekeeper.vote(personOf(exchange), {
    approvalId: param,
    control,
    ...said,
    assurance: assuranceOf(caller, now),
    ...signed?.value,
    channel,
  });
  if (voted.ok) return json(200, { status: toldTo(caller, voted.value) });
  // all that is missing is to prove again who they are
  const isShort = voted.error === 'assurance-too-low' && isStale(caller, now);
  if (isShort && mayOfCaller(sight.parts, approval, caller).needs === 'session')
    return refuse(exchange, 'sign-in-again');
  if (voted.error !== 'excluded') return refused(exchange, voted.error);
  const because = whyExcluded(approval, exchange);
  return refuse(exchange, 'excluded', because === undefined ? {} : { detail: because });
}

/** Where the caller answers; undefined where they name another place than they may. */
export function channelFor({
  caller,
  request,
}: Pick<Exchange, 'caller' | 'request'>): string | undefined {
  const own = channelOf(caller);
  if (own !== undefined) return own;
  const named = request.headers['countersign-channel'] ?? 'api';
  return typeof named === 'string' && CHANNELS.includes(named) ? named : undefined;
}

/** Where a session answers, whatever it says of itself; a token of the configuration says so by a header. */
function channelOf(caller: Caller): 'console' | 'terminal' | undefined {
  if (caller.kind !== 'person' || !caller.session) return undefined;
  return caller.session.kind === 'browser' ? 'console' : 'terminal';
}

/** R5, in words: what stands between this person and this action. */
export function whyExcluded(
  { asked }: Asked,
  exchange: Pick<Exchange, 'caller'>,
): string | undefined {
  const { id, human } = personOf(exchange);
  const found = asked.excluded.find((one) => one.human === human);
  return found && `\`${id}\` ${found.because}, so someone else must decide`;
}
