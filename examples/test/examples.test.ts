// Every example asks a real gateway, and differs from its unguarded base by what its diff says, and by nothing else.
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from '@countersign/server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openWorld, type World } from './world.ts';

const FOLDER = join(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(FOLDER, path), 'utf8');
const NAMES = readdirSync(FOLDER, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !['node_modules', 'test'].includes(entry.name))
  .map(({ name }) => name);

let world: World;
const DENIED = 'denied';
beforeAll(async () => void (world = await openWorld([...NAMES, DENIED])));
afterAll(() => world.stop());

/** Runs a program of an agent until it ends, and gives what it wrote. */
function run(path: string, agent: string): Promise<string> {
  const child = spawn(process.execPath, ['--conditions=@countersign/source', path], {
    cwd: FOLDER,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...world.env(agent) },
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => resolve(said));
  });
}

const pause = (ms: number): Promise<false> =>
  new Promise((resolve) => setTimeout(() => resolve(false), ms));

/** The same, and a person answers whatever it asks. */
async function answered(path: string, agent: string, choice: 'approve' | 'deny'): Promise<string> {
  const running = run(path, agent);
  const over = running.then(() => true);
  const isOver = () => Promise.race([over, pause(50)]);
  while (!(await isOver()))
    for (const id of await world.waiting(agent)) await world.answer(id, choice);
  return running;
}

test('the gateway that the page starts is one', async () => {
  const env = { COUNTERSIGN_TOKEN: `csk_${'0'.repeat(48)}` };
  const loaded = await loadConfig({ path: join(FOLDER, 'countersign.yaml'), env });
  expect(loaded).toMatchObject({ ok: true });
});

test('all seven are here', () => {
  expect(NAMES).toEqual([
    'ai-sdk',
    'anthropic',
    'claude-agent-sdk',
    'langchain',
    'mastra',
    'openai',
    'openai-agents',
  ]);
  for (const name of NAMES) expect(read('README.md')).toContain(`](${name}/agent.ts)`);
});

describe.concurrent('R3: run what a person approved', { timeout: 120_000 }, () => {
  test.each(NAMES)('%s', async (name) => {
    const said = await answered(`${name}/agent.ts`, name, 'approve');
    expect(said).toContain('customers is in s3://partner/customers.csv');
  });
  test('R10: and say so where it was denied', async () => {
    const said = await answered('ai-sdk/agent.ts', DENIED, 'deny');
    expect(said).toContain('NOT EXECUTED');
    expect(said).not.toContain('is in s3://');
  });
});

/** What a unified diff makes of a text; throws where the text is another than it says. */
function patched(text: string, diff: string): string {
  const lines = text.split('\n');
  const out: string[] = [];
  let at = 0;
  const take = (line: string): void => {
    if (lines[at] !== line) throw new Error(`line ${at + 1} is \`${lines[at]}\`, not \`${line}\``);
    at += 1;
  };
  for (const line of diff.split('\n').slice(2)) {
    const hunk = /^@@ -(\d+)/.exec(line);
    if (hunk) while (at < Number(hunk[1]) - 1) out.push(lines[at++] ?? '');
    else if (line.startsWith('-')) take(line.slice(1));
    else if (line.startsWith('+')) out.push(line.slice(1));
    else if (line.startsWith(' ')) {
      take(line.slice(1));
      out.push(line.slice(1));
    }
  }
  return [...out, ...lines.slice(at)].join('\n');
}

describe('guard.diff', () => {
  test.each(NAMES)('%s: makes the guarded of the unguarded, in few lines', (name) => {
    const diff = read(`${name}/guard.diff`);
    expect(patched(read(`${name}/unguarded.ts`), diff)).toBe(read(`${name}/agent.ts`));
    const count = (sign: string): number =>
      diff.split('\n').filter((line) => line.startsWith(sign) && !line.startsWith(sign.repeat(3)))
        .length;
    expect(count('+')).toBeLessThanOrEqual(20);
    expect(count('-')).toBeLessThanOrEqual(6);
  });
  test('a diff of another text is not applied', () => {
    const diff = read('openai/guard.diff');
    expect(() => patched(read('openai/agent.ts'), diff)).toThrow(/line 1/);
  });
});
