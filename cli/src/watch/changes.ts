import { GatewayUnreachable, Refused } from '@countersign/sdk';
import type { Gateway } from '../gateway.ts';

/** Nothing heard for this long, not even a ping: the connection is dead. */
const SILENCE_MS = 45_000;
const FIRST_PAUSE_MS = 500;
const MOST_PAUSE_MS = 15_000;

/** `hello`: connected, some changes may have been missed. `away`: not connected now. */
export type Heard =
  | { readonly type: 'hello' }
  | { readonly type: 'away'; readonly because: string }
  | { readonly type: 'changed'; readonly id: string };

/** Every change, until it is stopped; connects again however often it breaks. Throws only what trying again does not help. */
export async function followChanges(
  gateway: Pick<Gateway, 'changes'>,
  signal: AbortSignal,
  hear: (heard: Heard) => void,
): Promise<void> {
  let pauseMs = 0;
  while (!signal.aborted) {
    try {
      await readEvents(await gateway.changes(signal), signal, (heard) => {
        pauseMs = 0;
        hear(heard);
      });
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Refused && !error.retryable) throw error;
      hear({ type: 'away', because: messageOf(error) });
    }
    // the gateway ends every stream after a while: then it is connected to again at once
    await pause(pauseMs, signal);
    pauseMs = Math.min(MOST_PAUSE_MS, Math.max(FIRST_PAUSE_MS, 2 * pauseMs));
  }
}

async function readEvents(
  stream: ReadableStream<Uint8Array>,
  signal: AbortSignal,
  hear: (heard: Heard) => void,
): Promise<void> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  const stop = (): void => void reader.cancel().catch(() => undefined);
  signal.addEventListener('abort', stop, { once: true });
  try {
    for (let buffer = ''; ;) {
      const { done, value } = await withinSilence(reader.read());
      if (done) return;
      const blocks = (buffer + decoder.decode(value, { stream: true })).split('\n\n');
      buffer = blocks.pop() ?? '';
      for (const block of blocks) {
        const heard = heardIn(block);
        if (heard) hear(heard);
      }
    }
  } finally {
    signal.removeEventListener('abort', stop);
    stop();
  }
}

function heardIn(block: string): Heard | undefined {
  const [, event, data = ''] = /^event: (\S+)\ndata: (.*)$/.exec(block) ?? [];
  if (event === 'hello') return { type: 'hello' };
  if (event !== 'approval') return undefined;
  const { approvalId } = JSON.parse(data) as { readonly approvalId?: unknown };
  return typeof approvalId === 'string' ? { type: 'changed', id: approvalId } : undefined;
}

async function withinSilence<T>(reading: Promise<T>): Promise<T> {
  const timer = Promise.withResolvers<never>();
  const late = setTimeout(() => timer.reject(new Error('the stream fell silent')), SILENCE_MS);
  try {
    return await Promise.race([reading, timer.promise]);
  } finally {
    clearTimeout(late);
  }
}

const messageOf = (error: unknown): string =>
  error instanceof Refused || error instanceof GatewayUnreachable
    ? error.message
    : 'the connection broke';

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end, { once: true });
  });
}
