import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { instant, makeId } from '@countersign/core';
import { createSqliteStore } from '@countersign/store-sqlite';
import type { Figure } from './figure.ts';
import { makeBench, rssOf, startGateway, stopGateway } from './gateway.ts';

const ENTRIES = 1_000_000;
const ENTRY = JSON.stringify({ v: 1, type: 'bench.entry', text: 'x'.repeat(600) });

/** Memory of a gateway nobody talks to, and its start, on a ledger of a million entries. */
export async function benchIdle(): Promise<readonly Figure[]> {
  const bench = makeBench();
  // the first start makes the keys; a folder with a ledger and no keys is refused
  const first = await startGateway(bench);
  await stop(first.child);
  await fill(join(bench.folder, 'data'));
  const { child, readyMs } = await startGateway(bench);
  await new Promise((resolve) => setTimeout(resolve, 5000));
  const rss = rssOf(child.pid ?? 0);
  const bare = await bareNode();
  await stopGateway(child, bench);
  return [
    {
      name: 'idle/rss',
      value: rss,
      unit: 'MB',
      baseline: `bare node:http server: ${bare.toFixed(0)} MB`,
      ratio: rss / bare,
      target: '≤ 180',
      ok: rss <= 180,
    },
    {
      name: 'idle/start-to-ready-1e6',
      value: readyMs,
      unit: 'ms',
      baseline: `the same on an empty ledger: ${first.readyMs.toFixed(0)} ms`,
      ratio: readyMs / first.readyMs,
      target: '≤ 1500',
      ok: readyMs <= 1500,
    },
  ];
}

const clock = () => instant(Date.now());

async function fill(folder: string): Promise<void> {
  const store = await createSqliteStore({ folder, clock });
  const append = async (): Promise<void> => {
    const stream = makeId('act', clock(), randomBytes(16));
    const appended = await store.append({
      stream,
      expectedVersion: 0,
      entries: [ENTRY, ENTRY, ENTRY, ENTRY],
    });
    if (!appended.ok) throw new Error(appended.error.code);
  };
  for (let done = 0; done < ENTRIES; done += 4 * 250)
    await Promise.all(Array.from({ length: 250 }, append));
  await store.close();
}

const stop = (child: {
  kill: (signal: 'SIGTERM') => void;
  once: (event: 'exit', then: () => void) => void;
}): Promise<void> =>
  new Promise((resolve) => {
    child.once('exit', resolve);
    child.kill('SIGTERM');
  });

async function bareNode(): Promise<number> {
  const child = spawn(process.execPath, ['-e', "require('node:http').createServer().listen(0)"], {
    stdio: 'ignore',
  });
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const rss = rssOf(child.pid ?? 0);
  await stop(child);
  return rss;
}
