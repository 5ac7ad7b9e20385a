import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import {
  loadPolicyFolder,
  runPolicyTests,
  watchPolicyFolder,
  type PolicySet,
  type Problem,
} from '../src/index.ts';
import { gitCommitOf } from '../src/load.ts';
import { GROUPS, SAMPLE } from './sample.ts';

const root = mkdtempSync(join(tmpdir(), 'policy-'));
afterAll(() => rmSync(root, { recursive: true }));

const folder = (name: string): string => {
  const dir = join(root, name);
  cpSync(SAMPLE, dir, { recursive: true });
  return dir;
};
const stop = (rows: number): string =>
  `@id("new-stop") @reason("Stop") forbid (principal, action == Countersign::Action::"sql.export", resource) when { context.sql.rows > ${rows} };`;

test('POL-3 a changed folder is loaded once it is quiet; a bad set is reported and never replaces the good one', async () => {
  const dir = folder('watched');
  const loaded = await loadPolicyFolder(dir, { groups: GROUPS });
  if (!loaded.ok) throw new Error('refused');
  const told: { set?: PolicySet; problems?: readonly Problem[] }[] = [];
  let wake: (() => void) | undefined;
  const tell = (one: (typeof told)[number]): void => {
    told.push(one);
    wake?.();
  };
  const next = async (): Promise<(typeof told)[number]> => {
    while (told.length === 0) await new Promise<void>((resolve) => (wake = resolve));
    return told.shift() ?? {};
  };
  const watch = watchPolicyFolder({
    dir,
    set: loaded.value,
    groups: GROUPS,
    settleMs: 30,
    onLoaded: (set) => tell({ set }),
    onRefused: (problems) => tell({ problems }),
  });
  writeFileSync(join(dir, 'new.cedar'), stop(5));
  const first = await next();
  expect(first.problems).toBeUndefined();
  expect(first.set?.policies.map(({ id }) => id)).toContain('new-stop');
  writeFileSync(join(dir, 'new.cedar'), stop(5).replace('rows', 'rowz'));
  expect((await next()).problems?.[0]).toMatchObject({ code: 'invalid', file: 'new.cedar' });
  writeFileSync(join(dir, 'new.cedar'), stop(6));
  expect((await next()).set?.digest).not.toBe(loaded.value.digest);
  await watch.reload();
  expect(told).toEqual([]); // nothing changed, nothing reported
  watch.close();
});

test('a folder that cannot be read is a problem, not an exception', async () => {
  const loaded = await loadPolicyFolder(join(root, 'nowhere'));
  expect(!loaded.ok && loaded.error[0]?.code).toBe('unreadable');
});

test('a test that is wrong fails; one that is misspelt is refused', async () => {
  const dir = folder('tested');
  rmSync(join(dir, 'tests'), { recursive: true });
  mkdirSync(join(dir, 'tests'));
  const one = {
    name: 'kill',
    request: {
      principal: 'Countersign::Agent::"a"',
      action: 'Countersign::Action::"sql.select"',
      resource: 'Countersign::Database::"crm"',
      context: {},
    },
    entities: [],
    decision: 'allow',
    reason: ['kill-switch'],
    num_errors: 1,
    expect: { verdict: 'allow' },
  };
  writeFileSync(join(dir, 'tests/a.json'), JSON.stringify([one]));
  const report = await runPolicyTests(dir, { groups: GROUPS });
  expect(report).toMatchObject({
    ok: true,
    value: { tests: [{ file: 'tests/a.json', name: 'kill' }] },
  });
  expect(report.ok && report.value.tests[0]?.failures.map((text) => text.split(':')[0])).toEqual([
    'decision',
    'reason',
    'num_errors',
    'verdict',
  ]);
  expect(report.ok && report.value.unmatched).toContain('prod-ddl');
  writeFileSync(
    join(dir, 'tests/a.json'),
    JSON.stringify([{ ...one, expect: { verdikt: 'allow' } }]),
  );
  const odd = await runPolicyTests(dir, { groups: GROUPS });
  expect(!odd.ok && odd.error[0]).toMatchObject({ code: 'test-invalid', file: 'tests/a.json' });
  writeFileSync(join(dir, 'tests/a.json'), '[\n  {"name": 1,}]');
  const broken = await runPolicyTests(dir, { groups: GROUPS });
  expect(!broken.ok && broken.error[0]).toMatchObject({ code: 'test-invalid', line: 2 });
});

test('the commit is read from the repository files: branch, packed, detached, work tree, none', () => {
  const commit = '1234567890abcdef1234567890abcdef12345678';
  const dir = join(root, 'repo');
  mkdirSync(join(dir, '.git/refs/heads'), { recursive: true });
  mkdirSync(join(dir, 'policies'));
  writeFileSync(join(dir, '.git/HEAD'), 'ref: refs/heads/main\n');
  expect(gitCommitOf(join(dir, 'policies'))).toBeUndefined();
  writeFileSync(join(dir, '.git/packed-refs'), `# pack-refs\n${commit} refs/heads/main\n`);
  expect(gitCommitOf(join(dir, 'policies'))).toBe(commit);
  writeFileSync(join(dir, '.git/refs/heads/main'), `${commit.replace('1', '2')}\n`);
  expect(gitCommitOf(join(dir, 'policies'))).toBe(commit.replace('1', '2'));
  mkdirSync(join(dir, '.git/worktrees/w'), { recursive: true });
  writeFileSync(join(dir, '.git/worktrees/w/HEAD'), 'ref: refs/heads/main\n');
  writeFileSync(join(dir, '.git/worktrees/w/commondir'), '../..\n');
  mkdirSync(join(root, 'w'));
  writeFileSync(join(root, 'w/.git'), `gitdir: ${join(dir, '.git/worktrees/w')}\n`);
  expect(gitCommitOf(join(root, 'w'))).toBe(commit.replace('1', '2'));
  writeFileSync(join(dir, '.git/HEAD'), `${commit}\n`);
  expect(gitCommitOf(dir)).toBe(commit);
  expect(gitCommitOf(root)).toBeUndefined();
});
