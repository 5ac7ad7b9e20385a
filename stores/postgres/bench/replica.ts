// One replica of the bench, in a process of its own: node replica.ts URL SCHEMA MODE APPENDERS MS
import { randomBytes, randomUUID } from 'node:crypto';
import pg from 'pg';
import {
  createFrontier,
  createGroupCommit,
  instant,
  makeId,
  ok,
  type AppendOutcome,
  type Sized,
  type Unit,
} from '@countersign/core';
import type { Grow } from '../src/grow.ts';
import { createPostgresStore } from '../src/index.ts';

/** What a replica does: the store, the store on slow disks, the store without its tree, or bare inserts in no order. */
export type Mode = 'store' | 'early' | 'no-tree' | 'insert';

const ENTRY = JSON.stringify({ v: 1, type: 'bench.entry', text: 'x'.repeat(860) });
const [url = '', schema = '', mode = 'store', appenders = '85', ms = '5000'] =
  process.argv.slice(2);
const LEAF = '0'.repeat(32);

/** The same rows with the same lock, nothing hashed: every leaf and peak is the same. */
const noTree: Grow = (head, written) => {
  const entries = written.flatMap(({ unit }) => unit.entries);
  const size = head.size + entries.length;
  const peaks = size
    .toString(2)
    .split('')
    .filter((bit) => bit === '1')
    .map(() => LEAF);
  const bytes = Buffer.from(entries.map((entry) => `\0${entry}`).join(''));
  const root = createFrontier({ size, peaks }).root();
  return { size, root, peaks, leaves: entries.map(() => LEAF), bytes, tiles: [] };
};

type Appending = {
  readonly append: (unit: Unit) => Promise<AppendOutcome>;
  readonly close: () => Promise<void>;
};

/** Bare inserts of the same rows: what the database does without any order of ours. */
async function inserts(): Promise<Appending> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const [replica, leaf] = [randomUUID(), Buffer.alloc(32)];
  const commit = createGroupCommit({
    write: async (batch: readonly Sized[]) => {
      const bytes = Buffer.from(batch.flatMap(({ unit }) => unit.entries).join(''));
      await client.query({
        name: 'insert',
        text: `INSERT INTO ${schema}.plain (stream, ver, leaf, entry)
          SELECT stream, 1, $3::bytea, substring($2::bytea FROM (o::integer - 1) * $4 + 1 FOR $4)
          FROM unnest($1::text[]) WITH ORDINALITY AS u(stream, o)`,
        values: [batch.map(({ unit }) => unit.stream), bytes, leaf, ENTRY.length],
      });
      return batch.map(() => ok({ firstSeq: 0, version: 1 }));
    },
    failure: () => undefined,
    limits: { queuedEvents: 20_000, queuedBytes: 1e9 },
    soon: setImmediate,
  });
  return {
    append: commit.append,
    close: async () => (await commit.stop(), client.end(), void replica),
  };
}

const store: Appending =
  mode === 'insert'
    ? await inserts()
    : await createPostgresStore({
        url,
        schema,
        isEarlyRelease: mode === 'early',
        ...(mode === 'no-tree' && { grow: noTree }),
      });

const latencies: number[] = [];
let isOver = false;
async function appender(): Promise<void> {
  for (;;) {
    if (isOver) return;
    const stream = makeId('act', instant(Date.now()), randomBytes(16));
    const before = performance.now();
    const outcome = await store.append({ stream, expectedVersion: 0, entries: [ENTRY] });
    if (!outcome.ok) throw new Error(`refused: ${outcome.error.code}`);
    latencies.push(performance.now() - before);
  }
}
process.stdout.write('ready\n');
await new Promise<void>((resolve) => process.stdin.once('data', () => resolve()));
const began = performance.now();
const all = Promise.all(Array.from({ length: Number(appenders) }, appender));
await new Promise((resolve) => setTimeout(resolve, Number(ms)));
isOver = true;
await all;
const took = performance.now() - began;
latencies.sort((a, b) => a - b);
process.stdout.write(
  `${JSON.stringify({ perSecond: (latencies.length / took) * 1_000, p50: latencies[latencies.length >> 1], p99: latencies[Math.floor(latencies.length * 0.99)] })}\n`,
);
await store.close();
process.exit(0);
