import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createMasker } from '../src/masking/masker.ts';
import { readPattern } from '../src/masking/pattern.ts';
import { createStreamMasker } from '../src/masking/stream.ts';
import { createViewerMasker } from '../src/masking/viewer-masker.ts';
import {
  NO_MASKING_POLICY,
  readMaskingPolicy,
  type MaskingPolicy,
} from '../src/masking/viewers.ts';

const key = new Uint8Array(32).fill(7);
const read = (value: unknown): MaskingPolicy => {
  const policy = readMaskingPolicy(value);
  if (!policy.ok) throw new Error(JSON.stringify(policy.error));
  return policy.value;
};
const POLICY = read({
  viewers: { reviewer: ['pii.email', 'custom.employee-id'], auditor: ['pii', 'custom'] },
  custom: {
    'employee-id': { patterns: ['EMP-\\d{6}', '\\d{4}/[A-Z]{2}'], names: ['staff_no'] },
    project: { words: ['Project Nightingale', 'Öresund'] },
  },
});

describe('MASK-6: classes of an installation', () => {
  const { mask, maskValue } = createMasker({ key, custom: POLICY.custom });
  test.each([
    ['by EMP-123456.', 'by ‹custom.employee-id·10›.'],
    ['see 1234/AB now', 'see ‹custom.employee-id·7› now'],
    ['the PROJECT nightingale plan', 'the ‹custom.project·19› plan'],
    ['ÖRESUND or öresund', '‹custom.project·7› or ‹custom.project·7›'],
  ])('%s', (text, expected) => {
    expect(mask(text).text.replaceAll(/·fp:....(?=›)/g, '')).toBe(expected);
    const stream = createStreamMasker({ key, custom: POLICY.custom });
    expect([...text].map(stream.write).join('') + stream.end()).toBe(mask(text).text);
  });
  test.each(['XEMP-123456', 'EMP-1234567', 'EMP-12345', '1234/ABC', 'projects'])(
    'only whole words: %s',
    (text) => expect(mask(text).text).toBe(text),
  );
  test('names cover', () => {
    expect(JSON.stringify(maskValue({ staffNo: 'x17' }))).toMatch(
      /‹custom\.employee-id·fp:\w{16}›/,
    );
  });
});

describe('MASK-7: each viewer sees what policy shows it', () => {
  const text = 'ana@example.org EMP-123456 4111 1111 1111 1111 password=hunter2';
  const seen = (viewer: 'agent' | 'reviewer' | 'auditor', policy = POLICY): string =>
    createViewerMasker(key, viewer, () => policy)()
      .mask(text)
      .text.replaceAll(/·\d+·fp:....(?=›)/g, '');
  test.each([
    ['agent', '‹pii.email›@example.org ‹custom.employee-id› ‹pci.card› password=‹secret.password›'],
    ['reviewer', 'ana@example.org EMP-123456 ‹pci.card› password=‹secret.password›'],
    ['auditor', 'ana@example.org EMP-123456 ‹pci.card› password=‹secret.password›'],
  ] as const)('%s', (viewer, expected) => expect(seen(viewer)).toBe(expected));
  test('a stream too, and where nothing is decided nobody sees anything', () => {
    const stream = createStreamMasker({ key, unmasked: POLICY.viewers.reviewer });
    expect(stream.write(text) + stream.end()).toMatch(/^ana@example\.org EMP-123456 ‹pci/);
    expect(seen('auditor', NO_MASKING_POLICY)).toMatch(/^‹pii\.email›/);
  });
  test('a policy that changes is in force at once', () => {
    let policy = POLICY;
    const masker = createViewerMasker(key, 'reviewer', () => policy);
    expect(masker()).toBe(masker());
    expect(masker().mask('a@example.org').text).toBe('a@example.org');
    policy = NO_MASKING_POLICY;
    expect(masker().mask('a@example.org').text).toMatch(/^‹/);
  });
});

