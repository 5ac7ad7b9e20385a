import type { IncomingMessage } from 'node:http';
import { err, ok, type Result } from '@countersign/core';

/** The whole body as text, or why it is not read: silence, size, a connection that closed. */
export function readAll(
  response: IncomingMessage,
  bounds: {
    readonly maxBytes: number;
    readonly idleMs: number;
    readonly totalMs: number;
    readonly signal?: AbortSignal;
  },
): Promise<Result<string, string>> {
  const { maxBytes, idleMs, totalMs, signal } = bounds;
  return new Promise((done) => {
    const chunks: Buffer[] = [];
    let [bytes, isOver] = [0, false];
    const settle = (result: Result<string, string>): void => {
      if (isOver) return;
      isOver = true;
      clearTimeout(idle);
      clearTimeout(total);
      signal?.removeEventListener('abort', abort);
      if (!result.ok) response.destroy();
      done(result);
    };
    const idle = setTimeout(() => settle(err('the server was silent too long')), idleMs);
    const total = setTimeout(() => settle(err('the server took too long')), totalMs);
    const abort = (): void => settle(err('cancelled'));
    signal?.addEventListener('abort', abort, { once: true });
    response.on('data', (chunk: Buffer) => {
      idle.refresh();
      bytes += chunk.length;
      if (bytes > maxBytes) return settle(err('the answer is too large'));
      chunks.push(chunk);
    });
    response.once('end', () => settle(ok(Buffer.concat(chunks).toString())));
    response.once('error', () => settle(err('the server closed the connection')));
    response.once('close', () => settle(err('the server closed the connection')));
    if (signal?.aborted === true) abort();
  });
}
