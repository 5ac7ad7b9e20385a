import { setTimeout as sleep } from 'node:timers/promises';
import { ACT } from './acts.ts';
import { createLabAgent, type LabAgent } from './agent.ts';
import { createCaller, type Caller, type Counts } from './caller.ts';
import type { Chance } from './chance.ts';
import { createDesk, type Reviewer } from './desk.ts';
import type { Installation } from './installation.ts';
import type { Notes } from './notes.ts';
import { createProbe, type Probe } from './probe.ts';
import type { Scenario } from './scenario.ts';
import type { Wire } from './wire.ts';

/** Everyone who uses the gateways. */
export type Load = {
  /** Lives until the moment, then ends what it has begun; resolves when all have. */
  readonly live: (until: number) => Promise<void>;
  readonly probe: Probe;
};

const ENDING_MS = 90_000;
/** How often an agent goes to another replica for no reason, as clients behind a balancer do. */
const MOVES = 0.2;
const LIST_MS = [5_000, 15_000] as const;

export function createLoad(parts: {
  readonly installation: Installation;
  readonly scenario: Scenario;
  readonly wires: readonly Wire[];
  readonly chance: Chance;
  readonly notes: Notes;
}): Load {
  const { installation, scenario, wires, chance, notes } = parts;
  const over = new AbortController();
  const counts: Counts = {
    onDone: () => void notes.done.push(Date.now()),
    onUnavailable: ({ headers, body }) => {
      notes.counts.unavailable++;
      if (headers['retry-after'] !== undefined) return;
      const detail = `503 without Retry-After: ${body.slice(0, 200)}`;
      notes.violation({ rule: 'unavailable-untold', seqs: [], ids: [], detail });
    },
    onLost: () => void notes.counts.lost++,
  };
  const reviewers = installation.reviewers.map((known, i): Reviewer => ({
    ...known,
    caller: createCaller(wires, i, counts),
  }));
  const desk = createDesk({ reviewers, scenario, chance: chance.fork('desk'), notes });
  const probing = installation.agents.at(-1);
  const others = installation.agents.slice(0, -1);
  if (!probing) throw new RangeError('no agents');
  const [reviewer] = reviewers.filter(({ id }) => id !== probing.owner);
  if (!reviewer) throw new RangeError('no reviewers');
  const shared = { scenario, desk, notes, signal: over.signal };

  // one agent for all probes: its names never repeat
  const ownCaller = createCaller(wires, 0, counts);
  const prober = createLabAgent({
    ...shared,
    known: probing,
    chance: chance.fork(probing.id),
    caller: ownCaller,
    second: createCaller(wires, 1, counts),
  });
  const probe = createProbe({
    wires,
    counts,
    notes,
    reviewer,
    agentAt: (replica) => {
      ownCaller.moveTo(replica);
      return prober;
    },
  });

  const pairs = others.map((known, i) => {
    const caller = createCaller(wires, i, counts);
    const second = createCaller(wires, i + 1, counts);
    const own = chance.fork(known.id);
    return { caller, agent: createLabAgent({ ...shared, known, chance: own, caller, second }) };
  });
  return {
    probe,
    live: async (until) => {
      const timer = setTimeout(() => over.abort(), until - Date.now() + ENDING_MS);
      await Promise.all([
        ...pairs.map(({ agent, caller }) => liveAs(agent, caller, wires.length, until)),
        ...reviewers.map((one) => browse(one, chance.fork(one.id), until)),
      ]);
      await desk.idle();
      clearTimeout(timer);
    },
  };
}

async function liveAs(
  agent: LabAgent,
  caller: Caller,
  replicas: number,
  until: number,
): Promise<void> {
  const { chance, scenario, notes, second } = agent;
  await sleep(chance.within([0, scenario.think.agent[1]]));
  while (Date.now() < until) {
    const act = chance.weighted(scenario.mix);
    if (chance.next() < MOVES) caller.moveTo(Math.floor(chance.next() * replicas));
    second.moveTo(caller.at() + 1);
    notes.acts.set(act, (notes.acts.get(act) ?? 0) + 1);
    try {
      await ACT[act](agent);
    } catch (error) {
      notes.counts.gaveUp++;
      notes.note('act-failed', { act, message: String(error) });
    }
    await sleep(Math.min(chance.within(scenario.think.agent), Math.max(0, until - Date.now())));
  }
}

/** Looks at what waits, now and then, as people do. */
async function browse({ token, caller }: Reviewer, chance: Chance, until: number): Promise<void> {
  const headers = { authorization: `Bearer ${token}` };
  const ask = { method: 'GET', path: '/v1/approvals?limit=20', headers, timeoutMs: 10_000 };
  while (Date.now() < until) {
    await sleep(chance.within(LIST_MS));
    await caller.send(ask).catch(() => undefined);
  }
}
