import type { Digest, Finding } from '@countersign/core';
import { z } from 'zod';
import { digest, idOf, moment } from './field.ts';
import { signedStatement, type SignedStatement } from './passkey.ts';

const finding: z.ZodType<Finding> = z.enum(['justified', 'not-justified']);

/** Somebody went ahead without those who were asked: this stays with the action. */
export type BrokenGlass = {
  readonly by: string;
  readonly reason: string;
  readonly at: string;
  /** Until when it has to be reviewed. */
  readonly reviewBy: string;
  /** There once it was. */
  readonly finding?: Finding;
};
export const brokenGlass: z.ZodType<BrokenGlass> = z.strictObject({
  by: z.string(),
  reason: z.string(),
  at: moment,
  reviewBy: moment,
  finding: finding.exactOptional(),
});

/** To go ahead without those who are asked, on the version and the view one had in front of one, for a reason. */
export type BreakingGlass = {
  readonly version: number;
  readonly seenDigest: Digest;
  readonly reason: string;
  /** The same as a statement that a passkey signed for this purpose. */
  readonly assertion?: SignedStatement;
};
export const breakingGlass: z.ZodType<BreakingGlass> = z.strictObject({
  version: z.int().min(1),
  seenDigest: digest,
  reason: z.string().max(500),
  assertion: signedStatement.exactOptional(),
});

/** What somebody found who looked at it afterwards. */
export type ReviewingGlass = { readonly finding: Finding; readonly note: string };
export const reviewingGlass: z.ZodType<ReviewingGlass> = z.strictObject({
  finding,
  note: z.string().trim().min(1).max(500),
});

/** Broken glass that waits for its review, oldest first. */
export type OpenGlassList = {
  readonly items: readonly {
    readonly approvalId: string;
    readonly actionId: string;
    readonly by: string;
    readonly reviewBy: string;
    readonly isOverdue: boolean;
  }[];
};
export const openGlassList: z.ZodType<OpenGlassList> = z.strictObject({
  items: z.array(
    z.strictObject({
      approvalId: idOf('apr'),
      actionId: idOf('act'),
      by: z.string(),
      reviewBy: moment,
      isOverdue: z.boolean(),
    }),
  ),
});
