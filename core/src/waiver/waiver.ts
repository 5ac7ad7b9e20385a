import type { Exclusion } from '../approval/exclusion.ts';
import type { Vote } from '../approval/event.ts';
import type { Requirement } from '../approval/requirement.ts';
import type { Digest } from '../crypto.ts';
import type { ActionId, ApprovalId, WaiverId } from '../ids.ts';
import { parseJson } from '../json.ts';
import { StoreFailure, type Standing, type StoredEntry } from '../ports.ts';
import type { Instant } from '../time.ts';

type At = { readonly at: Instant };

/** What is to be remembered of a request, for whom, until when and how often (L35). */
export type WaiverProposed = At & {
  readonly type: 'waiver.proposed';
  readonly waiverId: WaiverId;
  readonly by: string;
  readonly human: string;
  /** The request it comes from, and its action. */
  readonly approvalId: ApprovalId;
  readonly version: number;
  readonly actionId: ActionId;
  readonly agent: string;
  /** The demands it lifts, once people endorsed it who meet them. */
  readonly requirements: readonly Requirement[];
  readonly excluded: readonly Exclusion[];
  /** Keyed, of all that must be the same; `named` are the arguments that need not be. */
  readonly fingerprint: string;
  readonly named: readonly string[];
  readonly until: Instant;
  readonly uses: number;
  /** Until when it may be endorsed. */
  readonly expiresAt: Instant;
  /** Digest of the terms people are shown, which lie sealed beside the ledger: what an endorsement is of. */
  readonly termsDigest: Digest;
};

/** Every fact about one waiver. Never renamed, never reused. */
export type WaiverEvent =
  | WaiverProposed
  | (At & { readonly type: 'waiver.endorsed'; readonly vote: Vote })
  | (At & { readonly type: 'waiver.in-force' })
  | (At & { readonly type: 'waiver.revoked'; readonly by: string; readonly reason?: string })
  | (At & { readonly type: 'waiver.spent'; readonly use: number; readonly actionId: ActionId });

/** A waiver: the fold of its stream. */
export type Waiver = {
  readonly version: number;
  readonly asked: WaiverProposed;
  readonly endorsements: readonly Vote[];
  readonly inForceAt?: Instant;
  readonly revoked?: { readonly by: string; readonly at: Instant; readonly reason?: string };
  /** The highest use that was told of. */
  readonly used: number;
};

/** The word for where a waiver stands. */
export type WaiverState = 'proposed' | 'in-force' | 'spent' | 'lapsed' | 'revoked';

/** Name of a waiver's stream. */
export const waiverStream = (id: WaiverId): string => `${WAIVERS}${id}`;
export const WAIVERS = 'waiver-';

/** Where a waiver stands at a moment: time alone ends it. */
export function waiverStateOf(waiver: Waiver, now: Instant): WaiverState {
  const { asked, inForceAt, revoked, used } = waiver;
  if (revoked) return 'revoked';
  if (inForceAt === undefined) return now < asked.expiresAt ? 'proposed' : 'lapsed';
  if (used >= asked.uses) return 'spent';
  return now < asked.until ? 'in-force' : 'lapsed';
}

/** Whether a use that was taken still stands: the last use ends a waiver for others, not for itself. */
export const isStanding = ({ asked, inForceAt, revoked }: Waiver, now: Instant): boolean =>
  inForceAt !== undefined && !revoked && now < asked.until;

/** A waiver after one more fact. Total; a revoked one stays revoked. */
export function evolveWaiver(waiver: Waiver | undefined, event: WaiverEvent): Waiver | undefined {
  if (event.type === 'waiver.proposed')
    return waiver ?? { version: 1, asked: event, endorsements: [], used: 0 };
  if (!waiver) return undefined;
  const next = { ...waiver, version: waiver.version + 1 };
  switch (event.type) {
    case 'waiver.endorsed':
      return { ...next, endorsements: [...waiver.endorsements, event.vote] };
    case 'waiver.in-force':
      return { ...next, inForceAt: waiver.inForceAt ?? event.at };
    case 'waiver.revoked': {
      const { by, at, reason } = event;
      const revoked = { by, at, ...(reason === undefined ? {} : { reason }) };
      return { ...next, revoked: waiver.revoked ?? revoked };
    }
    case 'waiver.spent':
      return { ...next, used: Math.max(waiver.used, event.use) };
  }
}

const TYPES: Readonly<Record<WaiverEvent['type'], true>> = {
  'waiver.proposed': true,
  'waiver.endorsed': true,
  'waiver.in-force': true,
  'waiver.revoked': true,
  'waiver.spent': true,
};

/** The waiver of these entries. R2: what a newer gateway wrote may mean that it is over, so such a one is held back. */
export function readWaiver(entries: readonly Pick<StoredEntry, 'entry'>[]): Waiver | undefined {
  let waiver: Waiver | undefined;
  for (const { entry } of entries) {
    const parsed = parseJson(entry, 32);
    const event = (parsed.ok ? parsed.value : {}) as unknown as WaiverEvent & { readonly v?: 1 };
    if (event.v !== 1 || !Object.hasOwn(TYPES, event.type))
      throw new StoreFailure('too-new', 'an entry of a waiver was written by a newer gateway', {
        retryable: true,
      });
    waiver = evolveWaiver(waiver, event);
  }
  return waiver;
}

/** The state of every waiver's standing: waivers are found by it, and their events say the rest. */
export const WAIVER_STANDING = 'waiver';

/** What the store keeps to find a waiver; it never changes. */
export const waiverStanding = ({ agent, at }: WaiverProposed): Standing => ({
  state: WAIVER_STANDING,
  agent,
  createdAt: at,
});

/** A use is taken under this name, in the very unit of the action that goes on by it. */
export const useClaim = (id: WaiverId, use: number): string => `waiver-use:${id}:${use}`;
/** Held once it is revoked; whoever goes on by it writes only if nobody holds this. */
export const overClaim = (id: WaiverId): string => `waiver-over:${id}`;
/** One waiver of a request at a time. */
export const requestClaim = (approvalId: ApprovalId): string => `waiver-of:${approvalId}`;
