import {
  createViewerMasker,
  NO_MASKING_POLICY,
  type DataClasses,
  type MaskingPolicy,
} from '@countersign/core';
import type { Mask } from './parts.ts';

/**
 * Masks what comes back from a server, but for the data classes that its operator, or the policy of the moment, leaves to
 * agents as they are. `key` fingerprints what is masked.
 */
export function createMask(
  key: Uint8Array,
  unmasked: readonly DataClasses[],
  policy: () => MaskingPolicy = () => NO_MASKING_POLICY,
): Mask {
  const masker = createViewerMasker(key, 'agent', policy, unmasked);
  return <T>(value: T): T => masker().maskValue(value) as T;
}
