// What the tests of this store share: schemas of their own, appenders, and what is asked of a ledger afterwards.
import { randomBytes } from 'node:crypto';
import {
  createTree,
  hashLeaf,
  toBytes,
  type AppendOutcome,
  type LedgerStore,
} from '@countersign/core';
import { createPostgresStore, migrate, type PostgresStore } from '../src/index.ts';

/** An empty ledger in a schema of its own. */
export async function newLedger(url: string): Promise<{ url: string; schema: string }> {
  const access = { url, schema: `t${randomBytes(6).toString('hex')}` };
  await migrate(access);
  return access;
}

export const open = (
  access: { readonly url: string; readonly schema: string },
  more: Partial<Parameters<typeof createPostgresStore>[0]> = {},
): Promise<PostgresStore> => createPostgresStore({ ...access, connections: 2, ...more });

/** The same address by way of another port. */
export const through = (url: string, port: number): string => {
  const to = new URL(url);
  to.port = String(port);
  return to.href;
};

/** Units that somebody was told are durable, by entry. */
export type Acks = Map<string, number>;

/** Somebody who appends. */
type Appender = { readonly failures: readonly string[]; readonly stop: () => Promise<void> };

/** Appends units of two entries, one after the other, until told to stop; keeps what was acknowledged and what failed. */
export function appender(store: LedgerStore, name: string, acks: Acks): Appender {
  let isOver = false;
  const failures: string[] = [];
  const run = async (): Promise<void> => {
    for (let i = 0; ; i++) {
      if (isOver) return;
      const stream = `act_${name}_${i}`;
      const entries = [`{"a":"${stream}"}`, `{"b":"${stream}"}`];
      const outcome: AppendOutcome | undefined = await store
        .append({ stream, expectedVersion: 0, entries, claims: [{ name: stream }] })
        .catch((cause: unknown) => void failures.push(String((cause as { code?: unknown }).code)));
      if (!outcome) await new Promise((resolve) => setTimeout(resolve, 20));
      else if (outcome.ok) acks.set(stream, outcome.value.firstSeq);
      else failures.push(`refused ${outcome.error.code}`);
    }
  };
  const running = run();
  return {
    failures,
    stop: () => {
      isOver = true;
      return running;
    },
  };
}

/** Everything that is lost, doubled or broken; empty is what it must be. */
export async function damageOf(store: LedgerStore, acks: Acks): Promise<readonly string[]> {
  const { size, root } = await store.head();
  const damage: string[] = [];
  const tree = createTree();
  const seen = new Map<string, number>();
  for (let from = 0; from < size; from += 10_000)
    for (const { seq, stream, version, entry } of await store.range(
      from,
      Math.min(size, from + 10_000),
    )) {
      if (seq !== tree.size()) damage.push(`gap before ${seq}`);
      if (version !== (seen.get(stream) ?? 0) + 1) damage.push(`${stream} has no ${version} here`);
      seen.set(stream, version);
      tree.push(hashLeaf(Buffer.from(entry)));
    }
  if (tree.size() !== size) damage.push(`head says ${size}, there are ${tree.size()}`);
  if (Buffer.compare(toBytes(tree.root()), root) !== 0) damage.push('root differs');
  for (const [stream, version] of seen) if (version !== 2) damage.push(`${stream} is half there`);
  for (const [stream, seq] of acks) {
    const [first] = await store.read(stream);
    if (first?.seq !== seq) damage.push(`acknowledged ${stream} at ${seq}, found ${first?.seq}`);
  }
  return damage;
}
