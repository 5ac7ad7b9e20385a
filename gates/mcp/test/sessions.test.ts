import { expect, test } from 'vitest';
import { createSessions, type Session } from '../src/front/sessions.ts';
import { createStreams } from '../src/front/streams.ts';
import type { Sealer } from '../src/parts.ts';

/** As long as a real one makes it. */
const sealer: Sealer = {
  seal: (purpose, value) => Buffer.from(JSON.stringify([purpose, value])).toString('base64url'),
  open: (purpose, text) => {
    const [of, value] = JSON.parse(Buffer.from(text, 'base64url').toString());
    return of === purpose ? value : undefined;
  },
};
const session = (ticket: string): Session => ({
  agent: 'one',
  served: '*',
  ticket,
  version: '2025-11-25',
  client: { name: 'c', version: '1', capabilities: { sampling: {}, roots: { listChanged: true } } },
});
const tickets = (count: number): string =>
  JSON.stringify(
    Object.fromEntries(
      Array.from({ length: count }, (_, i) => [
        `server-${i}`,
        JSON.stringify([
          crypto.randomUUID(),
          '2025-11-25',
          { tools: { listChanged: true } },
          's',
          '1',
        ]),
      ]),
    ),
  );

test.each([1, 10, 40])(
  'a session with %i servers fits into a header, and is found again',
  (count) => {
    const sessions = createSessions(sealer, Date.now);
    const given = session(tickets(count));
    const id = sessions.begin(given) ?? '';
    expect(id.length).toBeGreaterThan(0);
    expect(id.length).toBeLessThanOrEqual(8_192);
    expect(sessions.find(id, { agent: 'one', served: '*' })).toEqual(given);
    expect(sessions.find(id, { agent: 'two', served: '*' })).toBeUndefined();
    expect(sessions.find(id, { agent: 'one', served: 'other' })).toBeUndefined();
  },
);

test('what would not fit is no session; what is old is none any more; what ended neither', () => {
  let now = 0;
  const sessions = createSessions(sealer, () => now);
  expect(sessions.begin(session(tickets(400)))).toBeUndefined();
  const id = sessions.begin(session('t')) ?? '';
  const of = { agent: 'one', served: '*' };
  expect(sessions.find(id, of)).toBeDefined();
  now += 8 * 24 * 3_600_000;
  expect(sessions.find(id, of)).toBeUndefined();
  now = 0;
  sessions.end(id);
  expect(sessions.find(id, of)).toBeUndefined();
  expect(sessions.find('x'.repeat(10_000), of)).toBeUndefined();
});

test('an agent has so many streams and no more; another has its own', () => {
  const streams = createStreams(2);
  const { signal } = new AbortController();
  const first = streams.open('one', signal);
  streams.open('one', signal);
  expect(streams.open('one', signal)).toMatchObject({ is: 'refused', status: 429 });
  const other = streams.open('two', signal);
  expect('is' in other).toBe(false);
  if ('close' in first) first.close();
  expect('is' in streams.open('one', signal)).toBe(false);
  streams.stop();
  expect('signal' in other && other.signal.aborted).toBe(true);
});
