// npm test: every test. A file that a crash of the runtime ended (V8 now and then dies where many threads come and go,
// nodejs/node#64500) is run once more, alone, and that is said aloud; a test that failed is never run again.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Crashed } from './summary.ts';

const folder = mkdtempSync(join(tmpdir(), 'countersign-tests-'));
const note = join(folder, 'crashed.json');
const vitest = join(import.meta.dirname, '../node_modules/vitest/vitest.mjs');
const run = (files: readonly string[], env: NodeJS.ProcessEnv): number =>
  spawnSync(process.execPath, [vitest, 'run', ...files], {
    stdio: 'inherit',
    env: { ...process.env, ...env },
  }).status ?? 1;

let code = run(process.argv.slice(2), { COUNTERSIGN_CRASHED: note });
if (code !== 0 && existsSync(note)) {
  const { files, passed } = JSON.parse(readFileSync(note, 'utf8')) as Crashed;
  code = run(files, { COUNTERSIGN_TESTS_PASSED: String(passed) });
}
rmSync(folder, { recursive: true });
process.exit(code);
