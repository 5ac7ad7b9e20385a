import { instant, type Clock, type Instant } from '@countersign/core';
import { keyFor } from '../keyed.ts';
import { seal, unseal } from '../sealed.ts';

/** A sign-in under way. It lies sealed in a cookie of the browser that began it, so no other can end it. */
export type Transaction = {
  readonly provider: string;
  readonly state: string;
  readonly nonce: string;
  /** PKCE. */
  readonly verifier: string;
  readonly next: string;
  readonly begunAt: Instant;
  /** The person must have proved who they are after it began. */
  readonly isStepUp: boolean;
  /** Session of the person whose account the other one becomes. */
  readonly linkTo?: string;
};

/** How long a sign-in may take. */
export const TRANSACTION_MS = 600_000;
const PURPOSE = 'sign-in transaction';

/** Seals and opens transactions. */
export type Transactions = {
  readonly write: (transaction: Transaction) => string;
  readonly read: (sealed: string) => Transaction | undefined;
};

/** Makes the codec; one that is too old is none. */
export function createTransactions(
  key: Uint8Array,
  clock: Clock,
  purpose: string = PURPOSE,
): Transactions {
  const sealing = keyFor(key, 'sign-in');
  return {
    write: (transaction) => seal(sealing, purpose, transaction),
    read: (sealed) => {
      // authenticated by the key: only this installation wrote it
      const found = unseal(sealing, purpose, sealed) as Transaction | undefined;
      return found && clock() < instant(found.begunAt + TRANSACTION_MS) ? found : undefined;
    },
  };
}
