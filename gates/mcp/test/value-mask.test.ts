import { expect, test } from 'vitest';
import { NO_MASKING_POLICY, type MaskingPolicy } from '@countersign/core';
import { createMask } from '../src/index.ts';

test('MASK-7: what agents see in clear is what the policy of the moment and the operator say', () => {
  let policy: MaskingPolicy = NO_MASKING_POLICY;
  const mask = createMask(new Uint8Array(32), ['pii.phone'], () => policy);
  const value = { a: 'write ana@example.com', b: 'call +49 30 901820', c: 'staff EM204817' };
  const masked = mask(value);
  expect(masked.a).toContain('‹pii.email·');
  expect(masked).toMatchObject({ b: value.b, c: value.c });
  policy = {
    viewers: { ...NO_MASKING_POLICY.viewers, agent: ['pii.email'] },
    custom: [{ class: 'custom.staff', patterns: ['EM\\d{6}'], words: [], names: [] }],
  };
  expect(mask(value)).toMatchObject({ a: value.a, b: value.b });
  expect(mask(value).c).toContain('‹custom.staff·');
});
