import { isSettled, isStatus, type ActionStatus } from './action.ts';
import { GatewayUnreachable } from './errors.ts';
import { pause, reasonOf } from './pause.ts';
import { delayMs, isRetryable, type Transport } from './transport.ts';

/** Nothing heard for this long, not even a ping: the connection is dead. */
const SILENCE_MS = 45_000;
const MOST_FAILURES = 20;

/** Every change of an action until it is settled; reconnects when the gateway goes away. */
export async function* eventsOf(
  transport: Transport,
  id: string,
  signal?: AbortSignal,
): AsyncGenerator<ActionStatus, void, undefined> {
  let last = '';
  for (let failures = 0; ;) {
    try {
      for await (const data of dataOf(transport, id, signal)) {
        const status = statusIn(data, transport.url);
        failures = 0;
        if (data !== last) yield status;
        last = data;
        if (isSettled(status.state)) return;
      }
      throw new GatewayUnreachable(transport.url, 'the stream ended');
    } catch (error) {
      if (signal?.aborted) throw reasonOf(signal);
      if (!isRetryable(error) || failures >= MOST_FAILURES) throw error;
      await pause(delayMs(error, failures++), signal);
    }
  }
}

function statusIn(data: string, url: string): ActionStatus {
  try {
    const status: unknown = JSON.parse(data);
    if (isStatus(status)) return status;
  } catch {} // not JSON: not the gateway's either
  throw new GatewayUnreachable(url, 'the event is not one of the gateway');
}

async function* dataOf(
  transport: Transport,
  id: string,
  signal?: AbortSignal,
): AsyncGenerator<string, void, undefined> {
  const stream = await transport.stream({
    method: 'GET',
    path: `/v1/actions/${encodeURIComponent(id)}/events`,
    headers: { accept: 'text/event-stream' },
    ...(signal ? { signal } : {}),
  });
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  const stop = (): void => void reader.cancel().catch(() => undefined);
  signal?.addEventListener('abort', stop, { once: true });
  try {
    let buffer = '';
    for (;;) {
      const { done, value } = await withinSilence(reader.read(), transport.url);
      if (done) return;
      const blocks = (buffer + value).split(/\r?\n\r?\n/);
      buffer = blocks.pop() ?? '';
      for (const block of blocks) {
        const lines = block.split(/\r?\n/).filter((line) => line.startsWith('data:'));
        if (lines.length > 0) yield lines.map((line) => line.slice(5).trimStart()).join('\n');
      }
    }
  } catch (error) {
    if (error instanceof GatewayUnreachable) throw error;
    throw new GatewayUnreachable(transport.url, 'the stream broke', error);
  } finally {
    signal?.removeEventListener('abort', stop);
    stop();
  }
}

async function withinSilence<T>(reading: Promise<T>, url: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new GatewayUnreachable(url, 'the stream fell silent')),
      SILENCE_MS,
    );
  });
  try {
    return await Promise.race([reading, silence]);
  } finally {
    clearTimeout(timer);
  }
}
