import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createScanner } from '../src/wire/frames.ts';
import { backendLimits, frontendLimits } from '../src/wire/limits.ts';
import { readBind, readParse, readQuery } from '../src/wire/read-frontend.ts';
import { message, writeBind, writeParse } from '../src/wire/write.ts';
import { PROPERTIES, scan, TRAFFIC } from './fuzzing.ts';

test.each(PROPERTIES)('fuzz: $name', async ({ of }) => {
  await fc.assert(of as fc.IAsyncProperty<unknown[]>, { numRuns: 300 });
});

test('real traffic is found byte by byte as at once', () => {
  const limits = { messageBytes: 1_000 };
  for (const [bytes, types] of [
    [TRAFFIC.frontend, frontendLimits(limits)],
    [TRAFFIC.backend, backendLimits(limits)],
  ] as const) {
    const single = [...bytes].map((byte) => Buffer.from([byte]));
    const found = scan(single, types);
    expect(found).toEqual(scan([bytes], types));
    expect(found.length).toBeGreaterThan(25);
    expect(found.at(-1)).toBe('held 0');
  }
});

const head = (type: string, length: number): Buffer => {
  const bytes = Buffer.alloc(5);
  bytes.write(type, 'latin1');
  bytes.writeInt32BE(length, 1);
  return bytes;
};
test.each([
  ['Q', 1_073_741_824, 'too-long'],
  ['Q', 0x7f_ff_ff_ff, 'too-long'],
  ['d', 16_777_217, 'too-long'],
  ['S', 5, 'too-long'],
  ['H', 8, 'too-long'],
  ['E', 16_385, 'too-long'],
  ['Q', 3, 'length'],
  ['Q', 0, 'length'],
  ['Q', -1, 'length'],
  ['p', 8, 'unknown-type'],
  ['Z', 5, 'unknown-type'],
  ['@', 8, 'unknown-type'],
  ['\u{e4}', 8, 'unknown-type'],
])('`%s` of length %i is refused as soon as its head is read', (type, length, code) => {
  const limits = frontendLimits({ messageBytes: 16_777_216 });
  expect(scan([head(type, length)], limits)).toEqual([`failed ${code}`]);
  const scanner = createScanner(limits);
  const push = (): unknown => scanner.push(head(type, length), () => undefined);
  expect(push).toThrow();
  // and it stays refused
  expect(() => scanner.push(head('S', 4), () => undefined)).toThrow();
});

test('a message takes the room of what came of it, not of what it announced', () => {
  const limits = frontendLimits({ messageBytes: 268_435_456 });
  const before = process.memoryUsage().arrayBuffers;
  const scanners = Array.from({ length: 50 }, () => createScanner(limits));
  for (const scanner of scanners) {
    scanner.push(head('d', 268_435_456), () => undefined);
    for (let n = 0; n < 10_000; n += 1) scanner.push(Buffer.from([n]), () => undefined);
  }
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(50 * 40_000 + 20_000_000);
  expect(scanners.map((scanner) => scanner.held())).toEqual(scanners.map(() => 10_005));
});

test('a scan that is stopped says where, and goes on from there', () => {
  fc.assert(
    fc.property(fc.nat(TRAFFIC.backend.length), fc.nat(20), (place, stop) => {
      const limits = backendLimits({ messageBytes: 10_000 });
      const scanner = createScanner(limits);
      const [first, second] = [TRAFFIC.backend.subarray(0, place), TRAFFIC.backend.subarray(place)];
      let count = 0;
      const each = (): 'stop' | undefined => (++count === stop ? 'stop' : undefined);
      for (const chunk of [first, second]) {
        const taken = scanner.push(chunk, each);
        scanner.push(chunk.subarray(taken), each);
      }
      return count === scan([TRAFFIC.backend], limits).length - 1;
    }),
  );
});

test('what is written reads as it was meant', () => {
  const name = fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\0', ''));
  const format = fc.constantFrom<0 | 1>(0, 1);
  const bytes = fc.option(fc.uint8Array().map((value) => Buffer.from(value)));
  fc.assert(
    fc.property(name, name, fc.array(fc.nat(0xff_ff)), (statement, text, types) => {
      expect(readParse(writeParse(statement, text, types))).toEqual({
        name: statement,
        text,
        types,
      });
    }),
  );
  const bind = fc.record({
    portal: name,
    statement: name,
    values: fc.array(fc.record({ format, bytes })),
    resultFormats: fc.array(format),
  });
  fc.assert(
    fc.property(bind, (one) => {
      expect(readBind(writeBind(one))).toEqual(one);
    }),
  );
});

test.each([
  ['6162ff00', undefined],
  ['c08000', undefined],
  ['eda08000', undefined],
  ['f490808000', undefined],
  ['c300', undefined],
  ['efbfbd00', '\u{fffd}'],
  ['f09f92a900', '💩'],
])('a text in %s is valid UTF-8 or none', (hex, text) => {
  const frame = message('Q', Buffer.from(hex, 'hex'));
  if (text === undefined) expect(() => readQuery(frame)).toThrow('not valid UTF-8');
  else expect(readQuery(frame)).toBe(text);
});

test.each([
  ['no NUL', Buffer.from('select 1')],
  ['a NUL within', Buffer.from('select 1\0; drop table x\0')],
  ['nothing', Buffer.alloc(0)],
])('A11: a query with %s is no message', (_, body) => {
  expect(() => readQuery(message('Q', body))).toThrow('does not read as its type says');
});
