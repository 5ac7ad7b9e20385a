import { describe, expect, test } from 'vitest';
import { createMasker } from '../src/masking/masker.ts';
import { RULES } from '../src/masking/rules.ts';

describe.each(RULES.map((rule) => [rule.id, rule] as const))('rule %s', (_, rule) => {
  test('is bounded: no open repeat, no look-behind, no back-reference', () => {
    const plain = rule.regex.source.replaceAll(/\\.|\[(?:\\.|[^\]\\])*\]/g, 'x');
    expect(plain).not.toMatch(/[*+]|\{\d+,\}|\(\?<|\\[1-9]/);
  });

  test('has the flags the scanner needs, and no state it shares', () => {
    expect(rule.regex.sticky && rule.regex.hasIndices && !rule.regex.global).toBe(true);
    for (const own of [rule.notAfter, rule.lookBack, rule.shorten])
      expect(own?.sticky || own?.global).toBeFalsy();
  });

  test('has a trigger that one pass can find', () => {
    expect(rule.keywords.length > 0 || rule.start !== undefined).toBe(true);
    for (const keyword of rule.keywords) {
      expect(keyword).toBe(keyword.toLowerCase());
      expect(keyword).toMatch(/^(?:[^\sa-z0-9_:/.-]|.\S{2,39})$/);
    }
  });
});

// what an attacker would send to make one rule or the scan slow
const PUMPS: readonly string[] = [
  'password=',
  '--password-',
  'password  ',
  '-----BEGIN PRIVATE KEY-----',
  '-----BEGIN RSA EC RSA ',
  '-----',
  'eyJ',
  ' eyJa.',
  '://a:',
  '://',
  'a@a.',
  '@',
  'a.a-a@',
  '+1 ',
  '+1 (-2',
  '4 4-',
  '41111111',
  '1 ',
  'DE89 ',
  'DE89A',
  'sk-ant-a-',
  'xoxb-',
  'authorization: ',
  'cookie:=',
  'bearer ',
  '--user a:',
];

test.each(PUMPS)('pump %j costs in proportion to its length', (pump) => {
  const masker = createMasker({ key: new Uint8Array(32), rules: RULES });
  const cost = (length: number): number => {
    const text = pump.repeat(Math.ceil(length / pump.length));
    let best = Infinity;
    for (let i = 0; i < 2; i++) {
      const start = process.threadCpuUsage().user;
      // as much text in all, whatever the length: processor time is counted in ticks
      for (let done = 0; done < 64_000; done += length) masker.mask(text);
      best = Math.min(best, (process.threadCpuUsage().user - start) / 1_000);
    }
    return best;
  };
  cost(2_000);
  // at once or in eight pieces: linear is 1, quadratic 8; the floor keeps noise of very cheap pumps out
  expect(cost(64_000)).toBeLessThan(4 * Math.max(cost(8_000), 8));
});
