import type { ApprovalItem, ApprovalList, ApprovalPage, May, Voting } from '@countersign/api';
import {
  RISKS,
  STATES,
  isId,
  shown,
  statusOf,
  toIso,
  type Assurance,
  type Person,
} from '@countersign/core';
import { assuranceOf, isStale } from './assurance.ts';
import {
  json,
  personOf,
  type Caller,
  type Exchange,
  type Handlers,
  type Reply,
} from './exchange.ts';
import { refuse, refused } from './refuse.ts';
import { mayOf, type Visible } from './rights.ts';
import { actionOf, publicStatus, see, toldTo, type Sight } from './see.ts';

type ApprovalRoutes = Pick<
  Handlers,
  'approvals' | 'approval' | 'vote' | 'confirm' | 'edit' | 'revoke' | 'reveal'
>;
type Asked = Visible & { readonly asked: NonNullable<Visible['asked']> };

const isAsked = (approval: Visible | undefined): approval is Asked => approval?.asked !== undefined;

/** The reviewer's side. R7: the routes admit people only; R5 and all else is decided by the gatekeeper. */
export function approvalRoutes(sight: Sight): ApprovalRoutes {
  const { gatekeeper } = sight;
  return {
    approvals: async (exchange) => json(200, await list(sight, exchange)),
    approval: async (exchange) => {
      const approval = await seeAsked(sight, exchange);
      return approval
        ? json(200, await page(sight, approval, exchange))
        : refuse(exchange, 'not-found');
    },
    vote: (exchange) => answer(sight, exchange, 'vote'),
    confirm: (exchange) => answer(sight, exchange, 'confirm'),
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
      if (!isId('apr', param) || !(await seeAsked(sight, exchange)))
        return refuse(exchange, 'not-found');
      const asked = { approvalId: param, ...body };
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

async function seeAsked(
  sight: Sight,
  { caller, param }: Pick<Exchange, 'caller' | 'param'>,
): Promise<Asked | undefined> {
  const action = await actionOf(sight, param);
  const approval = action && (await see(sight, caller, action));
  return isAsked(approval) ? approval : undefined;
}

const CHANNELS = ['api', 'terminal'];
const AGAIN = 'sign-in-again';

async function answer(
  sight: Sight,
  exchange: Pick<Exchange, 'caller' | 'param' | 'request' | 'requestId'> & { body: Voting },
  control: 'vote' | 'confirm',
): Promise<Reply> {
  const { caller, param, body, request } = exchange;
  const now = sight.parts.clock();
  const channel = channelOf(caller) ?? request.headers['countersign-channel'] ?? 'api';
  if (typeof channel !== 'string' || (!channelOf(caller) && !CHANNELS.includes(channel)))
    return refuse(exchange, 'invalid-request', {
      path: 'Countersign-Channel',
      detail: `must be ${CHANNELS.join(' or ')}`,
    });
  const approval = await seeAsked(sight, exchange);
  if (!isId('apr', param) || !approval) return refuse(exchange, 'not-found');
  const voted = await sight.gatekeeper.vote(personOf(exchange), {
    approvalId: param,
    control,
    ...body,
    assurance: assuranceOf(caller, now),
    channel,
  });
  if (voted.ok) return json(200, { status: toldTo(caller, voted.value) });
  if (voted.error === 'assurance-too-low' && mayNow(sight, approval, exchange).because === AGAIN)
    return refuse(exchange, AGAIN);
  if (voted.error !== 'excluded') return refused(exchange, voted.error);
  const because = whyExcluded(approval, personOf(exchange));
  return refuse(exchange, 'excluded', because === undefined ? {} : { detail: because });
}

/** Where a session answers, whatever it says of itself; a token of the configuration says so by a header. */
function channelOf(caller: Caller): 'console' | 'terminal' | undefined {
  if (caller.kind !== 'person' || !caller.session) return undefined;
  return caller.session.kind === 'browser' ? 'console' : 'terminal';
}

/** What the caller may do, and whether all that is missing is to prove again who they are. */
function mayNow({ parts }: Sight, approval: Asked, exchange: Pick<Exchange, 'caller'>): May {
  const { caller } = exchange;
  const now = parts.clock();
  const mayAt = (assurance: Assurance): May =>
    mayOf(approval, personOf(exchange), parts.directory(), { now, assurance });
  const may = mayAt(assuranceOf(caller, now));
  if (may.because !== 'assurance-too-low' || !isStale(caller, now)) return may;
  const then = mayAt('session');
  return then.vote || then.confirm ? { ...may, because: AGAIN } : may;
}

/** R5, in words: what stands between this person and this action. */
function whyExcluded({ asked }: Asked, { id, human }: Person): string | undefined {
  const found = asked.excluded.find((one) => one.human === human);
  return found && `\`${id}\` ${found.because}, so someone else must decide`;
}

async function page(
  sight: Sight,
  approval: Asked,
  exchange: Pick<Exchange, 'caller'>,
): Promise<ApprovalPage> {
  const { parts } = sight;
  const status = statusOf(approval);
  if (!status) throw new TypeError('an asked approval has a status');
  const view = await shown(parts, approval.proposed.actionId);
  return {
    status: publicStatus(status),
    version: approval.asked.version,
    seenDigest: approval.asked.seenDigest,
    ...(view ? { view } : {}),
    votes: approval.votes.map(({ statement, assurance, channel, reason }) => ({
      person: statement.person,
      choice: statement.choice,
      assurance,
      channel,
      at: toIso(statement.issuedAt),
      ...(reason === undefined ? {} : { reason }),
    })),
    may: mayNow(sight, approval, exchange),
  };
}

/** Requests looked at per page: one call never reads the whole ledger for somebody who may see little of it. */
const MAX_LOOKED_AT = 1_000;
const LEAST_CHUNK = 50;

/** A page, newest first. Whatever a chunk needs is asked for at once: a store answers many questions as one. */
async function list(sight: Sight, exchange: Exchange<'approvals'>): Promise<ApprovalList> {
  const { query, caller } = exchange;
  const { store } = sight.parts;
  const states = query['state'] === 'all' ? STATES : ['pending'];
  const limit = Number(query['limit'] ?? 50);
  const chunk = Math.max(limit, LEAST_CHUNK);
  const items: ApprovalItem[] = [];
  let before = query['before'] === undefined ? undefined : String(query['before']);
  for (let looked = 0; looked < MAX_LOOKED_AT;) {
    const after = before === undefined ? {} : { before };
    const found = await store.find({ states, limit: chunk, isAsked: true, ...after });
    looked += found.length;
    const seen = await Promise.all(found.map(({ stream }) => see(sight, caller, stream)));
    const wanted = seen.filter(isAsked).slice(0, limit - items.length);
    items.push(...(await Promise.all(wanted.map((one) => itemOf(sight, one, exchange)))));
    const last = wanted.at(-1);
    if (items.length === limit && last) return { items, next: last.proposed.actionId };
    if (found.length < chunk) return { items };
    before = found.at(-1)?.stream;
  }
  return { items, ...(before === undefined ? {} : { next: before }) };
}

async function itemOf(
  sight: Sight,
  approval: Asked,
  exchange: Pick<Exchange, 'caller'>,
): Promise<ApprovalItem> {
  const { proposed, asked, state } = approval;
  const view = await shown(sight.parts, proposed.actionId);
  const risks = asked.requirements.map(({ risk }) => RISKS.indexOf(risk));
  return {
    approvalId: asked.approvalId,
    actionId: proposed.actionId,
    version: asked.version,
    state,
    headline: view?.headline ?? `${proposed.actionType} (erased)`,
    risk: RISKS[Math.max(...risks)] ?? 'critical',
    agent: proposed.lineage.agent,
    owner: proposed.lineage.owner,
    createdAt: toIso(proposed.at),
    expiresAt: toIso(asked.expiresAt),
    may: mayNow(sight, approval, exchange),
  };
}
