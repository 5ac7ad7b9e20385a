import { isDeepStrictEqual } from 'node:util';
import { createMasker, RULES } from '@countersign/core';
import type { Mask } from '@countersign/gate-mcp';

/** Masks what comes back from a server, but for the data classes that its operator leaves as they are. */
export function createMask(key: Uint8Array, unmasked: readonly string[]): Mask {
  const rules = RULES.filter((rule) => !rule.off && !unmasked.includes(rule.class));
  const { mask, maskValue } = createMasker({ key, rules });
  return <T>(value: T): T => {
    if (typeof value === 'string') return mask(value).text as T;
    const masked = maskValue(value) as T;
    return isDeepStrictEqual(masked, value) ? value : masked;
  };
}
