import type { Digest, Json, Outcome, Released, State, Status } from '@countersign/core';
import { z } from 'zod';
import { because } from './alert.ts';
import { brokenGlass, type BrokenGlass } from './glass.ts';
import { digest, idOf, json, moment, name, reference, stateWord } from './field.ts';

/** What an agent sends to propose an action. */
export type Proposing = {
  readonly type: string;
  readonly resource: { readonly type: string; readonly id: string };
  readonly arguments: Json;
  /** What the agent says about it: shown to reviewers as unverified words. */
  readonly claim?: string;
  /** The person the agent acts for; it must be registered to. */
  readonly onBehalfOf?: string;
  readonly session?: { readonly id: string; readonly startedBy?: string };
  /** Comes back for the answer to an identical action: one that was approved and is unused is joined, nobody is asked again. */
  readonly rejoins?: boolean;
};

export const proposing: z.ZodType<Proposing> = z.strictObject({
  type: name,
  resource: reference,
  arguments: json,
  claim: z.string().max(10_000).exactOptional(),
  onBehalfOf: name.exactOptional(),
  session: z.strictObject({ id: name, startedBy: name.exactOptional() }).exactOptional(),
  rejoins: z.boolean().exactOptional(),
});

type Times = 'createdAt' | 'expiresAt' | 'useBy' | 'retryAt' | 'brokenGlass';

/** Where an action stands. Times are RFC 3339. */
export type ActionStatus = Omit<Status, Times> & {
  readonly createdAt: string;
  readonly expiresAt?: string;
  readonly useBy?: string;
  readonly retryAt?: string;
  readonly brokenGlass?: BrokenGlass;
  /** Only to the one that may redeem it. */
  readonly grant?: string;
};

const report: z.ZodType<NonNullable<Status['outcome']>> = z.strictObject({
  outcome: z.enum(['executed', 'failed']),
  exitCode: z.int().exactOptional(),
  summary: z.string().exactOptional(),
  resultDigest: digest.exactOptional(),
  repeats: z.int().min(1).exactOptional(),
});

export const actionStatus: z.ZodType<ActionStatus> = z.strictObject({
  id: idOf('act'),
  state: stateWord,
  verdict: z.enum(['allow', 'deny', 'review']),
  code: z.string(),
  reasons: z.array(z.string()),
  digest,
  policyDigest: digest,
  gitCommit: z.string().exactOptional(),
  type: z.string(),
  resource: z.strictObject({ type: z.string(), id: z.string() }),
  createdAt: moment,
  approvalId: idOf('apr').exactOptional(),
  waitingFor: z
    .array(
      z.strictObject({
        groups: z.array(z.string()),
        quorum: z.int().min(1),
        why: z.array(z.string()),
      }),
    )
    .exactOptional(),
  votes: z.strictObject({ approve: z.int() }).exactOptional(),
  expiresAt: moment.exactOptional(),
  useBy: moment.exactOptional(),
  reviewerNote: z.string().exactOptional(),
  retry: z.enum(['never', 'after-change', 'later']).exactOptional(),
  retryAt: moment.exactOptional(),
  because: because.exactOptional(),
  successor: idOf('act').exactOptional(),
  outcome: report.exactOptional(),
  closedAs: z.enum(['executed', 'failed']).exactOptional(),
  drill: z.enum(['caught', 'missed', 'unanswered', 'skipped', 'withdrawn']).exactOptional(),
  waivedBy: z.array(idOf('wvr')).exactOptional(),
  brokenGlass: brokenGlass.exactOptional(),
  grant: z.string().exactOptional(),
});

/** States in which nothing more will happen by itself. */
export const isSettledState = (state: State): boolean =>
  state !== 'pending' && state !== 'allowed' && state !== 'approved' && state !== 'executing';

export type Redeeming = { readonly grant: string };
export const redeeming: z.ZodType<Redeeming> = z.strictObject({
  grant: z.string().min(1).max(8_192),
});

/** The stored action, to be run as it is, once, before `deadline`. */
export type ReleasedAction = Omit<Released, 'deadline'> & { readonly deadline: string };
export const releasedAction: z.ZodType<ReleasedAction> = z.strictObject({
  actionId: idOf('act'),
  type: z.string(),
  resource: z.strictObject({ type: z.string(), id: z.string() }),
  arguments: z.record(z.string(), json),
  digest,
  credential: z.string().nullable(),
  deadline: moment,
});

/** What an executor says happened. */
export type Reporting = {
  readonly outcome: Outcome;
  readonly exitCode?: number;
  /** Masked by the executor, and masked again here. */
  readonly summary?: string;
  readonly resultDigest?: Digest;
  /** How often it ran again under the same permission. */
  readonly repeats?: number;
};
export const reporting: z.ZodType<Reporting> = z.strictObject({
  outcome: z.enum(['executed', 'failed']),
  exitCode: z.int().min(-2_147_483_648).max(4_294_967_295).exactOptional(),
  summary: z.string().max(4_096).exactOptional(),
  resultDigest: digest.exactOptional(),
  repeats: z.int().min(1).exactOptional(),
});
