import type { Action } from '../action/action.ts';
import type { Proposed, WaiverUse } from '../approval/event.ts';
import type { Requirement } from '../approval/requirement.ts';
import { stillNeeds } from '../approval/tally.ts';
import { courseOf } from '../change.ts';
import type { WaiverId } from '../ids.ts';
import type { Parts } from '../parts.ts';
import { StoreFailure } from '../ports.ts';
import { after, type Instant } from '../time.ts';
import { fingerprintWithout, isWithin } from './scope.ts';
import { openTerms, type Terms } from './terms.ts';
import {
  isStanding,
  readWaiver,
  WAIVER_STANDING,
  WAIVERS,
  waiverStateOf,
  waiverStream,
  type Waiver,
} from './waiver.ts';

/** A waiver as the book knows it; without terms it covers nothing. */
export type Kept = { readonly waiver: Waiver; readonly terms?: Terms };

/** All waivers that could still be in force, as the ledger tells of them. */
export type WaiverBook = {
  /** The same after everything that is durable at the moment of the call was heard. Throws `StoreFailure`. */
  readonly current: () => Promise<readonly Kept[]>;
  readonly of: (id: WaiverId) => Promise<Kept | undefined>;
  /** The first use that may be left of a waiver that lifts all that policy demands of an action. */
  readonly lifting: (
    action: Action,
    proposed: Proposed,
    requirements: readonly Requirement[],
  ) => Promise<WaiverUse | undefined>;
  /** R6: whether a use that was taken still lifts all that policy demands now. */
  readonly holds: (
    use: WaiverUse,
    proposed: Proposed,
    requirements: readonly Requirement[],
  ) => Promise<boolean>;
  readonly close: () => void;
};

type BookParts = Pick<Parts, 'store' | 'clock' | 'directory' | 'secrets'>;

const DAY_MS = 86_400_000;
/** No waiver is longer than policy can let it be (POL-16), and is endorsed before. */
const LONGEST_MS = 31 * DAY_MS;
const MAX_RANGE = 10_000;
const PAGE = 500;

/** Reads the waivers there are, then follows the ledger. */
export async function createWaiverBook(parts: BookParts): Promise<WaiverBook> {
  const { store, clock } = parts;
  const kept = new Map<string, Kept>();
  const stale = new Set<string>();
  let heard = 0;
  const stop = store.onAppended(({ stream, firstSeq, unit }) => {
    if (stream.startsWith(WAIVERS)) stale.add(stream);
    // news come in the order of the ledger: with these, all before them were heard
    heard = Math.max(heard, firstSeq + (unit?.entries.length ?? 0));
  });

  let turn: Promise<void> = Promise.resolve();
  /** One look after the other: whoever waits for one under way decides on nothing older than it began with. */
  const refresh = (): Promise<void> => (turn = turn.catch(() => undefined).then(readStale));

  async function readStale(): Promise<void> {
    for (const stream of stale) {
      stale.delete(stream);
      try {
        const waiver = readWaiver(await store.read(stream));
        if (!waiver) continue;
        const known = kept.get(stream);
        const terms =
          known?.terms ?? (await openTerms(store, waiver.asked.waiverId, parts.secrets.masterKey));
        kept.set(stream, { waiver, ...(terms && { terms }) });
      } catch (error) {
        // INVARIANT: what cannot be read covers nothing, and keeps no other action from being asked about
        kept.delete(stream);
        if (isTooNew(error) || !(error instanceof StoreFailure)) continue;
        stale.add(stream); // nothing is left out: whoever decides reads it again
        throw error;
      }
    }
    const begin = clock() - LONGEST_MS;
    for (const [stream, { waiver }] of kept) if (waiver.asked.at < begin) kept.delete(stream);
  }

  async function current(): Promise<readonly Kept[]> {
    const { size } = await store.head();
    for (let from = heard; from < size;) {
      const entries = await store.range(from, Math.min(size, from + MAX_RANGE));
      for (const { stream } of entries) if (stream.startsWith(WAIVERS)) stale.add(stream);
      if (entries.length === 0) break;
      from += entries.length;
    }
    heard = Math.max(heard, size);
    await refresh();
    return [...kept.values()];
  }

  const covering = (action: Action): readonly Kept[] =>
    [...kept.values()].filter((one) => isCovered(parts, one, action, clock()));

  // asked for after listening began: what is older is found by its standing, what is newer is told
  heard = Math.max(heard, (await store.head()).size);
  await findOpen(parts, stale);
  await current();
  return {
    current,
    of: async (id) => {
      await current();
      return kept.get(waiverStream(id));
    },
    lifting: async (action, proposed, requirements) => {
      if (!requirements.every(isWaivable)) return undefined;
      if (stale.size > 0) await refresh();
      // most actions have none: only where there is one is the ledger asked whether it still is
      if (covering(action).length === 0) return undefined;
      await current();
      for (const { waiver } of covering(action))
        if (await isLifting(parts, waiver, proposed, requirements)) return nextUse(waiver);
      return undefined;
    },
    holds: async ({ id }, proposed, requirements) => {
      await current();
      const waiver = kept.get(waiverStream(id))?.waiver;
      return (
        waiver !== undefined &&
        isStanding(waiver, clock()) &&
        (await isLifting(parts, waiver, proposed, requirements))
      );
    },
    close: stop,
  };
}

