import type { Alert, Because } from '@countersign/core';
import { z } from 'zod';
import { moment } from './field.ts';

/** What stood against asking people. */
export const because: z.ZodType<Because> = z.enum([
  'agent',
  'session',
  'owner',
  'reviewers',
  'locked',
]);

/** An alert about an agent that asks too much, or again for what was denied. */
export type AlertItem = Omit<Alert, 'type' | 'at' | 'until'> & {
  /** Its number, from 1. */
  readonly n: number;
  readonly at: string;
  readonly until: string;
};
const alertItem: z.ZodType<AlertItem> = z.strictObject({
  n: z.int(),
  at: moment,
  kind: z.enum(['flood', 'denials']),
  agent: z.string(),
  owner: z.string(),
  because,
  count: z.int(),
  until: moment,
  actionType: z.string().exactOptional(),
  resource: z.strictObject({ type: z.string(), id: z.string() }).exactOptional(),
});

/** Alerts, newest first; `next` continues the list. */
export type AlertList = { readonly items: readonly AlertItem[]; readonly next?: number };
export const alertList: z.ZodType<AlertList> = z.strictObject({
  items: z.array(alertItem),
  next: z.int().exactOptional(),
});

/** One example of each named schema of alerts. */
export const ALERT_EXAMPLES: { readonly AlertList: AlertList } = {
  AlertList: {
    items: [
      {
        n: 7,
        at: '2026-11-20T03:12:00.000Z',
        kind: 'flood',
        agent: 'data-bot',
        owner: 'mona',
        because: 'agent',
        count: 100,
        until: '2026-11-20T04:12:00.000Z',
      },
    ],
    next: 7,
  },
};
