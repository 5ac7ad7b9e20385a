import { isStatus, type ActionStatus, type Proposal } from './action.ts';
import { Refused } from './errors.ts';
import { reasonOf } from './pause.ts';
import { snapshot } from './snapshot.ts';
import type { Transport } from './transport.ts';
import { getStatus } from './wait.ts';

/** Sends a proposal. Every one has a key, so sending it again finds the same action. */
export const propose = (
  { json }: Transport,
  proposal: Proposal,
  { key, signal }: { key?: string | undefined; signal?: AbortSignal | undefined } = {},
): Promise<ActionStatus> =>
  json({
    method: 'POST',
    path: '/v1/actions',
    body: { ...proposal, arguments: snapshot(proposal.arguments) },
    headers: { 'idempotency-key': key ?? crypto.randomUUID() },
    tries: 5,
    isAnswer: isStatus,
    ...(signal ? { signal } : {}),
  });

/** The same for a caller who may stop meanwhile: then whatever was recorded is withdrawn. */
export async function proposeUnlessStopped(
  transport: Transport,
  proposal: Proposal,
  key: string | undefined,
  signal: AbortSignal | undefined,
): Promise<ActionStatus> {
  if (signal?.aborted) throw reasonOf(signal);
  const proposing = propose(transport, proposal, { key });
  if (!signal) return proposing;
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      reject(reasonOf(signal));
      proposing.then(({ id }) => cancelAction(transport, id)).catch(() => undefined); // it was not recorded, or is settled already
    };
    signal.addEventListener('abort', stop, { once: true });
    proposing.finally(() => signal.removeEventListener('abort', stop)).then(resolve, reject);
  });
}

/** Withdraws an action that did not run. When an earlier try was heard although its answer was lost, that is success. */
export async function cancelAction(transport: Transport, id: string): Promise<ActionStatus> {
  try {
    return await transport.json({
      method: 'POST',
      path: `/v1/actions/${encodeURIComponent(id)}/cancel`,
      body: {},
      tries: 5,
      isAnswer: isStatus,
    });
  } catch (error) {
    if (!(error instanceof Refused) || error.retryable) throw error;
    const status = await getStatus(transport, id);
    if (status.state === 'cancelled') return status;
    throw error;
  }
}
