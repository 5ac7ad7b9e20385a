import { deriveKey } from '@countersign/core';
import type { Keys } from './keys.ts';

/** What the database gate knows keys of agents by lies in the ledger sealed with this. */
export const scramSecretOf = ({ master }: Pick<Keys, 'master'>): Uint8Array =>
  deriveKey(master, 'agent-scram', new Uint8Array());
