import { execFileSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Figure } from '../../bench/figure.ts';

const ENTRIES = 1_000_000;
type Run = { readonly seconds: number; readonly peakMiB: number; readonly entries: number };

const node = (script: URL, ...args: readonly string[]): string =>
  execFileSync(process.execPath, [fileURLToPath(script), ...args], { encoding: 'utf8' });
const WRITE = new URL('./write-large.ts', import.meta.url);
const VERIFY = new URL('./run-verify.ts', import.meta.url);

/** Reading the same files and hashing their bytes once, nothing else. */
function hashRaw(folder: string): number {
  const start = performance.now();
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }))
    if (statSync(join(folder, name)).isFile()) hash('sha256', readFileSync(join(folder, name)));
  return (performance.now() - start) / 1_000;
}

/** 1,000,000 entries of whole actions verified offline, each depth in a process of its own. */
export async function benchVerify(): Promise<readonly Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-bench-'));
  try {
    node(WRITE, folder, String(ENTRIES));
    const raw = hashRaw(folder);
    const baseline = `reading and hashing the same files once: ${raw.toFixed(2)} s`;
    const run = (depth: string): Run => JSON.parse(node(VERIFY, folder, depth)) as Run;
    const [tree, streams, actions] = [run('tree'), run('streams'), run('actions')];
    const seconds = (name: string, { seconds: value }: Run): Figure => {
      const target = '≤ 15 s';
      return { name, value, unit: 's', baseline, ratio: value / raw, target, ok: value <= 15 };
    };
    const rate = ENTRIES / tree.seconds;
    const peak = Math.max(...[tree, streams, actions].map(({ peakMiB }) => peakMiB));
    return [
      seconds('verify: 1,000,000 entries, tree and streams', streams),
      seconds('verify: 1,000,000 entries, every action by the rules', actions),
      {
        name: 'verify: tree alone',
        value: rate,
        unit: 'entries/s',
        baseline,
        ratio: tree.seconds / raw,
        target: '≥ 300,000 entries/s',
        ok: rate >= 300_000,
      },
      {
        name: 'verify: peak memory',
        value: peak,
        unit: 'MiB',
        baseline: null,
        target: '≤ 300 MiB',
        ok: peak <= 300,
      },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
