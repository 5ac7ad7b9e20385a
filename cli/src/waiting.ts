import type { ActionStatus, Client } from '@countersign/sdk';
import type { Io } from './io.ts';
import { createProgress } from './progress.ts';

/** How waiting ended: the status, and the exit code of whoever interrupted it. */
export type Waited = { readonly status: ActionStatus; readonly interruptedBy?: number };

type Waiting = NonNullable<Parameters<Client['wait']>[1]>;

/** Waits for a decision where a person can see it. Whoever interrupts withdraws the request. */
export async function waitShown(
  io: Io,
  client: Client,
  asked: ActionStatus,
  options: { readonly timeoutMs?: number } = {},
): Promise<Waited> {
  const progress = createProgress(io);
  const stop = new AbortController();
  let interruptedBy = 0;
  const release = io.onInterrupt((exitCode) => {
    interruptedBy = exitCode;
    stop.abort();
  });
  let now = asked;
  let isAway = false;
  progress.show(asked);
  const next = ({ id }: ActionStatus, status: ActionStatus): void => {
    progress.note(`a person edited the arguments: ${status.id} takes the place of ${id}`);
    progress.show(status);
    now = status;
  };
  try {
    const status = await waitForLast(client, asked, next, {
      ...options,
      signal: stop.signal,
      pollSeconds: 15,
      onProgress: (shown) => {
        if (isAway) progress.note('the gateway answers again');
        isAway = false;
        progress.show(shown);
      },
      onReconnecting: ({ message }) => {
        if (!isAway) progress.note(`${message}; trying again`);
        isAway = true;
      },
    });
    return { status };
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    const last = await lastOf(client, await client.status(now.id), next);
    progress.note(`withdrawing ${last.id}`);
    return { status: await client.cancel(last.id), interruptedBy };
  } finally {
    release();
    progress.stop();
  }
}

type Next = (from: ActionStatus, to: ActionStatus) => void;

/** Edited arguments are another action: what people approve there is what is waited for, and what runs (R3). */
async function waitForLast(
  client: Client,
  asked: ActionStatus,
  next: Next,
  { timeoutMs, ...options }: Waiting,
): Promise<ActionStatus> {
  const endsAt = timeoutMs === undefined ? undefined : Date.now() + timeoutMs;
  const limit = (): Waiting =>
    endsAt === undefined ? {} : { timeoutMs: Math.max(0, endsAt - Date.now()) };
  let status = await lastOf(client, asked, next);
  while (status.state === 'pending') {
    status = await client.wait(status.id, { ...options, ...limit() });
    if (status.state !== 'superseded') break;
    status = await lastOf(client, status, next);
  }
  return status;
}

/** Where a chain of edits leads. */
async function lastOf(client: Client, from: ActionStatus, next: Next): Promise<ActionStatus> {
  const seen = new Set<string>();
  let status = from;
  for (;;) {
    const { id, state, successor } = status;
    seen.add(id);
    if (state !== 'superseded' || successor === undefined || seen.has(successor)) return status;
    const after = await client.status(successor);
    next(status, after);
    status = after;
  }
}
