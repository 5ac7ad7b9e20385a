import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from './database.ts';
import type { Probe } from './probe.ts';
import type { Notes } from './notes.ts';
import type { Disk } from './preload.ts';
import type { Proxy } from './proxy.ts';
import type { Replica } from './replica.ts';
import type { Fault, FaultKind } from './scenario.ts';
import type { Planned } from './schedule.ts';

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

/** Lets every planned fault happen at its time; resolves with those that did, once all is healed. */
export async function strikeAll(
  field: Field,
  planned: readonly Planned[],
): Promise<readonly Struck[]> {
  const startedAt = Date.now();
  const struck: Struck[] = [];
  const strikes = planned.map(async ({ at, fault, draw }) => {
    await sleep(startedAt + at - Date.now());
    try {
      const one = await strike(field, fault, draw);
      if (one) struck.push(one);
      field.notes.note(one ? 'fault-over' : 'fault-skipped', { fault, ...one });
    } catch (error) {
      const detail = `after \`${fault.kind}\`: ${error instanceof Error ? error.message : String(error)}`;
      field.notes.violation({ rule: 'replica-not-back', seqs: [], ids: [], detail });
    }
  });
  await Promise.all(strikes);
  return struck;
}

async function strike(field: Field, fault: Fault, draw: number): Promise<Struck | undefined> {
  switch (fault.kind) {
    case 'kill':
      return onReplica(field, fault, draw, async ({ kill }) => {
        await kill(fault.down); // which waits until it is ready
      });
    case 'pause':
      return onReplica(field, fault, draw, async ({ pause, resume }) => {
        pause();
        await sleep(fault.for);
        resume();
      });
    case 'partition':
      return onReplica(field, fault, draw, (replica, proxy) => cut(field, fault, replica, proxy));
    case 'delay':
      return onReplica(field, fault, draw, async (_, proxy) => {
        proxy?.set({ kind: 'delay', ms: fault.by });
        await sleep(fault.for);
        proxy?.set({ kind: 'open' });
      });
    case 'database-restart':
      return onDatabase(field, fault, ({ restart }) => restart(fault.how, fault.down));
    case 'database-pause':
      return onDatabase(field, fault, ({ pause }) => pause(fault.for));
    case 'full-disk':
      return field.disk
        ? onReplica(field, fault, draw, async () => {
            field.disk?.fill(true);
            await sleep(fault.for);
            field.disk?.fill(false);
          })
        : onDatabase(field, fault, ({ fill }) => fill(fault.for));
    case 'kill-holder':
      return holder(field, fault, draw);
  }
}

/** Cuts a replica off from the database. It must say so before the end; that it releases nothing, the ledger shows. */
async function cut(
  { notes }: Field,
  fault: Extract<Fault, { kind: 'partition' }>,
  replica: Replica,
  proxy: Proxy | undefined,
): Promise<void> {
  proxy?.set({ kind: fault.how });
  await sleep(fault.for * 0.9);
  if (await replica.isReady()) {
    const detail = `\`/readyz\` said ready ${(fault.for * 0.9) / 1000} s after it lost the database (${fault.how})`;
    notes.violation({ rule: 'partition-untold', seqs: [], ids: [replica.name], detail });
  }
  await sleep(fault.for * 0.1);
  proxy?.set({ kind: 'open' });
}

/** Hurts one replica that is whole, as the draw says; undefined when none is. */
async function onReplica(
  { replicas, proxies, notes }: Field,
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

let isDatabaseHurt = false;

async function onDatabase(
  { replicas, database, notes }: Field,
  fault: Fault,
  hurt: (database: Database) => Promise<void>,
): Promise<Struck | undefined> {
  if (!database || !(await waitFor(() => (isDatabaseHurt ? [] : [database]), 1))) return undefined;
  notes.note('fault', { fault });
  isDatabaseHurt = true;
  const from = Date.now();
  try {
    await hurt(database);
    const healedAt = Date.now();
    await Promise.all(replicas.filter(({ isHurt }) => !isHurt).map(untilReady));
    return { kind: fault.kind, from, healedAt, backMs: Date.now() - healedAt };
  } finally {
    isDatabaseHurt = false;
  }
}

async function holder(
  { replicas, probe, notes }: Field,
  fault: Extract<Fault, { kind: 'kill-holder' }>,
  draw: number,
): Promise<Struck | undefined> {
  const whole = await waitFor(() => (isDatabaseHurt ? [] : wholeOf(replicas)), 3);
  if (!whole) return undefined;
  const first = Math.floor(draw * whole.length);
  const [waiter, voter, third] = [0, 1, 2].map((n) => whole[(first + n) % whole.length]);
  if (!waiter || !voter || !third) return undefined;
  for (const one of [waiter, voter, third]) one.isHurt = true; // the third is spared
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
    for (const one of [waiter, voter, third]) one.isHurt = false;
  }
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
