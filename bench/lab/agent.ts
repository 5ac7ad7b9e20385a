import { setTimeout as sleep } from 'node:timers/promises';
import {
  createClient,
  isSettled,
  Refused,
  type ActionStatus,
  type Client,
  type Proposal,
} from '@countersign/sdk';
import { persist, type Caller } from './caller.ts';
import type { Chance } from './chance.ts';
import type { Desk } from './desk.ts';
import type { KnownAgent } from './installation.ts';
import type { Notes } from './notes.ts';
import type { Scenario } from './scenario.ts';

/** One agent, which is its own executor. It remembers every acknowledgement it gets. */
export type LabAgent = {
  readonly known: KnownAgent;
  readonly chance: Chance;
  readonly scenario: Scenario;
  readonly desk: Desk;
  readonly notes: Notes;
  readonly client: Client;
  /** A connection of its own to another replica than the client's. */
  readonly second: Caller;
  /** A name nothing else in the run has. */
  readonly fresh: () => string;
  readonly signal: AbortSignal;
};

/** How long a client keeps trying what is safe to try again. */
const PATIENCE_MS = 60_000;

export function createLabAgent(
  parts: Omit<LabAgent, 'client' | 'fresh'> & { readonly caller: Caller },
): LabAgent {
  const { caller, known, ...rest } = parts;
  let made = 0;
  // the address is only a name: the caller knows where the replicas are
  const client = createClient({
    url: 'http://127.0.0.1',
    token: known.token,
    fetch: caller.fetch,
  });
  return { ...rest, known, client, fresh: () => `${known.id}-${++made}` };
}

export const read = (unique: string): Proposal => ({
  type: 'sql.select',
  resource: { type: 'Database', id: 'crm' },
  arguments: { table: 'customers', columns: ['company'], where: { id: unique }, limit: 3 },
});

export const exported = (unique: string, table: string): Proposal => ({
  type: 'sql.export',
  resource: { type: 'Database', id: 'crm' },
  arguments: { table, columns: ['company'], destination: `${unique}.csv` },
});

/** Proposes through the SDK, mostly with a key; undefined when it gave up. Without a key nothing is sent twice. */
export async function propose(
  agent: LabAgent,
  proposal: Proposal,
  { isUnique = true }: { readonly isUnique?: boolean } = {},
): Promise<ActionStatus | undefined> {
  const { chance, scenario, fresh, notes } = agent;
  const isKeyed = chance.next() >= scenario.keyless;
  const key = fresh();
  const sentAt = performance.now();
  const status = isKeyed
    ? await again(agent, () => agent.client.propose(proposal, { key, signal: agent.signal }))
    : await proposeRaw(agent, proposal);
  if (!status) return undefined;
  notes.latencies.propose.push(performance.now() - sentAt);
  proposed(agent, status, isKeyed ? { key, isUnique } : { isUnique });
  return status;
}

export function proposed(
  { known, notes }: LabAgent,
  status: ActionStatus,
  about: { readonly key?: string; readonly isUnique: boolean },
): void {
  notes.ack({ kind: 'proposed', id: status.id, agent: known.id, ...about });
  told(notes, status);
}

/** What an agent was told of an action is held against its end. */
export function told(notes: Notes, { id, state }: ActionStatus): void {
  if (state !== 'pending') notes.ack({ kind: 'told', id, state });
}

/** Proposes over the second connection; without a key once, with one until it is answered. */
export async function proposeRaw(
  { known, second }: LabAgent,
  proposal: Proposal,
  key?: string,
): Promise<ActionStatus | undefined> {
  const ask = {
    method: 'POST',
    path: '/v1/actions',
    headers: {
      authorization: `Bearer ${known.token}`,
      'content-type': 'application/json',
      ...(key === undefined ? {} : { 'idempotency-key': key }),
    },
    body: JSON.stringify(proposal),
    timeoutMs: 10_000,
  };
  const answer =
    key === undefined
      ? await second.send(ask).catch(() => undefined)
      : await persist(second, ask, PATIENCE_MS);
  return answer && answer.status < 300 ? (JSON.parse(answer.body) as ActionStatus) : undefined;
}

/** Waits as an agent does, whatever happens to the gateways meanwhile. */
export async function wait(agent: LabAgent, id: string): Promise<ActionStatus | undefined> {
  const status = await again(agent, () =>
    agent.client.wait(id, { signal: agent.signal, patienceMs: PATIENCE_MS }),
  );
  if (status) told(agent.notes, status);
  return status;
}

/** Spends the grant, runs what was released, reports. What is not released is not run. */
export async function run(agent: LabAgent, { grant, id }: ActionStatus): Promise<void> {
  const { client, notes } = agent;
  if (grant === undefined) return;
  const released = await again(agent, () => client.redeem(grant));
  if (!released) return;
  notes.ack({ kind: 'redeemed', id: released.actionId, digest: released.digest });
  await perform(agent, id);
}

/** The side effect and its report. */
export async function perform(agent: LabAgent, id: string): Promise<void> {
  const { chance, client, notes, scenario } = agent;
  notes.ack({ kind: 'ran', id });
  await sleep(chance.within(scenario.think.run));
  const outcome = chance.next() < 0.9 ? 'executed' : 'failed';
  const status = await again(agent, () => client.report(id, { outcome }));
  // a report that came after the deadline closes what had become unknown
  if (status) notes.ack({ kind: 'reported', id, outcome });
  if (status && isSettled(status.state)) told(notes, status);
}

/** The SDK tries a few times; a patient client goes on. Undefined once it is refused, or out of patience. */
export async function again<T>(
  { notes, signal }: Pick<LabAgent, 'notes' | 'signal'>,
  call: () => Promise<T>,
): Promise<T | undefined> {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await call();
    } catch (error) {
      const isRetryable = (error as { retryable?: boolean }).retryable === true;
      if (error instanceof Refused && !isRetryable) {
        notes.note('refused', { code: error.code });
        return undefined;
      }
      if (signal.aborted) return undefined;
      if (!isRetryable || performance.now() > until) {
        notes.counts.gaveUp++;
        notes.note('gave-up', { message: String(error) });
        return undefined;
      }
    }
  }
}
