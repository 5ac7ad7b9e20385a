import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createSseReader, writeSse, type SseEvent } from '../src/sse.ts';

const readAll = (text: string, size = 1_000_000): readonly SseEvent[] | 'too-large' => {
  const reader = createSseReader(1_000);
  const bytes = Buffer.from(text);
  const out: SseEvent[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    const events = reader.push(bytes.subarray(at, at + size));
    if (events === 'too-large') return events;
    out.push(...events);
  }
  return out;
};

test.each([
  ['data: a\n\n', [{ data: 'a' }]],
  ['data:a\r\n\r\n', [{ data: 'a' }]],
  ['data: a\rdata: b\r\r', [{ data: 'a\nb' }]],
  ['\uFEFFid: 7\nretry: 500\ndata\n\n', [{ data: '', id: '7', retry: 500 }]],
  [': a comment\n\n: another\n\n', []],
  ['id: 8\n\nretry: 20\n\n', [{ id: '8' }, { retry: 20 }]],
  [
    'event: message\ndata: {"é":"😀"}\n\ndata: unfinished',
    [{ event: 'message', data: '{"é":"😀"}' }],
  ],
  ['id: a\0b\nretry: -1\nretry: 1e3\nother: x\ndata: y\n\n', [{ data: 'y' }]],
])('reads %j however it is cut', (text, events) => {
  for (const size of [1, 2, 3, 5, 1_000]) expect(readAll(text, size)).toEqual(events);
});

test('what is written is read back, in pieces of any size', () => {
  const json = fc.json().map((text) => text.replaceAll(',', ',\n '));
  const event = fc.record(
    { data: json, id: fc.stringMatching(/^[\w-]{1,9}$/), retry: fc.nat(9_999) },
    { requiredKeys: ['data'] },
  );
  fc.assert(
    fc.property(
      fc.array(event, { maxLength: 5 }),
      fc.integer({ min: 1, max: 40 }),
      (events, size) => {
        expect(readAll(events.map(writeSse).join(': hold on\n\n'), size)).toEqual(events);
      },
    ),
    { numRuns: 100 },
  );
});

test.each([
  ['one endless line', `data: ${'x'.repeat(2_000)}`],
  ['a line without a field', 'x'.repeat(2_000)],
  ['endless lines of one block', 'data: x\n'.repeat(2_000)],
])('ATTACKER: %s is not held', (_, text) => {
  for (const size of [7, 5_000]) expect(readAll(text, size)).toBe('too-large');
});

test('comments without end cost nothing', () => {
  expect(readAll(`${': still here\n'.repeat(2_000)}data: a\n\n`, 100)).toEqual([{ data: 'a' }]);
});
