import type { Digest } from '../crypto.ts';
import type { ApprovalId } from '../ids.ts';
import type { Instant } from '../time.ts';

export type Choice = 'approve' | 'deny';

/**
 * What a vote says, in every channel (docs/spec/decision-statement.md). Its JCS bytes' SHA-256 is what a passkey signs.
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
