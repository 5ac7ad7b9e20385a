export type { Failure, FailureCode, Result } from './result.ts';
export { webPrimitives, type Primitives } from './primitives.ts';
export { readTrust, type Quorum, type Trust } from './note/trust.ts';
export type { Checkpoint } from './note/checkpoint.ts';
export { createHttpSource, type Source } from './ledger/source.ts';
export {
  verifyLedger,
  type Depth,
  type LedgerOptions,
  type VerifiedLedger,
} from './ledger/verify-ledger.ts';
export { passkeyText, type PasskeyUsed } from './receipt/check-answers.ts';
export { checkAssertion, signedText, type Asserted } from './passkey/assertion.ts';
export type { Enrolment } from './passkey/key.ts';
export type { Alg, PublicKey } from './passkey/signature.ts';
export { verifyReceipt, type VerifiedReceipt, type Voted } from './receipt/verify-receipt.ts';
export { verifyRange, type RangeOptions, type VerifiedRange } from './ledger/verify-range.ts';
