import { execFileSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** One measured number beside what it is compared with: the shape `bench/` prints. */
type Figure = {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly baseline: string | number | null;
  readonly ratio?: number;
  readonly target: string;
  readonly ok: boolean;
};

const ENTRIES = 1_000_000;
type Run = { readonly seconds: number; readonly peakMiB: number; readonly entries: number };

const script = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const node = (name: string, ...args: readonly string[]): string =>
  execFileSync(process.execPath, [script(name), ...args], { encoding: 'utf8' });

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
    node('./write-large.ts', folder, String(ENTRIES));
    const raw = hashRaw(folder);
    const baseline = `reading and hashing the same files once: ${raw.toFixed(2)} s`;
    const run = (depth: string): Run => JSON.parse(node('./run-verify.ts', folder, depth)) as Run;
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
