import type { Assurance } from '@countersign/core';
import { z } from 'zod';
import { moment } from './field.ts';

const assurance: z.ZodType<Assurance> = z.enum(['chat', 'session', 'passkey', 'hardware']);

/** What members of two groups may do besides; neither lets anybody vote. */
export type Role = 'administrator' | 'auditor';

/** How a person signed in. */
export type MySession = {
  /** What a page sends as `Countersign-Csrf` with every change; absent for a terminal. */
  readonly csrf?: string;
  readonly provider: string;
  /** When they proved to it who they are; absent where it does not say. */
  readonly authTime?: string;
  /** Whether that is recent enough for assurance `session`. */
  readonly isRecent: boolean;
  readonly expiresAt: string;
  /** What an answer given now counts as. */
  readonly assurance: Assurance;
  /** True: the provider named more groups than it tells, so what it told was not taken. */
  readonly areGroupsCut?: boolean;
};

/** Whoever a credential belongs to. */
export type Me = {
  readonly kind: 'person' | 'agent' | 'executor';
  readonly id: string;
  readonly name?: string;
  readonly groups?: readonly string[];
  readonly roles?: readonly Role[];
  /** Absent for a token of the configuration. */
  readonly session?: MySession;
  /** The best assurance the account can reach. */
  readonly reach?: Assurance;
};
export const me: z.ZodType<Me> = z.strictObject({
  kind: z.enum(['person', 'agent', 'executor']),
  id: z.string(),
  name: z.string().exactOptional(),
  groups: z.array(z.string()).exactOptional(),
  roles: z.array(z.enum(['administrator', 'auditor'])).exactOptional(),
  session: z
    .strictObject({
      csrf: z.string().exactOptional(),
      provider: z.string(),
      authTime: moment.exactOptional(),
      isRecent: z.boolean(),
      expiresAt: moment,
      assurance,
      areGroupsCut: z.boolean().exactOptional(),
    })
    .exactOptional(),
  reach: assurance.exactOptional(),
});

/** Where a person is signed in. */
export type SessionList = {
  readonly items: readonly {
    readonly id: string;
    readonly kind: 'browser' | 'terminal';
    readonly provider: string;
    readonly openedAt: string;
    readonly expiresAt: string;
    /** The one this is asked with. */
    readonly isThis: boolean;
  }[];
};
export const sessionList: z.ZodType<SessionList> = z.strictObject({
  items: z.array(
    z.strictObject({
      id: z.string(),
      kind: z.enum(['browser', 'terminal']),
      provider: z.string(),
      openedAt: moment,
      expiresAt: moment,
      isThis: z.boolean(),
    }),
  ),
});

/** Identity providers one can sign in by. */
export type ProviderList = {
  readonly items: readonly {
    readonly id: string;
    readonly name: string;
    /** False: it did not answer when it was last asked. */
    readonly isUp: boolean;
  }[];
};
export const providerList: z.ZodType<ProviderList> = z.strictObject({
  items: z.array(z.strictObject({ id: z.string(), name: z.string(), isUp: z.boolean() })),
});

/** Nothing to say. */
export type Nothing = Readonly<Record<string, never>>;
export const nothing: z.ZodType<Nothing> = z.strictObject({});

/** Where the identity provider ends its own session, if it offers that. */
export type SignedOut = { readonly url?: string };
export const signedOut: z.ZodType<SignedOut> = z.strictObject({ url: z.string().exactOptional() });

/** A terminal on the person's machine that wants to be signed in: PKCE, `S256`. */
export type Terminal = { readonly challenge: string };
export const terminal: z.ZodType<Terminal> = z.strictObject({
  challenge: z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'must be 43 characters of base64url'),
});

/** What the terminal exchanges for its token; good once, for two minutes. */
export type TerminalCode = { readonly code: string };
export const terminalCode: z.ZodType<TerminalCode> = z.strictObject({ code: z.string() });

/** The terminal's half of the exchange. */
export type Exchanging = { readonly code: string; readonly verifier: string };
export const exchanging: z.ZodType<Exchanging> = z.strictObject({
  code: z.string().min(1).max(2_048),
  verifier: z.string().min(43).max(128),
});

/** A terminal's own session; its token is told here and never again. */
export type TerminalToken = {
  readonly token: string;
  /** Whose it is. */
  readonly id: string;
  readonly expiresAt: string;
};
export const terminalToken: z.ZodType<TerminalToken> = z.strictObject({
  token: z.string(),
  id: z.string(),
  expiresAt: moment,
});
