import { createServer, IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { instant, makeId, random } from '@countersign/core';
import { createReconciler } from '../src/followers/reconciler.ts';
import { createWaits } from '../src/http/waits.ts';

test('who left before the wait began does not wait', async () => {
  const waits = createWaits({ watch: () => () => undefined });
  const { promise, resolve } = Promise.withResolvers<string>();
  const server = createServer((_, response) => {
    response.on('close', () => {
      setImmediate(() => {
        const wait = waits.open(makeId('act', instant(0), random(16)), 'etl', response);
        void wait?.next(1_000).then(resolve);
      });
    });
  });
  await new Promise<void>((listening) => void server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const leaving = new AbortController();
  server.once('request', () => leaving.abort());
  await fetch(`http://127.0.0.1:${port}`, { signal: leaving.signal }).catch(() => undefined);
  expect(await promise).toBe('gone');
  server.close();
});

test('a reconciler that fails while it is stopped has stopped', async () => {
  const { promise, reject } = Promise.withResolvers<number>();
  const failures: unknown[] = [];
  const reconciler = createReconciler({
    gatekeeper: { reconcile: () => promise },
    store: { onAppended: () => () => undefined },
    clock: () => instant(0),
    leases: { hold: async () => true },
    onFailure: (error) => void failures.push(error),
  });
  const run = reconciler.run().catch((error: unknown) => error);
  const stopped = reconciler.stop();
  const broken = new Error('the disk is full');
  reject(broken);
  expect(await stopped).toBeUndefined();
  expect(await run).toBe(broken);
});

test('A11 who waits too often already does not keep others from it', () => {
  const waits = createWaits({ watch: () => () => undefined });
  const response = new ServerResponse(new IncomingMessage(new Socket())).setMaxListeners(0);
  const open = (by: string) => waits.open(makeId('act', instant(0), random(16)), by, response);
  const many = Array.from({ length: 2_000 }, () => open('etl'));
  expect(many).not.toContain(undefined);
  expect(open('etl')).toBeUndefined();
  expect(open('other')).toBeDefined();
  many[0]?.close();
  many[0]?.close();
  expect(open('etl')).toBeDefined();
  expect(open('etl')).toBeUndefined();
});
