import type { Assurance, Digest, Matcher, Scope, WaiverState, WaiverView } from '@countersign/core';
import { z } from 'zod';
import { digest, idOf, json, moment, name } from './field.ts';
import { signedStatement, type SignedStatement } from './passkey.ts';

const assurance: z.ZodType<Assurance> = z.enum(['chat', 'session', 'passkey', 'hardware']);

const matcher: z.ZodType<Matcher> = z.union([
  z.strictObject({ equals: json }),
  z.strictObject({ oneOf: z.array(json).min(1).max(100) }),
  z.strictObject({ prefix: z.string().min(1).max(4_096) }),
  z.strictObject({ atMost: z.number() }),
]);
const scope: z.ZodType<Scope> = z.record(name, matcher);

/** What is to be remembered of a request. Exactly one of `until` and `ms` says how long. */
export type WaivingWish = {
  readonly approvalId: string;
  readonly version: number;
  readonly seenDigest: Digest;
  /** What arguments may be, by name; every one that is not named must be what it was. Nothing named: exactly that action again. */
  readonly scope: Scope;
  readonly until?: string;
  readonly ms?: number;
  readonly uses: number;
  readonly reason: string;
};
export const waivingWish: z.ZodType<WaivingWish> = z.strictObject({
  approvalId: idOf('apr'),
  version: z.int().min(1),
  seenDigest: digest,
  scope,
  until: moment.exactOptional(),
  ms: z.int().min(1).exactOptional(),
  uses: z.int().min(1),
  reason: z.string().trim().min(1).max(500),
});

/** A yes to the terms that `termsDigest` commits to. */
export type EndorsingWaiver = {
  readonly termsDigest: Digest;
  readonly assertion?: SignedStatement;
};
export const endorsingWaiver: z.ZodType<EndorsingWaiver> = z.strictObject({
  termsDigest: digest,
  assertion: signedStatement.exactOptional(),
});

/** Terms that are to be endorsed with a passkey. */
export type StatingWaiver = { readonly termsDigest: Digest };
export const statingWaiver: z.ZodType<StatingWaiver> = z.strictObject({ termsDigest: digest });

/** A waiver as it stands. `view` is what is endorsed: `termsDigest` commits to it, member for member. */
export type WaiverItem = {
  readonly id: string;
  readonly state: WaiverState;
  readonly approvalId: string;
  readonly agent: string;
  readonly by: string;
  readonly proposedAt: string;
  readonly until: string;
  readonly uses: number;
  /** How many were told of. */
  readonly used: number;
  readonly expiresAt: string;
  readonly termsDigest: Digest;
  /** Absent once it was erased; then it lifts nothing. */
  readonly view?: WaiverView;
  readonly requirements: readonly {
    readonly groups: readonly string[];
    readonly assurance: Assurance;
    readonly have: number;
    readonly need: number;
  }[];
  readonly endorsedBy: readonly string[];
  readonly revokedBy?: string;
  /** What the caller may do now, at the best they can reach. */
  readonly may: { readonly endorse: boolean; readonly revoke: boolean; readonly needs?: Assurance };
};
const view: z.ZodType<WaiverView> = z.strictObject({
  v: z.literal(1),
  waiverId: idOf('wvr'),
  approvalId: idOf('apr'),
  version: z.int(),
  actionDigest: digest,
  headline: z.string(),
  agent: z.string(),
  type: z.string(),
  resource: z.strictObject({ type: z.string(), id: z.string() }),
  arguments: json,
  scope: json,
  policies: z.array(z.string()),
  // milliseconds: `termsDigest` is over exactly this record
  until: z.int() as unknown as z.ZodType<WaiverView['until']>,
  uses: z.int(),
  reason: z.string(),
});
export const waiverItem: z.ZodType<WaiverItem> = z.strictObject({
  id: idOf('wvr'),
  state: z.enum(['proposed', 'in-force', 'spent', 'lapsed', 'revoked']),
  approvalId: idOf('apr'),
  agent: z.string(),
  by: z.string(),
  proposedAt: moment,
  until: moment,
  uses: z.int(),
  used: z.int(),
  expiresAt: moment,
  termsDigest: digest,
  view: view.exactOptional(),
  requirements: z.array(
    z.strictObject({
      groups: z.array(z.string()),
      assurance,
      have: z.int(),
      need: z.int(),
    }),
  ),
  endorsedBy: z.array(z.string()),
  revokedBy: z.string().exactOptional(),
  may: z.strictObject({
    endorse: z.boolean(),
    revoke: z.boolean(),
    needs: assurance.exactOptional(),
  }),
});

/** Waivers the caller may see, newest first: those of the last month. */
export type WaiverList = {
  readonly items: readonly WaiverItem[];
  readonly names: Readonly<Record<string, string>>;
};
export const waiverList: z.ZodType<WaiverList> = z.strictObject({
  items: z.array(waiverItem),
  names: z.record(z.string(), z.string()),
});
