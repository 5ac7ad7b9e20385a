import { setTimeout as sleep } from 'node:timers/promises';
import type { ActionStatus, Proposal } from '@countersign/sdk';
import {
  again,
  exported,
  perform,
  propose,
  proposed,
  proposeRaw,
  read,
  run,
  told,
  wait,
  type LabAgent,
} from './agent.ts';
import type { Verdict } from './desk.ts';
import type { ActName } from './scenario.ts';

/** Everything an agent does, well-behaved or not; each from proposal to end. */
export const ACT: Readonly<{ [Name in ActName]: (agent: LabAgent) => Promise<void> }> = {
  read: async (agent) => {
    const status = await propose(agent, read(agent.fresh()));
    if (status) await run(agent, status);
  },
  approved: (agent) => held(agent, exported(agent.fresh(), 'customers'), 'approve'),
  quorum: (agent) => held(agent, exported(agent.fresh(), 'contracts'), 'crowd'),
  denied: (agent) => held(agent, exported(agent.fresh(), 'customers'), 'deny'),
  owner: (agent) => held(agent, exported(agent.fresh(), 'customers'), 'owner-first'),
  expired: async (agent) => {
    const status = await propose(agent, exported(agent.fresh(), 'drafts'));
    if (status?.state === 'pending') await wait(agent, status.id);
  },
  cancelled: async (agent) => {
    const status = await propose(agent, exported(agent.fresh(), 'customers'));
    if (status?.state !== 'pending') return;
    await sleep(agent.chance.within([200, 2_000]));
    await cancel(agent, status.id);
  },
  joined,
  retried,
  doubled,
  burst,
};

/** Proposes what people decide, waits, and runs what they allow. */
async function held(agent: LabAgent, proposal: Proposal, verdict: Verdict): Promise<void> {
  const status = await propose(agent, proposal);
  if (status) await seeThrough(agent, status, verdict);
}

async function seeThrough(agent: LabAgent, status: ActionStatus, verdict: Verdict): Promise<void> {
  const { desk, known, notes } = agent;
  const { id, approvalId } = status;
  if (status.state !== 'pending' || approvalId === undefined) return;
  desk.put({ id, approvalId, owner: known.owner, verdict });
  const decided = await wait(agent, id);
  const votedAt = desk.votedAt(id);
  // of several votes the last that was sent need not be the one that decided
  const isTimed = verdict !== 'crowd' && /^(approved|denied)$/.test(decided?.state ?? '');
  if (isTimed && votedAt !== undefined)
    notes.latencies.voteToWaiter.push(performance.now() - votedAt);
  if (decided) await run(agent, decided);
}

async function cancel(agent: LabAgent, id: string): Promise<void> {
  const status = await again(agent, () => agent.client.cancel(id));
  if (status) told(agent.notes, status);
}

/** The same action twice at once, on two replicas, under two keys: they join, and people are asked once. */
async function joined(agent: LabAgent): Promise<void> {
  const proposal = exported(agent.fresh(), 'customers');
  const key = agent.fresh();
  const [first, second] = await Promise.all([
    propose(agent, proposal, { isUnique: false }),
    proposeRaw(agent, proposal, key),
  ]);
  if (second) proposed(agent, second, { key, isUnique: false });
  const status = first ?? second;
  if (status) await seeThrough(agent, status, 'approve');
}

/** The same key twice at once, on two replicas: one action. */
async function retried(agent: LabAgent): Promise<void> {
  const proposal = read(agent.fresh());
  const key = agent.fresh();
  const answers = await Promise.all([
    again(agent, () => agent.client.propose(proposal, { key })),
    proposeRaw(agent, proposal, key),
  ]);
  const statuses = answers.filter((status) => status !== undefined);
  for (const status of statuses) proposed(agent, status, { key, isUnique: true });
  const [status] = statuses;
  if (status) await run(agent, status);
}

/** One grant redeemed twice at once, on two replicas: whoever is released it runs it, and that is one. */
async function doubled(agent: LabAgent): Promise<void> {
  const { client, known, notes, second } = agent;
  const status = await propose(agent, read(agent.fresh()));
  const grant = status?.grant;
  if (!status || grant === undefined) return;
  const headers = {
    authorization: `Bearer ${known.token}`,
    'content-type': 'application/json',
  };
  const body = JSON.stringify({ grant });
  const [first, other] = await Promise.all([
    client.redeem(grant).catch(() => undefined),
    second
      .send({ method: 'POST', path: '/v1/grants/redeem', headers, body, timeoutMs: 10_000 })
      .catch(() => undefined),
  ]);
  const released = [
    ...(first ? [first] : []),
    ...(other?.status === 200 ? [JSON.parse(other.body) as { digest: string }] : []),
  ];
  for (const { digest } of released) notes.ack({ kind: 'redeemed', id: status.id, digest });
  await Promise.all(released.map(() => perform(agent, status.id)));
}

/** More at once than may wait: the rest is turned away, on whichever replica it arrives. */
async function burst(agent: LabAgent): Promise<void> {
  const proposals = Array.from({ length: agent.scenario.pending + 2 }, () =>
    exported(agent.fresh(), 'customers'),
  );
  const answers = await Promise.all(
    proposals.map(async (proposal, i) => {
      if (i % 2 === 0) return propose(agent, proposal);
      const key = agent.fresh();
      const status = await proposeRaw(agent, proposal, key);
      if (status) proposed(agent, status, { key, isUnique: true });
      return status;
    }),
  );
  const waiting = answers.flatMap((status) => (status?.state === 'pending' ? [status.id] : []));
  await Promise.all(waiting.map((id) => cancel(agent, id)));
}
