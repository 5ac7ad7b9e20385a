import { isStatus, type ActionStatus } from './action.ts';
import { pause } from './pause.ts';
import { delayMs, isRetryable, type Transport } from './transport.ts';

/** How to wait for a decision. */
export type Waiting = {
  readonly signal?: AbortSignal;
  /** Stop waiting after this long; the request itself stays open. Default: until it is decided or expires. */
  readonly timeoutMs?: number;
  /** Called with the status at every answer of the gateway. */
  readonly onProgress?: (status: ActionStatus) => void;
  /** Called when the gateway does not answer and will be asked again. */
  readonly onReconnecting?: (error: Error) => void;
  /** How long the gateway may be away before waiting fails. Default two minutes. */
  readonly patienceMs?: number;
  /** Longest single poll, at most 50 s. */
  readonly pollSeconds?: number;
};

/** The status of an action; with `waitSeconds` the answer comes when it is decided, or then. */
export const getStatus = (
  { json }: Transport,
  id: string,
  options: { waitSeconds?: number; tries?: number; signal?: AbortSignal | undefined } = {},
): Promise<ActionStatus> => {
  const { waitSeconds = 0, tries = 5, signal } = options;
  return json({
    method: 'GET',
    path: `/v1/actions/${encodeURIComponent(id)}${waitSeconds > 0 ? `?wait=${waitSeconds}` : ''}`,
    tries,
    isAnswer: isStatus,
    timeoutMs: 15_000 + waitSeconds * 1000,
    ...(signal ? { signal } : {}),
  });
};

/** Resolves when the action is not `pending` any more, or still `pending` when `timeoutMs` is over. */
export async function waitFor(
  transport: Transport,
  id: string,
  waiting: Waiting = {},
): Promise<ActionStatus> {
  const { signal, onProgress, onReconnecting, patienceMs = 120_000, pollSeconds = 50 } = waiting;
  const endsAt = Date.now() + (waiting.timeoutMs ?? Number.POSITIVE_INFINITY);
  let heardAt = Date.now();
  let failures = 0;
  for (;;) {
    const left = endsAt - Date.now();
    const waitSeconds = Math.max(0, Math.min(Math.floor(left / 1000), pollSeconds, 50));
    const askedAt = Date.now();
    try {
      const status = await getStatus(transport, id, { waitSeconds, tries: 1, signal });
      failures = 0;
      heardAt = Date.now();
      onProgress?.(status);
      if (status.state !== 'pending' || heardAt >= endsAt) return status;
      // a gateway that answers early (it is shutting down, or less than a second is left) is not asked in a loop
      if (heardAt - askedAt < 1000) await pause(Math.min(250, endsAt - heardAt), signal);
    } catch (error) {
      if (!isRetryable(error) || Date.now() - heardAt > patienceMs || Date.now() >= endsAt)
        throw error;
      onReconnecting?.(error);
      await pause(delayMs(error, failures++), signal);
    }
  }
}
