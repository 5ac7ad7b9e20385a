import type { DelegationItem, DelegationList } from '@countersign/api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { countersign, type Ran } from './terminal.ts';
import { openWorld, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld('access: { administrators: [release-managers] }\n');
});
afterAll(() => world.remove());

const run = (...words: readonly string[]): Promise<Ran> =>
  countersign(['delegations', ...words], { cwd: world.folder });

test('L36 grant, list, end', async () => {
  const made = await run('grant', 'ana', '--for', '14d', '--reason', 'on leave', '--as', 'dana');
  expect(made).toMatchObject({ code: 0 });
  expect(made.out).toMatch(/^ana answers for dana until \S+ \(active, dlg_\S+\)\n$/);
  const listed = await run('list', '--as', 'ana');
  expect(listed.out).toMatch(/^ID +STATE +AWAY +ANSWERS +BEGINS +ENDS +GROUPS\n/);
  expect(listed.out).toMatch(/active +dana +ana +\S+ +\S+ +all\n$/);
  const json = await run('list', '--all', '--json', '--as', 'ben');
  const [item] = (JSON.parse(json.out) as DelegationList).items;
  expect(item).toMatchObject({ from: 'dana', to: 'ana', reason: 'on leave' });
  const ended = await run('end', item?.id ?? '', '--json', '--as', 'ana');
  expect((JSON.parse(ended.out) as DelegationItem).state).toBe('ended');
});

test('what may not be done is said', async () => {
  expect((await run('grant', 'ana', '--as', 'dana')).code).toBe(2);
  expect((await run('grant', 'ana', '--for', 'ever', '--as', 'dana')).code).toBe(2);
  const long = await run('grant', 'ana', '--for', '91d', '--as', 'dana');
  expect(long).toMatchObject({
    code: 1,
    err: expect.stringContaining('at most 90 days') as string,
  });
  const foreign = await run('grant', 'ana', '--for', '1h', '--from', 'lin', '--as', 'dana');
  expect(foreign.err).toContain('administrators-only');
  expect((await run('list', '--all', '--as', 'ana')).err).toContain('administrators-only');
});
