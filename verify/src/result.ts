/** What failed, in one word. Each check has a code of its own; none is used for two things. */
export type FailureCode =
  // trust file
  | 'trust-invalid'
  | 'grant-keys-invalid'
  // source of a ledger
  | 'source-unreadable'
  | 'checkpoint-missing'
  | 'bundle-missing'
  | 'tile-missing'
  // signed checkpoint
  | 'checkpoint-malformed'
  | 'origin-unknown'
  | 'log-signature-missing'
  | 'log-signature-invalid'
  | 'cosignature-invalid'
  | 'quorum-not-met'
  // tree
  | 'bundle-malformed'
  | 'tile-mismatch'
  | 'root-mismatch'
  | 'not-consistent'
  | 'range-invalid'
  // entries
  | 'entry-malformed'
  | 'stream-gap'
  | 'epoch-mismatch'
  // receipt
  | 'receipt-malformed'
  | 'extra-malformed'
  | 'not-included'
  // evidence of one action
  | 'event-malformed'
  | 'event-out-of-order'
  | 'event-mismatch'
  | 'statement-mismatch'
  | 'policy-digest-mismatch'
  | 'excluded-voter'
  | 'repeated-voter'
  | 'requirements-unmet'
  | 'not-the-confirmer'
  // the passkey behind an answer
  | 'proof-missing'
  | 'proof-malformed'
  | 'key-unknown'
  | 'assertion-type-mismatch'
  | 'assertion-cross-origin'
  | 'assertion-origin-mismatch'
  | 'assertion-challenge-mismatch'
  | 'assertion-rp-mismatch'
  | 'user-not-present'
  | 'user-not-verified'
  | 'assertion-flags-mismatch'
  | 'assertion-signature-invalid'
  | 'key-of-another'
  | 'key-not-yet-enrolled'
  | 'key-level-too-low'
  | 'key-removed'
  | 'enrolment-malformed'
  | 'enrolment-mismatch'
  | 'grant-reused'
  | 'action-digest-mismatch'
  | 'action-mismatch'
  | 'seen-digest-mismatch'
  | 'view-mismatch'
  | 'grant-mismatch'
  | 'grant-signature-invalid'
  | 'waiver-mismatch'
  | 'tool-mismatch';

/** Why something is not verified: the code for programs, the message naming what failed for people. */
export type Failure = { readonly code: FailureCode; readonly message: string };

/** What was verified, or what failed first. */
export type Result<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly failure: Failure };

/** A step that held. */
export const ok = <T>(value: T): { readonly ok: true; readonly value: T } => ({ ok: true, value });

/** A step that did not. */
export const fail = (
  code: FailureCode,
  message: string,
): { readonly ok: false; readonly failure: Failure } => ({ ok: false, failure: { code, message } });
