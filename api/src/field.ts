import type { Digest, Json, State } from '@countersign/core';
import { z } from 'zod';

// Every text here has a ceiling: what is shown to people or kept for ever is never unbounded.

/** A short name from a caller: an id, a type, a group. */
export const name: z.ZodType<string> = z.string().min(1).max(256);

/** What an action is about. */
export const reference: z.ZodType<{ readonly type: string; readonly id: string }> = z.strictObject({
  type: name,
  id: z.string().min(1).max(1_024),
});

/** Any JSON. The strict parser has read it already; walking it again would cost and add nothing. */
export const json: z.ZodType<Json> = z.unknown() as z.ZodType<Json>;

/** SHA-256, `sha256:` and 64 hex digits. */
export const digest: z.ZodType<Digest> = z
  .string()
  .regex(
    /^sha256:[0-9a-f]{64}$/,
    'must be `sha256:` and 64 hex digits',
  ) as unknown as z.ZodType<Digest>;

/** RFC 3339 in UTC. */
export const moment: z.ZodType<string> = z.iso.datetime();

/** An id with its prefix. */
export const idOf = <P extends 'act' | 'apr' | 'wvr'>(prefix: P): z.ZodType<`${P}_${string}`> =>
  z
    .string()
    .regex(
      new RegExp(`^${prefix}_[0-9a-hjkmnp-tv-z]{36}$`),
      `must be an id \`${prefix}_…\``,
    ) as unknown as z.ZodType<`${P}_${string}`>;

/** Every word for where an action stands; a state of core that is missing here does not compile. */
const WORDS: Readonly<Record<State, true>> = {
  pending: true,
  allowed: true,
  approved: true,
  executing: true,
  executed: true,
  failed: true,
  unknown: true,
  denied: true,
  expired: true,
  cancelled: true,
  unsatisfiable: true,
  superseded: true,
  lapsed: true,
  revoked: true,
  refused: true,
  'budget-exhausted': true,
};
export const stateWord: z.ZodType<State> = z.enum(Object.keys(WORDS) as State[]);
