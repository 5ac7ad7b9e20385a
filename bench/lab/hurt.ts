import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from './database.ts';
import type { Notes } from './notes.ts';
import type { Disk } from './preload.ts';
import type { Probe } from './probe.ts';
import type { Proxy } from './proxy.ts';
import type { Replica } from './replica.ts';
import type { Fault, FaultKind } from './scenario.ts';

/** A fault as it happened; moments in ms of the lab's clock. */
export type Struck = {
  readonly kind: FaultKind;
  readonly from: number;
  /** When what was broken was put right. */
  readonly healedAt: number;
  /** From then until what was hit was ready again; for `kill-holder`, from the kill until the waiter had its answer. */
  readonly backMs: number;
};

/** What faults work on. */
export type Field = {
  readonly replicas: readonly Replica[];
  readonly proxies: readonly Proxy[];
  readonly database?: Database | undefined;
  readonly disk?: Disk | undefined;
  readonly probe: Probe;
  readonly notes: Notes;
};

/** The field while faults are at work on it. */
export type Ground = Field & {
  isDatabaseHurt: boolean;
  /** Whoever takes three replicas at once takes them after the one before. */
  claims: Promise<unknown>;
};

/** Hurts one replica that is whole, as the draw says; undefined when none is. */
export async function onReplica(
  { replicas, proxies, notes }: Ground,
  fault: Fault,
  draw: number,
  hurt: (replica: Replica, proxy: Proxy | undefined) => Promise<void>,
): Promise<Struck | undefined> {
  const whole = await waitFor(() => wholeOf(replicas), 1);
  const replica = whole?.[Math.floor(draw * whole.length)];
  if (!replica) return undefined;
  notes.note('fault', { fault, replica: replica.name });
  replica.isHurt = true;
  const from = Date.now();
  try {
    await hurt(replica, proxies[replicas.indexOf(replica)]);
    const healedAt = fault.kind === 'kill' ? from + fault.down : Date.now();
    await untilReady(replica);
    return { kind: fault.kind, from, healedAt, backMs: Date.now() - healedAt };
  } finally {
    replica.isHurt = false;
  }
}

const wholeOf = (replicas: readonly Replica[]): readonly Replica[] =>
  replicas.filter(({ isHurt, standing }) => !isHurt && standing() === 'up');

const TURN_MS = 10_000;

/** Other faults are at work: waits its turn for a while, and is then left out. */
async function waitFor<T>(
  look: () => readonly T[],
  count: number,
): Promise<readonly T[] | undefined> {
  for (const until = Date.now() + TURN_MS; Date.now() < until; await sleep(50)) {
    const found = look();
    if (found.length >= count) return found;
  }
  return undefined;
}

/** Hurts the database; undefined when another fault is at work on it. */
export async function onDatabase(
  ground: Ground,
  fault: Fault,
  hurt: (database: Database) => Promise<void>,
): Promise<Struck | undefined> {
  const { replicas, database, notes } = ground;
  if (!database || !(await waitFor(() => (ground.isDatabaseHurt ? [] : [database]), 1)))
    return undefined;
  notes.note('fault', { fault });
  ground.isDatabaseHurt = true;
  const from = Date.now();
  try {
    await hurt(database);
    const healedAt = Date.now();
    await Promise.all(replicas.filter(({ isHurt }) => !isHurt).map(untilReady));
    return { kind: fault.kind, from, healedAt, backMs: Date.now() - healedAt };
  } finally {
    ground.isDatabaseHurt = false;
  }
}

/** Kills who holds a waiter, who takes its vote, or both, while the vote is under way. */
export async function onHolder(
  ground: Ground,
  fault: Extract<Fault, { kind: 'kill-holder' }>,
  draw: number,
): Promise<Struck | undefined> {
  const { replicas, probe, notes } = ground;
  const ours = await claimThree(ground);
  if (!ours) return undefined;
  const first = Math.floor(draw * ours.length);
  const [waiter, voter] = [0, 1].map((n) => ours[(first + n) % ours.length]); // the third is spared
  if (!waiter || !voter) return undefined;
  notes.note('fault', { fault, waiter: waiter.name, voter: voter.name });
  const victims = { waiter: [waiter], voter: [voter], both: [waiter, voter] }[fault.of];
  const from = Date.now();
  const kills: Promise<void>[] = [];
  const kill = (): void => void kills.push(...victims.map((one) => one.kill(fault.down)));
  try {
    const at = { waiter: replicas.indexOf(waiter), voter: replicas.indexOf(voter) };
    const backMs = await probe(at, kill);
    await Promise.all(kills);
    if (backMs === undefined) return undefined;
    return { kind: fault.kind, from, healedAt: from, backMs };
  } finally {
    await Promise.allSettled(kills);
    for (const one of ours) one.isHurt = false;
  }
}

const CLAIM_MS = 30_000;

/** Takes three replicas as they become whole: other faults always hurt one of them, and would starve this one. */
function claimThree(ground: Ground): Promise<readonly Replica[] | undefined> {
  const claim = ground.claims.then(() => claimNow(ground));
  ground.claims = claim;
  return claim;
}

async function claimNow(ground: Ground): Promise<readonly Replica[] | undefined> {
  const claimed: Replica[] = [];
  for (const until = Date.now() + CLAIM_MS; Date.now() < until; await sleep(50)) {
    for (const one of wholeOf(ground.replicas).slice(0, 3 - claimed.length)) {
      one.isHurt = true;
      claimed.push(one);
    }
    if (claimed.length === 3 && !ground.isDatabaseHurt) return claimed;
  }
  for (const one of claimed) one.isHurt = false;
  return undefined;
}

const PATIENCE_MS = 60_000;

async function untilReady(replica: Replica): Promise<void> {
  const until = Date.now() + PATIENCE_MS;
  for (; Date.now() < until; await sleep(50))
    if (replica.standing() === 'up' && (await replica.isReady())) return;
  throw new Error(
    `${replica.name} is not ready ${PATIENCE_MS / 1000} s after it was left in peace`,
  );
}
