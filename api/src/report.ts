import type { ApprovalReport as Figures } from '@countersign/core';
import { z } from 'zod';
import type { Names } from './approval.ts';
import { moment } from './field.ts';

/** Whether approvals are considered: requests made in a range of time, and what the ledger tells of them until its end. */
export type ApprovalReport = Figures & {
  readonly from: string;
  readonly to: string;
  readonly group?: string;
  /** Entries of the ledger it is made of. */
  readonly entries: number;
  readonly names: Names;
};

const n = z.int();
const share = { count: n, of: n } as const;
const ms = z.number();
const spread = { of: n, medianMs: ms.exactOptional(), p90Ms: ms.exactOptional() } as const;
const named = z.array(z.strictObject({ name: z.string(), ...share }));

export const approvalReport: z.ZodType<ApprovalReport> = z.strictObject({
  from: moment,
  to: moment,
  group: z.string().exactOptional(),
  entries: n,
  requests: z.strictObject({
    total: n,
    approved: n,
    denied: n,
    expired: n,
    cancelled: n,
    unsatisfiable: n,
    superseded: n,
    glassBroken: n,
    waiting: n,
  }),
  denials: z.strictObject(share),
  unanswered: z.strictObject(share),
  timeToDecision: z.strictObject(spread),
  byLength: z.array(z.strictObject({ from: n, below: n.exactOptional(), requests: n, ...spread })),
  fastApprovals: z.strictObject({ ...share, charactersPerSecond: n }),
  partialApprovals: z.strictObject(share),
  inBatches: z.strictObject(share),
  channels: named,
  assurances: named,
  reviewers: z.array(z.strictObject({ person: z.string(), asked: n, answered: n, medianMs: ms })),
  omitted: n,
  groups: named,
  refused: z.strictObject({ excluded: n, inactive: n }),
  joined: n,
  notAsked: z.strictObject({ deniedBefore: n, budgetExhausted: n, unsatisfiable: n, waived: n }),
  drills: z.strictObject({
    caught: n,
    missed: n,
    unanswered: n,
    withdrawn: n,
    skipped: n,
    waiting: n,
    catchRate: z.strictObject(share),
  }),
  names: z.record(z.string(), z.string()),
});
