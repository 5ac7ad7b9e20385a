import { describe, expect, test } from 'vitest';
import { createMasker } from '@countersign/core';
import { benignBody } from '../bench/corpora/benign.ts';
import { createChance } from '../bench/corpora/chance.ts';
import { createFind, makeDocuments, tally } from '../bench/corpora/measure.ts';

const SEED = 20_261_128;

describe('R9: what the detectors find, on texts made of a seed', () => {
  const tallies = tally(createFind(), makeDocuments(SEED, 80));
  test.each(['e-mail', 'card', 'national-id', 'iban', 'phone', 'cloud-key', 'jwt', 'private-key'])(
    '%s: at least 95 of 100, and 95 of 100 placeholders are right',
    (name) => {
      const { sought = 0, found = 0, claimed = 0, right = 0 } = tallies.get(name) ?? {};
      expect(sought).toBeGreaterThanOrEqual(80);
      expect(found / sought).toBeGreaterThanOrEqual(0.95);
      expect(right / claimed).toBeGreaterThanOrEqual(0.95);
    },
  );
});

test('R9: next to nothing is found in text that holds nothing private', () => {
  const text = benignBody(createChance(SEED), 500_000);
  expect(createMasker({ key: new Uint8Array(32) }).find(text).length).toBeLessThanOrEqual(1);
});
