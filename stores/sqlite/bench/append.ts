import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { instant, makeId, type Clock, type LedgerStore } from '@countersign/core';
import { openWriter } from '../src/database.ts';
import { createSqliteStore } from '../src/index.ts';

/** One measured number beside what it must reach. */
export type Figure = {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly baseline: number | null;
  readonly ratio?: number;
  readonly target: string;
  readonly ok: boolean;
};

const clock: Clock = () => instant(Date.now());
const PLAIN = new URL('./plain-worker.ts', import.meta.url);
const ENTRY = JSON.stringify({ v: 1, type: 'bench.entry', text: 'x'.repeat(860) });
const MILLION = 1_000_000;
const now = (): number => performance.now();
const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** Appends one entry to a stream of its own. */
async function appendOne(store: LedgerStore): Promise<void> {
  const stream = makeId('act', clock(), randomBytes(16));
  const result = await store.append({ stream, expectedVersion: 0, entries: [ENTRY] });
  if (!result.ok) throw new Error(`refused: ${result.error.code}`);
}

/** Entries per second of `appenders` that each append one entry after the other. */
async function rate(store: LedgerStore, appenders: number, count: number): Promise<number> {
  const start = now();
  let left = count;
  const appender = async (): Promise<void> => {
    while (left-- > 0) await appendOne(store);
  };
  await Promise.all(Array.from({ length: appenders }, appender));
  return (count / (now() - start)) * 1_000;
}

/** p50 of a single append, and of one durable commit of the same row on this thread, in turns. */
async function latencies(store: LedgerStore, folder: string): Promise<readonly [number, number]> {
  mkdirSync(folder);
  const db = openWriter(folder);
  const insert = db.prepare(
    'INSERT INTO events (seq, stream, ver, leaf, entry) VALUES (?, ?, 1, ?, ?)',
  );
  const [leaf, entry] = [Buffer.alloc(32), Buffer.from(ENTRY)];
  const [appends, commits]: [number[], number[]] = [[], []];
  for (let i = 0; i < 4_000; i++) {
    const before = now();
    insert.run(i, makeId('act', clock(), randomBytes(16)), leaf, entry);
    const between = now();
    await appendOne(store);
    appends.push(now() - between);
    commits.push(between - before);
  }
  db.close();
  return [median(appends), median(commits)];
}

/** Brings a ledger to a size with large units. */
async function fill(store: LedgerStore, size: number): Promise<void> {
  const from = (await store.head()).size;
  let left = size - from;
  const appender = async (): Promise<void> => {
    while (left > 0) {
      const count = Math.min(250, left);
      left -= count;
      const stream = makeId('act', clock(), randomBytes(16));
      const entries = Array.from({ length: count }, () => ENTRY);
      const result = await store.append({ stream, expectedVersion: 0, entries });
      if (!result.ok) throw new Error(`refused: ${result.error.code}`);
    }
  };
  await Promise.all([appender(), appender(), appender(), appender()]);
}

const atMost = (
  name: string,
  value: number,
  unit: string,
  most: number,
  baseline: number | null = null,
): Figure => ({
  name,
  value,
  unit,
  baseline,
  ...(baseline !== null && { ratio: value / baseline }),
  target: baseline === null ? `≤ ${most} ${unit}` : `≤ ${most} × baseline`,
  ok: (baseline === null ? value : value / baseline) <= most,
});

/** Measures the embedded store: what the tree costs, what an append costs early and late, and starting. */
export async function benchAppend(): Promise<Figure[]> {
  const root = mkdtempSync(join(tmpdir(), 'countersign-bench-'));
  try {
    return [...(await treeFigures(root)), ...(await growthFigures(join(root, 'grown')))];
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

async function treeFigures(root: string): Promise<readonly Figure[]> {
  const merkle = await createSqliteStore({ folder: join(root, 'merkle'), clock });
  const plain = await createSqliteStore({ folder: join(root, 'plain'), clock, worker: PLAIN });
  const rates: [number[], number[]] = [[], []];
  await rate(merkle, 64, 10_000);
  await rate(plain, 64, 10_000);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  for (let round = 0; round < 21; round++) {
    delay.enable();
    rates[0].push(await rate(merkle, 256, 15_000));
    delay.disable();
    rates[1].push(await rate(plain, 256, 15_000));
  }
  const [append, commit] = await latencies(merkle, join(root, 'direct'));
  await Promise.all([merkle.close(), plain.close()]);
  // neighbouring rounds are compared, so that a slow spell of the disk meets both
  const ratio = median(rates[0].map((value, i) => value / (rates[1][i] ?? Number.NaN)));
  return [
    {
      name: 'append/with-tree',
      value: median(rates[0]),
      unit: 'entries/s',
      baseline: median(rates[1]),
      ratio,
      target: '≥ 0.8 × baseline',
      ok: ratio >= 0.8,
    },
    atMost('append/loop-delay-p99', delay.percentile(99) / 1e6, 'ms', 10),
    atMost('append/p50', append, 'ms', 2, commit),
  ];
}

async function growthFigures(folder: string): Promise<readonly Figure[]> {
  const store = await createSqliteStore({ folder, clock });
  const windows = async (): Promise<number> => {
    const rates: number[] = [];
    for (let i = 0; i < 5; i++) rates.push(await rate(store, 64, 8_000));
    return 1e6 / median(rates);
  };
  await fill(store, 1_000);
  const early = await windows();
  await fill(store, MILLION);
  const late = await windows();
  await store.close();
  const { readyMs, rssMb } = idle(folder);
  return [
    atMost('append/at-1e6', late, 'µs/entry', 1.25, early),
    atMost('append/open-at-1e6', readyMs, 'ms', 1_500),
    atMost('append/idle-rss-at-1e6', rssMb, 'MB', 180),
  ];
}

/** Opens the ledger in a process of its own and lets it idle. */
function idle(folder: string): { readonly readyMs: number; readonly rssMb: number } {
  const script = fileURLToPath(new URL('./idle.ts', import.meta.url));
  const args = ['--conditions=@countersign/source', script, folder];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
}
