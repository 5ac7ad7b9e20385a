import { canonical } from '../canonical.ts';
import { sha256Bytes, utf8, type Digest } from '../crypto.ts';
import type { ApprovalId } from '../ids.ts';
import { after, type Instant } from '../time.ts';

export type Choice = 'approve' | 'deny';

/**
 * What a vote says, in every channel (docs/spec/decision-statement.md).
 * Contains nothing private: the digests are salted.
 */
export type DecisionStatement = {
  readonly v: 1;
  /** Origin of the installation's ledger. */
  readonly origin: string;
  readonly approvalId: ApprovalId;
  readonly version: number;
  readonly actionDigest: Digest;
  readonly choice: Choice;
  readonly person: string;
  /** Digest of the view the person had in front of them. */
  readonly seenDigest: Digest;
  readonly policyDigest: Digest;
  readonly issuedAt: Instant;
  readonly expiresAt: Instant;
  /** 128 random bits, base64url. */
  readonly nonce: string;
};

/** How long a statement may wait for its signature (DS-11). */
export const SIGNING_MS = 300_000;

/** When a statement that is to be signed ends (DS-11). */
export const signedUntil = (issuedAt: Instant, expiresAt: Instant): Instant =>
  after(issuedAt, Math.min(SIGNING_MS, expiresAt - issuedAt));

/** What a signature is for: one for another purpose is none. */
export type Purpose =
  | 'countersign/decision/v1'
  | 'countersign/enrolment/v1'
  | 'countersign/break-glass/v1'
  | 'countersign/waiver/v1';

/**
 * What a passkey is asked to sign for a statement (DS-3). The purpose comes first, so that a signature given for one thing
 * is never one for another.
 */
export const challengeOf = (purpose: Purpose, statement: object): Uint8Array =>
  sha256Bytes(utf8(`${purpose}\0${canonical(statement)}`));
