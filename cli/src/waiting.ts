import { type ActionStatus, type Client } from '@countersign/sdk';
import type { Io } from './io.ts';
import { createProgress } from './progress.ts';

/** How waiting ended: the status, and the exit code of whoever interrupted it. */
export type Waited = { readonly status: ActionStatus; readonly interruptedBy?: number };

/** Waits for a decision where a person can see it. Whoever interrupts withdraws the request. */
export async function waitShown(
  io: Io,
  client: Client,
  pending: ActionStatus,
  options: { readonly timeoutMs?: number } = {},
): Promise<Waited> {
  const progress = createProgress(io);
  const stop = new AbortController();
  let interruptedBy = 0;
  const release = io.onInterrupt((exitCode) => {
    interruptedBy = exitCode;
    stop.abort();
  });
  progress.show(pending);
  try {
    const status = await client.wait(pending.id, {
      ...options,
      signal: stop.signal,
      pollSeconds: 15,
      onProgress: progress.show,
      onReconnecting: ({ message }) => progress.note(`${message}; trying again`),
    });
    return { status };
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    progress.note(`withdrawing ${pending.id}`);
    return { status: await client.cancel(pending.id), interruptedBy };
  } finally {
    release();
    progress.stop();
  }
}
