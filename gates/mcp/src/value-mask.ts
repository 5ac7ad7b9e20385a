import { createMasker, type DataClasses } from '@countersign/core';
import type { Mask } from './parts.ts';

/** Masks what comes back from a server, but for the data classes that its operator leaves as they are. `key` fingerprints what is masked. */
export function createMask(key: Uint8Array, unmasked: readonly DataClasses[]): Mask {
  const { maskValue } = createMasker({ key, unmasked });
  return <T>(value: T): T => maskValue(value) as T;
}
