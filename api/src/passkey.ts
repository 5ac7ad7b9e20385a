import type { Choice, DecisionStatement, Instant } from '@countersign/core';
import { z } from 'zod';
import { digest, idOf, json, moment, name } from './field.ts';

// What browsers answer is theirs: members they may add later are passed over, the ones that count are checked where they are used.

const MOST = 16_384;
const text: z.ZodType<string> = z.string().max(MOST);
const instant = z.int().min(0) as unknown as z.ZodType<Instant>;

/** `PublicKeyCredential.toJSON()` of an assertion (WebAuthn §5.1). */
export type AssertionResponse = {
  readonly id: string;
  readonly rawId: string;
  readonly type: 'public-key';
  readonly response: {
    readonly clientDataJSON: string;
    readonly authenticatorData: string;
    readonly signature: string;
    readonly userHandle?: string | null | undefined;
  };
};
const assertionResponse: z.ZodType<AssertionResponse> = z.object({
  id: text,
  rawId: text,
  type: z.literal('public-key'),
  response: z.object({
    clientDataJSON: text,
    authenticatorData: text,
    signature: text,
    userHandle: text.nullish(),
  }),
});

/** `PublicKeyCredential.toJSON()` of a registration. */
type RegistrationResponse = {
  readonly id: string;
  readonly rawId: string;
  readonly type: 'public-key';
  readonly response: { readonly clientDataJSON: string; readonly attestationObject: string };
};
const registrationResponse: z.ZodType<RegistrationResponse> = z.object({
  id: text,
  rawId: text,
  type: z.literal('public-key'),
  response: z.object({ clientDataJSON: text, attestationObject: z.string().max(4 * MOST) }),
});

const choice: z.ZodType<Choice> = z.enum(['approve', 'deny']);

/** A decision statement (docs/spec/decision-statement.md), exactly. */
const statement: z.ZodType<DecisionStatement> = z.strictObject({
  v: z.literal(1),
  origin: name,
  approvalId: idOf('apr'),
  version: z.int().min(1),
  actionDigest: digest,
  choice,
  person: name,
  seenDigest: digest,
  policyDigest: digest,
  issuedAt: instant,
  expiresAt: instant,
  nonce: z.string().max(32),
});

/** A statement that was handed out, and what a passkey answered to it. */
export type SignedStatement = {
  readonly statement: DecisionStatement;
  readonly ticket: string;
  readonly response: AssertionResponse;
};
export const signedStatement: z.ZodType<SignedStatement> = z.strictObject({
  statement,
  ticket: z.string().max(128),
  response: assertionResponse,
});

/** What a person means to say, so that it can be written out for their passkey. */
export type Stating = {
  readonly choice: Choice;
  readonly version: number;
  readonly seenDigest: DecisionStatement['seenDigest'];
  readonly control: 'vote' | 'confirm' | 'break-glass';
};
export const stating: z.ZodType<Stating> = z.strictObject({
  choice,
  version: z.int().min(1),
  seenDigest: digest,
  control: z.enum(['vote', 'confirm', 'break-glass']),
});

/** A statement to be signed; `options` go to `navigator.credentials.get`. */
export type ToSign = {
  readonly statement: DecisionStatement;
  readonly ticket: string;
  readonly options: unknown;
};
export const toSign: z.ZodType<ToSign> = z.strictObject({
  statement,
  ticket: z.string(),
  options: json,
});

const level = z.enum(['passkey', 'hardware']);

/** A passkey as its person sees it. */
export type PasskeyItem = {
  /** Id of the credential. */
  readonly id: string;
  readonly label: string;
  readonly createdAt: string;
  /** To the day for passkeys that do not count their uses. */
  readonly lastUsedAt?: string;
  readonly level: 'passkey' | 'hardware';
  readonly state: 'waiting' | 'enrolled';
  readonly aaguid: string;
  readonly isBackedUp: boolean;
};
export type PasskeyList = { readonly items: readonly PasskeyItem[] };
export const passkeyList: z.ZodType<PasskeyList> = z.strictObject({
  items: z.array(
    z.strictObject({
      id: z.string(),
      label: z.string(),
      createdAt: moment,
      lastUsedAt: moment.exactOptional(),
      level,
      state: z.enum(['waiting', 'enrolled']),
      aaguid: z.string(),
      isBackedUp: z.boolean(),
    }),
  ),
});

/** How to make a passkey; `options` go to `navigator.credentials.create`, `needs` says what it needs besides. */
export type PasskeyOptions = {
  readonly options: unknown;
  readonly ticket: string;
  readonly needs: 'nothing' | 'second-person' | 'existing-passkey';
};
export const passkeyOptions: z.ZodType<PasskeyOptions> = z.strictObject({
  options: json,
  ticket: z.string(),
  needs: z.enum(['nothing', 'second-person', 'existing-passkey']),
});

/** What a browser made. */
export type MadePasskey = { readonly ticket: string; readonly response: RegistrationResponse };
const made = { ticket: z.string().max(2_048), response: registrationResponse } as const;
export const madePasskey: z.ZodType<MadePasskey> = z.strictObject(made);

/** What an enrolled passkey says about a new one. */
export type VouchStatement = {
  readonly v: 1;
  readonly origin: string;
  readonly person: string;
  readonly credential: string;
  readonly publicKey: string;
  readonly level: 'passkey' | 'hardware';
  readonly issuedAt: Instant;
  readonly expiresAt: Instant;
  readonly nonce: string;
};
const vouchStatement: z.ZodType<VouchStatement> = z.strictObject({
  v: z.literal(1),
  origin: name,
  person: name,
  credential: text,
  publicKey: text,
  level,
  issuedAt: instant,
  expiresAt: instant,
  nonce: z.string().max(32),
});
export type ToVouch = Omit<ToSign, 'statement'> & { readonly statement: VouchStatement };
export const toVouch: z.ZodType<ToVouch> = z.strictObject({
  statement: vouchStatement,
  ticket: z.string(),
  options: json,
});

/** A new passkey with what it is called, and the word of an enrolled one for it. */
export type AddingPasskey = MadePasskey & {
  readonly label: string;
  readonly endorsement?: {
    readonly statement: VouchStatement;
    readonly ticket: string;
    readonly response: AssertionResponse;
  };
};
export const addingPasskey: z.ZodType<AddingPasskey> = z.strictObject({
  ...made,
  label: z.string().trim().min(1).max(64),
  endorsement: z
    .strictObject({
      statement: vouchStatement,
      ticket: z.string().max(128),
      response: assertionResponse,
    })
    .exactOptional(),
});

export type AddedPasskey = { readonly id: string; readonly state: 'waiting' | 'enrolled' };
export const addedPasskey: z.ZodType<AddedPasskey> = z.strictObject({
  id: z.string(),
  state: z.enum(['waiting', 'enrolled']),
});

/** Passkeys that wait for a second person. */
export type WaitingPasskeys = {
  readonly items: readonly {
    readonly credential: string;
    readonly person: string;
    readonly since: string;
  }[];
};
export const waitingPasskeys: z.ZodType<WaitingPasskeys> = z.strictObject({
  items: z.array(z.strictObject({ credential: z.string(), person: z.string(), since: moment })),
});

/** A change without anything to say. */
export type PasskeyChange = Readonly<Record<string, never>>;
export const passkeyChange: z.ZodType<PasskeyChange> = z.strictObject({});

export type PasskeyDone = { readonly id: string; readonly state: 'enrolled' | 'removed' };
export const passkeyDone: z.ZodType<PasskeyDone> = z.strictObject({
  id: z.string(),
  state: z.enum(['enrolled', 'removed']),
});
