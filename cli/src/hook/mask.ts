import { randomBytes } from 'node:crypto';
import { createMasker, RULES, type Json } from '@countersign/core';

/** Masks what a tool brought back: secrets alone, or private data too. */
export function maskWith(
  wanted: 'secrets' | 'all',
): (result: Json) => { readonly result: Json; readonly isChanged: boolean } {
  const rules = RULES.filter((rule) => !rule.off && (wanted === 'all' || isSecret(rule.class)));
  const masker = createMasker({ key: randomBytes(32), rules });
  return (result) => {
    const masked = masker.maskValue(result) as Json;
    return { result: masked, isChanged: JSON.stringify(masked) !== JSON.stringify(result) };
  };
}

const isSecret = (name: string): boolean => name.startsWith('secret.');
