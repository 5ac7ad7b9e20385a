import { Refused } from '@countersign/sdk';
import { expect, test } from 'vitest';
import { followChanges, type Heard } from '../src/watch/changes.ts';
import { until } from './terminal.ts';

/** A stream that says this, in pieces of a few bytes, and ends or stays open. */
const stream = (text: string, stays = false): ReadableStream<Uint8Array> =>
  new ReadableStream({
    start: (controller) => {
      const bytes = new TextEncoder().encode(text);
      for (let at = 0; at < bytes.length; at += 7) controller.enqueue(bytes.slice(at, at + 7));
      if (!stays) controller.close();
    },
  });
const changed = (id: string): string =>
  `event: approval\ndata: ${JSON.stringify({ approvalId: id, state: 'pending', version: 1 })}\n\n`;

test('connects again however often it breaks, until it is stopped', async () => {
  const answers = [
    () =>
      stream(
        `event: hello\ndata: {}\n\n: ping\n\n${changed('apr_1')}event: shutdown\ndata: {}\n\n`,
      ),
    () => Promise.reject(new TypeError('secret of the network')),
    () => stream(`event: hello\ndata: {}\n\n${changed('apr_ü')}`, true),
  ];
  let asked = 0;
  const heard: Heard[] = [];
  const stop = new AbortController();
  const follows = followChanges(
    { changes: async () => (answers[asked++] ?? (() => stream('', true)))() },
    stop.signal,
    (one) => heard.push(one),
  );
  await until(() => heard.length === 5);
  expect(heard).toEqual([
    { type: 'hello' },
    { type: 'changed', id: 'apr_1' },
    { type: 'away', because: 'the connection broke' },
    { type: 'hello' },
    { type: 'changed', id: 'apr_ü' },
  ]);
  stop.abort();
  await follows;
  expect(asked).toBe(3);
});

test('ends where trying again does not help', async () => {
  const gone = new Refused({ code: 'unauthenticated', status: 401 });
  const stop = new AbortController();
  const follows = followChanges(
    { changes: () => Promise.reject(gone) },
    stop.signal,
    () => undefined,
  );
  await expect(follows).rejects.toBe(gone);
});
