import type { ApprovalItem, ApprovalList } from '@countersign/api';
import { progressOf, shown, STATES, toIso, type Person, type State } from '@countersign/core';
import { assuranceAsked, decidedAt, hasAnswered, isAsked, riskOf, type Asked } from './asked.ts';
import type { Exchange } from './exchange.ts';
import { namesOf } from './names.ts';
import { mayOfCaller } from './rights.ts';
import { see, type Sight } from './see.ts';

/** What a page of the inbox is asked for with. */
type Wish = {
  readonly states: readonly State[];
  readonly isForMe: boolean;
  readonly risk?: string;
  readonly agent?: string;
  readonly limit: number;
  readonly before?: string;
};

/**
 * What one call may cost, however little of the ledger the caller may see or a filter lets through: requests read, and
 * places in the listing passed over. Beyond it the page is short, and its `next` goes on.
 */
const MAX_READS = 150;
const MAX_PASSED = 2_000;
const CHUNK = 50;
const AGENT_CHUNK = 500;

/** A page, newest first. Whatever a chunk needs is asked for at once: a store answers many questions as one. */
export async function list(sight: Sight, exchange: Exchange<'approvals'>): Promise<ApprovalList> {
  const wish = wishOf(exchange);
  const found: Asked[] = [];
  const next = await gather(sight, exchange, wish, found);
  const { directory } = sight.parts;
  const items = await Promise.all(found.map((one) => itemOf(sight, one, exchange)));
  return {
    items,
    names: namesOf(
      directory(),
      items.map(({ owner }) => owner),
    ),
    ...(next === undefined ? {} : { next }),
  };
}

/** Looks for requests that fit until there are enough, or until looking costs too much; tells where to go on. */
async function gather(
  sight: Sight,
  exchange: Exchange<'approvals'>,
  wish: Wish,
  found: Asked[],
): Promise<string | undefined> {
  const { store } = sight.parts;
  const { states, agent, limit } = wish;
  const chunk = agent === undefined ? Math.max(CHUNK, limit) : AGENT_CHUNK;
  let { before } = wish;
  let reads = MAX_READS;
  for (let passed = 0; passed < MAX_PASSED;) {
    const after = before === undefined ? {} : { before };
    const placed = await store.find({ states, limit: chunk, isAsked: true, ...after });
    passed += placed.length;
    const near = placed.filter(({ standing }) => agent === undefined || standing.agent === agent);
    for (let at = 0; at < near.length;) {
      const part = near.slice(at, at + Math.min(chunk, reads));
      reads -= part.length;
      at += part.length;
      const seen = await Promise.all(part.map(({ stream }) => see(sight, exchange.caller, stream)));
      for (const one of seen)
        if (isAsked(one) && isWanted(sight, one, exchange, wish) && found.push(one) === limit)
          return one.proposed.actionId;
      if (reads === 0 && (at < near.length || placed.length === chunk)) return part.at(-1)?.stream;
    }
    if (placed.length < chunk) return undefined;
    before = placed.at(-1)?.stream;
  }
  return before;
}

function isWanted(
  sight: Sight,
  approval: Asked,
  { caller }: Exchange<'approvals'>,
  { isForMe, risk }: Wish,
): boolean {
  if (risk !== undefined && riskOf(approval) !== risk) return false;
  if (!isForMe || caller.kind !== 'person') return true;
  if (approval.state !== 'pending') return hasAnswered(approval, caller.person.human);
  const may = mayOfCaller(sight.parts, approval, caller);
  // a no is taken at any assurance, so what a stronger one is needed for waits for them too
  return may.vote || may.confirm || may.because === 'assurance-too-low';
}

async function itemOf(
  { parts }: Sight,
  approval: Asked,
  { caller }: Exchange<'approvals'>,
): Promise<ApprovalItem> {
  const { proposed, asked, state } = approval;
  const view = await shown(parts, proposed.actionId);
  const { type, id } = proposed.resource;
  const directory = parts.directory();
  const decided = decidedAt(approval);
  const progress = progressOf(approval, directory, parts.clock());
  const person: Person | undefined = caller.kind === 'person' ? caller.person : undefined;
  return {
    approvalId: asked.approvalId,
    actionId: proposed.actionId,
    version: asked.version,
    state,
    headline: view?.headline ?? `${proposed.actionType} (erased)`,
    type: proposed.actionType,
    resource: view?.action.resource ?? { type, id: parts.display.text(id) },
    risk: riskOf(approval),
    agent: proposed.lineage.agent,
    owner: proposed.lineage.owner,
    createdAt: toIso(proposed.at),
    expiresAt: toIso(asked.expiresAt),
    ...(decided === undefined ? {} : { decidedAt: toIso(decided) }),
    progress: { have: sum(progress, 'have'), need: sum(progress, 'need') },
    assurance: assuranceAsked(approval),
    isMine: person !== undefined && hasAnswered(approval, person.human),
    may: mayOfCaller(parts, approval, caller),
  };
}

const sum = <K extends string>(all: readonly Readonly<Record<K, number>>[], key: K): number =>
  all.reduce((total, one) => total + one[key], 0);

function wishOf({ query }: Exchange<'approvals'>): Wish {
  const { state, for: whose, risk, agent, limit, before } = query;
  return {
    states: state === 'all' ? STATES : state === 'decided' ? DECIDED : ['pending'],
    isForMe: whose === 'me',
    limit: Number(limit ?? 50),
    ...(risk === undefined ? {} : { risk: String(risk) }),
    ...(agent === undefined ? {} : { agent: String(agent) }),
    ...(before === undefined ? {} : { before: String(before) }),
  };
}

const DECIDED = STATES.filter((state) => state !== 'pending');
