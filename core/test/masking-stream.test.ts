import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createMasker } from '../src/masking/masker.ts';
import { createStreamMasker } from '../src/masking/stream.ts';

const key = new Uint8Array(32).fill(7);
const SECRET = 's3cr3t/välue+42!';
const known = [SECRET, 'aaaaaaab', 'line one of a key\nline two of a key\n'];

const stream = (chunks: readonly string[], bytes = false): string => {
  const masker = createStreamMasker({ key, known, bytes });
  return chunks.map((chunk) => masker.write(chunk)).join('') + masker.end();
};
const split = (text: string, cuts: readonly number[]): readonly string[] => {
  const at = [
    0,
    ...cuts.map((cut) => cut % (text.length + 1)).toSorted((a, b) => a - b),
    text.length,
  ];
  return at.slice(1).map((end, i) => text.slice(at[i], end));
};
const encode = (text: string, encoding: BufferEncoding): string =>
  Buffer.from(text).toString(encoding);

const piece = fc.oneof(
  fc.constantFrom(
    'password=',
    'token: "',
    '"',
    ' ',
    '\n',
    '\r\n',
    '@',
    'jane.doe',
    'example.org',
    'postgres://u:',
    'p@h',
    'Authorization: Bearer ',
    'AKIAIOSFODNN7EXAMPLE'.replaceAll(/[0189]/g, '2'),
    'ghp_',
    'aaaaaaa',
    'b',
    '4111 1111 ',
    '1111 1111',
    'DE89 3704 0044 ',
    '0532 0130 00',
    '123-45-',
    '6789',
    '+49 170 ',
    '1234567',
    '--token ',
    ' -u a:',
    'eyJhbGci',
    '.eyJzdWIi',
    '-----BEGIN PRIVATE KEY-----\n',
    '-----END PRIVATE KEY-----',
    'Proc-Type: 4\n',
    'MIIEpAIBAAKCAQEA',
    'cookie: a=b',
    'Phone: ',
    'call ',
    ' (mobile)',
    '0171 23',
    '5 678 90',
    '(212) 555-0123',
    'order ',
    'NHS number ',
    '943 476 5919',
    'passport no. ',
    'X1234567L',
    'GB82WEST1234',
    '5698765432',
    'card ',
    '-us12',
    '0123456789abcdef0123456789abcdef',
    SECRET,
    encodeURIComponent(SECRET),
    encode(SECRET, 'hex'),
    encode(`a${SECRET}`, 'base64'),
    encode(`ab${SECRET}`, 'base64url'),
    encode(`abc${SECRET}`, 'base64').replaceAll(/.{7}/g, '$&\n'),
    known[2] ?? '',
    'line two of a key',
    '‹secret.x·1›',
    '\ud800',
  ),
  fc.string({ maxLength: 12 }),
  fc.string({ unit: fc.constantFrom('a', 'Z', '9', '-', '_', '.'), minLength: 1, maxLength: 90 }),
);
const text = fc.array(piece, { maxLength: 30 }).map((parts) => parts.join(''));

describe('MASK-5 R9: a stream is masked as the whole is', () => {
  const whole = createMasker({ key, known, asWritten: true });
  test('any chunks', () => {
    fc.assert(
      fc.property(text, fc.array(fc.nat(2_000), { maxLength: 12 }), (value, cuts) => {
        expect(stream(split(value, cuts))).toBe(whole.mask(value).text);
      }),
      { numRuns: 1_500 },
    );
  });
  test('one character at a time', () => {
    fc.assert(
      fc.property(text, (value) => {
        expect(stream(value.split(''))).toBe(whole.mask(value).text);
      }),
      { numRuns: 300 },
    );
  });
});

describe('MASK-8 R9: a known value is masked in every form an encoder gives it', () => {
  const forms: readonly (readonly [string, string])[] = [
    ['plain', SECRET],
    ['base64', encode(SECRET, 'base64')],
    ['base64 as a header has it', encode(`user:${SECRET}`, 'base64')],
    ['base64 in the middle', encode(`ab${SECRET}cd`, 'base64')],
    ['base64url', encode(SECRET, 'base64url')],
    ['hex', encode(SECRET, 'hex')],
    ['HEX', encode(SECRET, 'hex').toUpperCase()],
    ['URL', encodeURIComponent(SECRET)],
    ['url', encodeURIComponent(SECRET).toLowerCase()],
    ['wrapped base64', encode(SECRET, 'base64').replaceAll(/.{8}/g, '$&\r\n')],
    ['JSON', JSON.stringify(SECRET)],
  ];
  test.each(forms)('%s', (_, form) => {
    const out = stream([`>${form.slice(0, 5)}`, `${form.slice(5)}< end`]);
    expect(out).toContain('‹secret.injected·16·fp:');
    for (let i = 0; i + 6 <= form.length - 6; i++)
      expect(out).not.toContain(form.slice(i + 3, i + 9));
  });
  test('a line of a many-line value', () => {
    expect(stream(['error near: line two of a key!'])).toMatch(
      /^error near: ‹secret.injected·\d+·fp:....›!$/,
    );
  });
});

test('bytes that are no text pass unharmed, and values in them are masked', () => {
  const bytes = Buffer.concat([
    Buffer.from([0, 255, 0xb7, 0xc3]),
    Buffer.from(`x${SECRET}x`),
    Buffer.from([0xc3, 0x28]),
  ]);
  const out = Buffer.from(stream(split(bytes.toString('latin1'), [3, 9, 12]), true), 'latin1');
  expect(out.subarray(0, 5)).toEqual(bytes.subarray(0, 5));
  expect(out.subarray(-3)).toEqual(bytes.subarray(-3));
  expect(out.subarray(5, -3).toString()).toMatch(/^‹secret.injected·16·fp:....›$/);
});

describe('a stream holds back no more than it must', () => {
  test('complete lines come at once', () => {
    const masker = createStreamMasker({ key, known });
    expect(masker.write('step 1 done\n')).toBe('step 1 done');
    expect(masker.write('step 2 done\n')).toBe('\nstep 2 done');
    expect(masker.end()).toBe('\n');
  });
  test('memory is bounded whatever comes', () => {
    for (const pump of [
      'a',
      'password=',
      '-----BEGIN PRIVATE KEY-----\n',
      'aaaaaaa',
      'MIIEpAIBAAKCAQEA\n',
    ]) {
      const masker = createStreamMasker({ key, known });
      let given = 0;
      let got = 0;
      for (let i = 0; i < 40; i++) {
        const chunk = pump.repeat(Math.ceil(4_096 / pump.length));
        given += chunk.length;
        got += masker.write(chunk).length;
        if (pump === 'a' || pump.startsWith('M')) expect(given - got).toBeLessThan(64 * 1_024);
      }
      expect(masker.end().length).toBeLessThan(64 * 1_024);
    }
  });
});
