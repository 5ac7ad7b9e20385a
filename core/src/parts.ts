import type { SigningKey } from './crypto.ts';
import type { Directory } from './directory.ts';
import type { Attention } from './flood/attention.ts';
import type { Gate } from './gate.ts';
import type { Json } from './json.ts';
import type { Clock, Judge, LedgerStore } from './ports.ts';
import type { Instant } from './time.ts';
import type { WaiverBook } from './waiver/book.ts';

/** How private and hostile text becomes something a person may look at (R8, R9). */
export type Display = {
  /** Masked, every invisible character made visible. */
  readonly text: (text: string) => string;
  /** The same for every string of a value; values of `privateNames` at the top are masked whole. */
  readonly json: (value: Json, privateNames: readonly string[]) => Json;
  /** The agent's words: masked, visible, quoted, at most 280 characters. */
  readonly claim: (text: string) => string;
};

/** What an installation decides once. Durations in milliseconds. */
export type Settings = {
  /** Origin of the ledger, issuer of grants: a schemeless URL prefix. */
  readonly origin: string;
  /** When the ledger's epoch began, unless it is the first: what was granted before may have been used in what was lost. */
  readonly epochBegan?: Instant;
  /** How long the grant of an action that policy allowed may be used. */
  readonly grantMs: number;
  /** How long an executor has to report; afterwards the outcome is `unknown`. */
  readonly executionMs: number;
  /** How long an identical denied action is refused from memory. */
  readonly denialMs: number;
  /** How long an idempotency key is remembered. */
  readonly idempotencyMs: number;
  /** Most approvals one agent may have waiting; beyond it nobody is asked. */
  readonly maxPending: number;
  /** The same for one session of an agent, and for all agents of one owner together. */
  readonly maxPendingPerSession: number;
  readonly maxPendingPerOwner: number;
  /** After so many denials of one agent's actions of a type on a resource, further ones are refused from memory. */
  readonly denialsBeforeLock: number;
  /** How long the grant of a broken glass may be used. */
  readonly glassUseMs: number;
  /** How long the review of a broken glass may take; while one takes longer, no other is broken. */
  readonly glassReviewMs: number;
  /** IANA time zone of policy's weekday and hour. */
  readonly timeZone: string;
};

/** Everything the gatekeeper works with. */
export type Parts = {
  readonly store: LedgerStore;
  readonly judge: Judge;
  readonly directory: () => Directory;
  readonly clock: Clock;
  readonly random: (length: number) => Uint8Array;
  readonly gateOf: (type: string) => Gate | undefined;
  readonly display: Display;
  readonly secrets: { readonly masterKey: Uint8Array; readonly fingerprintKey: Uint8Array };
  readonly grantKey: SigningKey;
  /** What was put before whom lately. */
  readonly attention: Attention;
  readonly settings: Settings;
  /** Waivers in force; without it there is none. */
  readonly waivers?: Pick<WaiverBook, 'lifting' | 'holds'>;
};
