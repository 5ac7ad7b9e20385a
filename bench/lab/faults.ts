import { setTimeout as sleep } from 'node:timers/promises';
import { onDatabase, onHolder, onReplica, type Field, type Ground, type Struck } from './hurt.ts';
import type { Proxy } from './proxy.ts';
import type { Replica } from './replica.ts';
import type { Fault } from './scenario.ts';
import type { Planned } from './schedule.ts';

/** Lets every planned fault happen at its time; resolves with those that did, once all is healed. */
export async function strikeAll(
  field: Field,
  planned: readonly Planned[],
): Promise<readonly Struck[]> {
  const startedAt = Date.now();
  const ground: Ground = { ...field, isDatabaseHurt: false, claims: Promise.resolve() };
  const struck: Struck[] = [];
  const strikes = planned.map(async ({ at, fault, draw }) => {
    await sleep(startedAt + at - Date.now());
    try {
      const one = await strike(ground, fault, draw);
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

async function strike(field: Ground, fault: Fault, draw: number): Promise<Struck | undefined> {
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
      return onHolder(field, fault, draw);
  }
}

/** Cuts a replica off from the database. It must say so before the end; that it releases nothing, the ledger shows. */
async function cut(
  { notes }: Field,
  fault: Extract<Fault, { kind: 'partition' }>,
  replica: Replica,
  proxy: Proxy | undefined,
): Promise<void> {
  const from = Date.now();
  const until = from + fault.for;
  proxy?.set({ kind: fault.how });
  let why: string | undefined;
  for (; why === undefined && Date.now() < until; await sleep(250)) why = await replica.whyNot();
  const about = { replica: replica.name, how: fault.how, why, afterMs: Date.now() - from };
  notes.note('partition-told', about);
  if (why === undefined) {
    const detail = `\`/readyz\` did not say why it could not write for ${fault.for / 1000} s (${fault.how})`;
    notes.violation({ rule: 'partition-untold', seqs: [], ids: [replica.name], detail });
  }
  await sleep(until - Date.now());
  proxy?.set({ kind: 'open' });
}
