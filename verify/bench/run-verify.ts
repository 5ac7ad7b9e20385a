// node run-verify.ts FOLDER DEPTH: verifies a ledger in a process of its own; prints seconds and peak memory as JSON.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Depth } from '../src/ledger/verify-ledger.ts';
import { verifyLedger } from '../src/ledger/verify-ledger.ts';
import { createFolderSource, nodePrimitives as primitives } from '../src/main.ts';
import { readTrust } from '../src/note/trust.ts';

const [folder = '', depth = 'streams'] = process.argv.slice(2);
const trust = await readTrust(readFileSync(join(folder, 'trust.txt'), 'utf8'), { primitives });
if (!trust.ok) throw new Error(trust.failure.message);
const start = performance.now();
const result = await verifyLedger(createFolderSource(folder), trust.value, {
  primitives,
  depth: depth as Depth,
});
const seconds = (performance.now() - start) / 1_000;
if (!result.ok) throw new Error(result.failure.message);
const peakMiB = process.resourceUsage().maxRSS / 1_024;
process.stdout.write(JSON.stringify({ seconds, peakMiB, entries: result.value.entries }));
