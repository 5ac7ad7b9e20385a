import { canonical, deriveKey, hmac } from '@countersign/core';

/** Stands in the ledger for an identifier of another system: nobody without the installation's key can guess it (R9). */
export const keyed = (key: Uint8Array, kind: string, ...parts: readonly string[]): string =>
  hmac(key, canonical(['identity', kind, ...parts]));

/** A key of one purpose that follows from the installation's. */
export const keyFor = (key: Uint8Array, purpose: string): Uint8Array =>
  deriveKey(key, `identity:${purpose}`, new Uint8Array());
