import type { DelegationItem, DelegationList, PersonItem, PersonList } from '@countersign/api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { countersign, countersignJson, type Ran } from './terminal.ts';
import { openWorld, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld('access: { administrators: [release-managers] }\n');
});
afterAll(() => world.remove());

const run = (...words: readonly string[]): Promise<Ran> =>
  countersign(['people', ...words], { cwd: world.folder });

describe('people', () => {
  test('list: a table, JSON, a page, a name', async () => {
    const { code, out } = await run('list', '--as', 'ben');
    expect(code).toBe(0);
    expect(out).toMatch(/^ID +NAME +STATE +FROM +REACH +GROUPS\n/);
    expect(out).toMatch(/^mona +\S+ +active +configuration +chat +data-owners$/m);
    const { items } = JSON.parse(
      (await run('list', 'da', '--json', '--as', 'ben')).out,
    ) as PersonList;
    expect(items.map(({ id }) => id)).toEqual(['dana']);
    const page = await run('list', '--limit', '2', '--as', 'ben');
    expect(page.err).toMatch(/^more: --after \S+\n$/);
  });
  test('show, deactivate, activate, sign-out, link', async () => {
    const out = await run('deactivate', 'omar', '--reason', 'is on leave', '--as', 'ben');
    expect(out).toMatchObject({
      code: 0,
      out: expect.stringMatching(/state +out \(administrator\)/),
    });
    const read = JSON.parse((await run('show', 'omar', '--json', '--as', 'ben')).out) as PersonItem;
    expect(read).toMatchObject({ active: false, outBy: 'administrator' });
    expect(await run('activate', 'omar', '--as', 'ben')).toMatchObject({ code: 0 });
    expect(await run('sign-out', 'omar', '--as', 'ben')).toMatchObject({ code: 0 });
    expect(await run('link', 'lin', 'ana', '--as', 'ben')).toMatchObject({ code: 2 });
    const linked = await run('link', 'lin', 'ana', '--yes', '--as', 'ben');
    expect(linked.out).toMatch(/human +ana/);
  });
  test('what may not be done is said', async () => {
    const denied = await run('list', '--as', 'dana');
    expect(denied.code).not.toBe(0);
    expect(denied.err).toContain('administrators-only');
    expect((await run('activate', 'ben', '--as', 'ben')).err).toContain('excluded');
    expect((await run('show', 'nobody', '--as', 'ben')).err).toContain('not-found');
    expect(await run('deactivate', 'ana', '--as', 'ben')).toMatchObject({ code: 2 });
  });
});

const EXPORT = 'act sql.export Database::crm --arg table=customers --arg destination=away.csv';
const away = (...words: readonly string[]): Promise<Ran> =>
  countersign(['delegations', ...words], { cwd: world.folder });

describe('whoever is away', () => {
  test('L36 grant, list, end', async () => {
    const made = await away('grant', 'ana', '--for', '14d', '--reason', 'on leave', '--as', 'dana');
    expect(made).toMatchObject({ code: 0 });
    expect(made.out).toMatch(/^ana answers for dana until \S+ \(active, dlg_\S+\)\n$/);
    const listed = await away('list', '--as', 'ana');
    expect(listed.out).toMatch(/^ID +STATE +AWAY +ANSWERS +BEGINS +ENDS +GROUPS\n/);
    expect(listed.out).toMatch(/active +dana +ana +\S+ +\S+ +all\n$/);
    const json = await away('list', '--all', '--json', '--as', 'ben');
    const [item] = (JSON.parse(json.out) as DelegationList).items;
    expect(item).toMatchObject({ from: 'dana', to: 'ana', reason: 'on leave' });
    const { json: asked } = await countersignJson(
      [...EXPORT.split(' '), '--arg', 'columns:=["id"]', '--as', 'bot', '--no-wait'],
      {
        cwd: world.folder,
      },
    );
    const shown = ['approvals', 'show', String(asked['approvalId']), '--as', 'ana'];
    expect((await countersign(shown, { cwd: world.folder })).out).toMatch(
      /^ +stands in +ana for dana until \S+$/m,
    );
    const ended = await away('end', item?.id ?? '', '--json', '--as', 'ana');
    expect((JSON.parse(ended.out) as DelegationItem).state).toBe('ended');
  });

  test('what may not be done is said', async () => {
    expect((await away('grant', 'ana', '--as', 'dana')).code).toBe(2);
    expect((await away('grant', 'ana', '--for', 'ever', '--as', 'dana')).code).toBe(2);
    const long = await away('grant', 'ana', '--for', '91d', '--as', 'dana');
    expect(long).toMatchObject({
      code: 1,
      err: expect.stringContaining('at most 90 days') as string,
    });
    const foreign = await away('grant', 'ana', '--for', '1h', '--from', 'lin', '--as', 'dana');
    expect(foreign.err).toContain('administrators-only');
    expect((await away('list', '--all', '--as', 'ana')).err).toContain('administrators-only');
  });
});