const isTooNew = (error: unknown): boolean =>
  error instanceof StoreFailure && error.code === 'too-new';

/** Streams of waivers that are not too old to be in force. */
async function findOpen({ store, clock }: BookParts, into: Set<string>): Promise<void> {
  for (let before: string | undefined; ;) {
    const place = before === undefined ? {} : { before };
    const page = await store.find({ states: [WAIVER_STANDING], limit: PAGE, ...place });
    const young = page.filter(({ standing }) => after(standing.createdAt, LONGEST_MS) >= clock());
    for (const { stream } of young) into.add(stream);
    before = page.at(-1)?.stream;
    if (young.length < PAGE || before === undefined) return;
  }
}

/** Whether a demand may be waived at all: a review that says so, and never a critical one. */
export const isWaivable = ({ kind, waivable, risk }: Requirement): boolean =>
  kind === 'review' && waivable !== undefined && risk !== 'critical';

function isCovered(
  { secrets }: BookParts,
  { waiver, terms }: Kept,
  action: Action,
  now: Instant,
): boolean {
  const { agent, named, fingerprint } = waiver.asked;
  return (
    agent === action.lineage.agent &&
    waiverStateOf(waiver, now) === 'in-force' &&
    terms !== undefined &&
    isWithin(terms.scope, action.arguments) &&
    fingerprintWithout(named, action, secrets.fingerprintKey) === fingerprint
  );
}

/**
 * Whether a waiver lifts these demands: each is one it names, within the ceilings of now, and the people who endorsed it
 * meet them still, counted by the function that counts votes (R5: for the action at hand). A no to the request it comes from
 * ends it.
 */
async function isLifting(
  { store, directory }: BookParts,
  { asked, endorsements, inForceAt }: Waiver,
  proposed: Proposed,
  requirements: readonly Requirement[],
): Promise<boolean> {
  const lifted = new Set(asked.requirements.flatMap(({ policies }) => policies));
  const isNamed = requirements.every(
    (one) =>
      isWaivable(one) &&
      one.policies.every((policy) => lifted.has(policy)) &&
      isWithinCeilings([one], asked),
  );
  if (!isNamed || inForceAt === undefined) return false;
  const { state } = (await courseOf(store, asked.actionId)).approval;
  if (state === 'denied' || state === 'revoked') return false;
  const answers = { votes: endorsements, proposed };
  return stillNeeds(requirements, answers, directory(), inForceAt).length === 0;
}

/** Whether a waiver asks no more than all of these allow. */
export const isWithinCeilings = (
  requirements: readonly Requirement[],
  { at, until, uses }: { readonly at: Instant; readonly until: Instant; readonly uses: number },
): boolean =>
  requirements.every(
    ({ waivable }) => waivable && until - at <= waivable.ms && uses <= waivable.uses,
  );

const nextUse = ({ asked: { waiverId, uses, until }, used }: Waiver): WaiverUse => ({
  id: waiverId,
  use: used + 1,
  uses,
  until,
});
