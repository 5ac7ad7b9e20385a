import type { DrillResult } from '@countersign/core';
import { z } from 'zod';
import type { Names } from './approval.ts';
import { idOf, moment } from './field.ts';

const drillResult: z.ZodType<DrillResult | 'withdrawn'> = z.enum([
  'caught',
  'missed',
  'unanswered',
  'skipped',
  'withdrawn',
]);

/** Which template is asked about, by its id in the configuration; without it, one by chance. */
export type RunningDrill = { readonly template?: string };
export const runningDrill: z.ZodType<RunningDrill> = z.strictObject({
  template: z.string().min(1).max(128).exactOptional(),
});

/** A drill that is over. */
export type DrillItem = {
  readonly actionId: string;
  readonly approvalId?: string;
  readonly headline: string;
  readonly type: string;
  readonly resource: { readonly type: string; readonly id: string };
  readonly askedAt: string;
  readonly endedAt: string;
  readonly result: DrillResult | 'withdrawn';
  /** Whose answer ended it. */
  readonly by?: string;
};

/** The newest drills of the last 90 days. Of those that wait no more is told than how many there are. */
export type DrillList = {
  readonly isConfigured: boolean;
  readonly waiting: number;
  readonly items: readonly DrillItem[];
  readonly names: Names;
};
export const drillList: z.ZodType<DrillList> = z.strictObject({
  isConfigured: z.boolean(),
  waiting: z.int(),
  items: z.array(
    z.strictObject({
      actionId: idOf('act'),
      approvalId: idOf('apr').exactOptional(),
      headline: z.string(),
      type: z.string(),
      resource: z.strictObject({ type: z.string(), id: z.string() }),
      askedAt: moment,
      endedAt: moment,
      result: drillResult,
      by: z.string().exactOptional(),
    }),
  ),
  names: z.record(z.string(), z.string()),
});
