// Opens the ledger of a folder, says how long that took, waits, and says what memory is left in use.
import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { instant } from '@countersign/core';
import { createSqliteStore } from '../src/index.ts';

const start = performance.now();
const store = await createSqliteStore({
  folder: process.argv[2] ?? '',
  clock: () => instant(Date.now()),
});
const readyMs = performance.now() - start;
await setTimeout(1_000);
const [, kib] = /VmRSS:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
process.stdout.write(JSON.stringify({ readyMs, rssMb: Number(kib) / 1_024 }));
await store.close();
