import type { ApprovalItem, ApprovalList, May } from '@countersign/api';
import {
  progressOf,
  shown,
  STATES,
  statusOf,
  toIso,
  type Person,
  type State,
} from '@countersign/core';
import {
  assuranceAsked,
  decidedAt,
  hasAnswered,
  isAsked,
  isSpared,
  riskOf,
  type Asked,
} from './asked.ts';
import type { Caller, Exchange } from './exchange.ts';
import type { Folds } from './folds.ts';
import { namesOf } from './names.ts';
import { mayOfCaller, maySee } from './rights.ts';
import { publicGlass, type Sight } from './see.ts';

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
export async function list(
  sight: Sight,
  folds: Pick<Folds, 'of'>,
  exchange: Exchange<'approvals'>,
): Promise<ApprovalList> {
  const wish = wishOf(exchange);
  const found: Found[] = [];
  const next = await gather({ sight, folds, caller: exchange.caller, wish }, found);
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

/** Requests that wait for a person, soonest expiry first, of the newest that looking once comes to. */
export async function waitingFor(
  sight: Sight,
  folds: Pick<Folds, 'of'>,
  caller: Caller,
): Promise<readonly Asked[]> {
  const found: Found[] = [];
  const wish: Wish = { states: ['pending'], isForMe: true, limit: MAX_READS };
  await gather({ sight, folds, caller, wish }, found);
  return found
    .map(({ approval }) => approval)
    .toSorted((a, b) => a.asked.expiresAt - b.asked.expiresAt);
}

/** A request that fits, with what the caller may do about it where that was asked. */
type Found = { readonly approval: Asked; readonly may?: May };

type Search = {
  readonly sight: Sight;
  readonly folds: Pick<Folds, 'of'>;
  readonly caller: Caller;
  readonly wish: Wish;
};

/** Looks for requests that fit until there are enough, or until looking costs too much; tells where to go on. */
async function gather(search: Search, found: Found[]): Promise<string | undefined> {
  const { store } = search.sight.parts;
  const { states, agent, limit } = search.wish;
  const chunk = agent === undefined ? Math.max(CHUNK, limit) : AGENT_CHUNK;
  let { before } = search.wish;
  let reads = MAX_READS;
  for (let passed = 0; passed < MAX_PASSED;) {
    const after = before === undefined ? {} : { before };
    const placed = await store.find({ states, limit: chunk, isAsked: true, ...after });
    passed += placed.length;
    const near = placed.filter(({ standing }) => agent === undefined || standing.agent === agent);
    for (let at = 0; at < near.length;) {
      const part = near.slice(at, at + Math.min(CHUNK, reads));
      reads -= part.length;
      at += part.length;
      for (const one of await Promise.all(part.map((place) => fitting(search, place))))
        if (one && found.push(one) === limit) return one.approval.proposed.actionId;
      if (reads === 0 && (at < near.length || placed.length === chunk)) return part.at(-1)?.stream;
    }
    if (placed.length < chunk) return undefined;
    before = placed.at(-1)?.stream;
  }
  return before;
}

type Placed = Awaited<ReturnType<Sight['parts']['store']['find']>>[number];

/** A request, if the caller may see it and it is what they asked for. */
async function fitting(
  { sight, folds, caller, wish }: Search,
  { stream, standing }: Placed,
): Promise<Found | undefined> {
  const { parts, access } = sight;
  const approval = await folds.of(stream, standing.state);
  if (!isAsked(approval)) return undefined;
  if (!maySee(caller, approval, { directory: parts.directory(), access: access() }))
    return undefined;
  if (wish.risk !== undefined && riskOf(approval) !== wish.risk) return undefined;
  if (!wish.isForMe || caller.kind !== 'person') return { approval };
  if (approval.state !== 'pending')
    return hasAnswered(approval, caller.person.human) ? { approval } : undefined;
  const may = mayOfCaller(parts, approval, caller);
  // a no is taken at any assurance, so what a stronger one is needed for waits for them too
  const mayAnswer = may.vote || may.confirm || may.because === 'assurance-too-low';
  const isForMe = mayAnswer && !isSpared(approval, caller.person); // A11: waiting, and not theirs to look at
  return isForMe ? { approval, may } : undefined;
}

async function itemOf(
  { parts }: Sight,
  { approval, may }: Found,
  { caller }: Exchange<'approvals'>,
): Promise<ApprovalItem> {
  const { proposed, asked, state } = approval;
  const view = await shown(parts, proposed.actionId);
  const { type, id } = proposed.resource;
  const directory = parts.directory();
  const decided = decidedAt(approval);
  const progress = progressOf(approval, directory, parts.clock());
  const brokenGlass = statusOf(approval)?.brokenGlass;
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
    may: may ?? mayOfCaller(parts, approval, caller),
    ...(brokenGlass ? { brokenGlass: publicGlass(brokenGlass) } : {}),
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
