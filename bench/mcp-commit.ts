// Prints the median in ms of what is durable before an allowed call runs: one unit of entries as the gateway's own store writes them.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { instant, makeId } from '@countersign/core';
import { createSqliteStore } from '@countersign/store-sqlite';

const ENTRIES = Number(process.argv[2] ?? 4);
const clock = () => instant(Date.now());
const folder = mkdtempSync(join(tmpdir(), 'countersign-bench-'));
const store = await createSqliteStore({ folder, clock });
const entry = JSON.stringify({ v: 1, type: 'bench.entry', text: 'x'.repeat(600) });
const samples: number[] = [];
for (let i = 0; i < 600; i++) {
  const at = performance.now();
  const appended = await store.append({
    stream: makeId('act', clock(), randomBytes(16)),
    expectedVersion: 0,
    entries: Array.from({ length: ENTRIES }, () => entry),
  });
  if (!appended.ok) throw new Error(appended.error.code);
  samples.push(performance.now() - at);
}
await store.close();
rmSync(folder, { recursive: true });
const sorted = samples.slice(100).toSorted((a, b) => a - b);
process.stdout.write(`${sorted[Math.floor(sorted.length / 2)] ?? Number.NaN}\n`);
process.exit(0);
