import type { Choice, Digest } from '@countersign/core';
import { z } from 'zod';
import { actionStatus, type ActionStatus } from './action.ts';
import { digest, idOf } from './field.ts';
import { problem } from './problem-schema.ts';
import type { Problem } from './problems.ts';

const MOST = 50;

/** One of several requests, on the version and the view the person had in front of them. */
export type VotingItem = {
  readonly approvalId: string;
  readonly version: number;
  readonly seenDigest: Digest;
};

/** One answer to several requests; each of them is decided for itself. */
export type VotingTogether = {
  readonly choice: Choice;
  readonly reason?: string;
  readonly items: readonly VotingItem[];
};
export const votingTogether: z.ZodType<VotingTogether> = z.strictObject({
  choice: z.enum(['approve', 'deny']),
  reason: z.string().max(500).exactOptional(),
  items: z
    .array(
      z.strictObject({
        approvalId: idOf('apr'),
        version: z.int().min(1),
        seenDigest: digest,
      }),
    )
    .min(1)
    .max(MOST),
});

/** What came of each, in the order in which they were sent: where it stands now, or why the answer was not taken. */
export type DecidedTogether = {
  readonly batch: { readonly digest: Digest; readonly size: number };
  readonly items: readonly (
    | { readonly approvalId: string; readonly status: ActionStatus }
    | { readonly approvalId: string; readonly problem: Problem }
  )[];
};
export const decidedTogether: z.ZodType<DecidedTogether> = z.strictObject({
  batch: z.strictObject({ digest, size: z.int() }),
  items: z.array(
    z.union([
      z.strictObject({ approvalId: idOf('apr'), status: actionStatus }),
      z.strictObject({ approvalId: idOf('apr'), problem }),
    ]),
  ),
});