test.each([
  [
    { viewers: { reviewer: ['secret.password'] } },
    'viewers.reviewer.0',
    'no policy shows a secret',
  ],
  [{ viewers: { auditor: ['secret'] } }, 'viewers.auditor.0', 'no policy shows a secret'],
  [{ viewers: { agent: ['pii:email'] } }, 'viewers.agent.0', '`pii:email` is not a data class'],
  [{ viewers: { boss: [] } }, 'viewers.boss', '`boss` is not known here'],
  [{ viewers: { agent: 'pii' } }, 'viewers.agent', 'is not a list'],
  [{ custom: { 'Bad Name': { words: ['abc'] } } }, 'custom.Bad Name', '`Bad Name` is not a name'],
  [{ custom: { a: {} } }, 'custom.a', 'says nothing'],
  [{ custom: { a: { words: ['x y'] } } }, 'custom.a.words.0', '`x y` is too short'],
  [{ custom: { a: { patterns: ['EMP-\\d+'] } } }, 'custom.a.patterns.0', '`+` has no end'],
  [
    { custom: { a: { patterns: ['abc|def'] } } },
    'custom.a.patterns.0',
    'nothing tells where a match begins',
  ],
  [[], '', 'is not a map'],
])('MASK-7: a bad policy is refused in words: %j', (value, path, message) => {
  const policy = readMaskingPolicy(value);
  const [problem] = policy.ok ? [] : policy.error;
  expect(problem?.path.join('.')).toBe(path);
  expect(problem?.message).toContain(message);
});

describe('MASK-6: a pattern cannot be made slow', () => {
  test.each([
    ['a*', 'has no end'],
    ['a{3,}', 'has no end'],
    ['(?:a{0,16}){0,16}', 'in too many ways'],
    ['a{0,64}a{0,64}a{0,64}', 'in too many ways'],
    ['(?:a|a){20}', 'in too many ways'],
    ['(abc)', 'no captures'],
    ['(?=abc)', 'no captures'],
    ['(?<=abc)d', 'no captures'],
    ['(?<x>abc)', 'no captures'],
    ['abc\\1', 'is not read'],
    ['abc.', 'is not read'],
    ['^abc', 'is not read'],
    ['abc[^d]', 'is not read'],
    ['abc[\\s]', 'is not read'],
    ['abc\\s', 'matches too much'],
    ['abc\\n', 'is not read'],
    ['ab\u{1f600}', 'is not read'],
    ['(?:abc', 'is not closed'],
    ['abc)', 'closes nothing'],
    ['a{300}', 'at most 256'],
    ['a{3}?', 'one repeat follows another'],
    ['a{5,2}', 'ends before it begins'],
    ['a?', 'nothing at all'],
    ['', 'nothing at all'],
  ])('%j: %s', (source, message) => {
    const pattern = readPattern(source);
    expect(pattern.ok ? '' : pattern.error).toContain(message);
  });
  test('whatever is read compiles, and matches no more than it says and no line break', () => {
    const source = fc.array(
      fc.constantFrom(
        'a',
        'B',
        '\\d',
        '[A-F0-9]',
        '(?:',
        ')',
        '|',
        '{2}',
        '{1,3}',
        '?',
        '-',
        '\\.',
        '[-x]',
        '\\w',
        '[\\d ]',
      ),
      { maxLength: 10 },
    );
    fc.assert(
      fc.property(
        source,
        fc.string({
          unit: fc.constantFrom('a', 'B', '0', '-', '.', ' ', '\n', 'x'),
          maxLength: 60,
        }),
        (parts, text) => {
          const pattern = readPattern(parts.join(''));
          if (!pattern.ok) return;
          const found = new RegExp(parts.join(''), 'y').exec(text)?.[0] ?? '';
          expect(found.length).toBeLessThanOrEqual(pattern.value.longest);
          expect(found).not.toContain('\n');
          if (found) expect(found.toLowerCase().startsWith(pattern.value.prefix)).toBe(true);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
