import { z } from 'zod';
import { moment, name } from './field.ts';
import type { Names } from './approval.ts';

/** One period in which somebody answers for somebody who is away. */
export type DelegationItem = {
  readonly id: string;
  /** Who is away. */
  readonly from: string;
  readonly to: string;
  /** Only these of their groups; absent: all they are in. */
  readonly groups?: readonly string[];
  readonly begins: string;
  readonly ends: string;
  readonly state: 'planned' | 'active' | 'ended';
  /** Who set it up. */
  readonly by: string;
  readonly reason?: string;
};
export const delegationItem: z.ZodType<DelegationItem> = z.strictObject({
  id: z.string(),
  from: z.string(),
  to: z.string(),
  groups: z.array(z.string()).exactOptional(),
  begins: moment,
  ends: moment,
  state: z.enum(['planned', 'active', 'ended']),
  by: z.string(),
  reason: z.string().exactOptional(),
});

/** Newest first. */
export type DelegationList = {
  readonly items: readonly DelegationItem[];
  readonly names: Names;
  readonly next?: string;
};
export const delegationList: z.ZodType<DelegationList> = z.strictObject({
  items: z.array(delegationItem),
  names: z.record(z.string(), z.string()),
  next: z.string().exactOptional(),
});

/** A moment with its offset, so that nobody has to guess whose midnight is meant. */
const withOffset = z.iso.datetime({ offset: true });

/** Who answers for whom, and when. */
export type Delegating = {
  /** Somebody who is away already; only administrators name another than themselves. */
  readonly from?: string;
  readonly to: string;
  readonly groups?: readonly string[];
  /** Now, where it is not said. */
  readonly begins?: string;
  /** At most 90 days later. */
  readonly ends: string;
  readonly reason?: string;
};
export const delegating: z.ZodType<Delegating> = z.strictObject({
  from: name.exactOptional(),
  to: name,
  groups: z.array(name).min(1).max(50).exactOptional(),
  begins: withOffset.exactOptional(),
  ends: withOffset,
  reason: z.string().trim().min(1).max(500).exactOptional(),
});

const item: DelegationItem = {
  id: 'dlg_8Hq2Xv9LmT4cRw8ZpQ1sKg',
  from: 'dana',
  to: 'ben',
  groups: ['data-owners'],
  begins: '2026-12-21T21:00:00.000Z',
  ends: '2027-01-04T07:00:00.000Z',
  state: 'planned',
  by: 'dana',
  reason: 'on leave',
};

/** One example of each named schema of delegations. */
export const DELEGATION_EXAMPLES: Readonly<Record<string, unknown>> = {
  Delegation: item,
  DelegationList: { items: [item], names: { dana: 'Dana Ito', ben: 'Ben Okafor' } },
  Delegate: {
    to: 'ben',
    groups: ['data-owners'],
    begins: '2026-12-21T22:00:00+01:00',
    ends: '2027-01-04T08:00:00+01:00',
    reason: 'on leave',
  },
};
