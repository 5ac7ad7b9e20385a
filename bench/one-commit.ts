// Prints the median in ms of one durable commit of one 1 KB row by SQLite (WAL, synchronous=FULL).
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const folder = mkdtempSync(join(tmpdir(), 'countersign-bench-'));
const db = new DatabaseSync(join(folder, 'one.db'));
db.exec('PRAGMA journal_mode=WAL');
db.exec('PRAGMA synchronous=FULL');
db.exec('CREATE TABLE t (n INTEGER PRIMARY KEY, b BLOB)');
const insert = db.prepare('INSERT INTO t (b) VALUES (?)');
const row = new Uint8Array(1000);
const samples: number[] = [];
for (let i = 0; i < 1000; i++) {
  const at = performance.now();
  insert.run(row);
  samples.push(performance.now() - at);
}
db.close();
rmSync(folder, { recursive: true });
const sorted = samples.slice(100).toSorted((a, b) => a - b);
process.stdout.write(`${sorted[Math.floor(sorted.length / 2)] ?? Number.NaN}\n`);
