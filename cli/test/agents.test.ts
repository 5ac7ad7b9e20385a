import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { countersign, countersignJson, type Ran } from './terminal.ts';
import { openWorld, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld('access: { administrators: [identity-admins] }\n'); // ana
});
afterAll(() => world.remove());

const here = () => ({ cwd: world.folder });
const as = (name: string, ...words: string[]): Promise<Ran> =>
  countersign([...words, '--as', name], here());
const told = async (name: string, ...words: string[]) => {
  const { code, json } = await countersignJson([...words, '--as', name], here());
  return { code, json };
};

test('an agent from its registration to its end', async () => {
  const made = await told(
    'ana',
    'agents',
    'register',
    'etl',
    '--owner',
    'mona',
    '--team',
    'data-agents',
    '--trust',
    '1',
  );
  expect(made).toMatchObject({
    code: 0,
    json: { id: 'etl', owner: 'mona', trust: 1, teams: ['data-agents'] },
  });

  const issued = await as(
    'ana',
    'agents',
    'key',
    'etl',
    'nightly',
    '--days',
    '7',
    '--out',
    'etl.key',
  );
  expect(issued.code).toBe(0);
  const file = join(world.folder, 'etl.key');
  const key = readFileSync(file, 'utf8').trim();
  expect(issued.out).not.toContain(key);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const again = await as('ana', 'agents', 'key', 'etl', 'more', '--out', 'etl.key');
  expect(again.err).toContain('agents revoke key_');
  const act = (token: string) =>
    countersignJson(
      [
        'act',
        'sql.select',
        'Database::crm',
        '--arg',
        'table=customers',
        '--arg',
        'columns:=["id"]',
        '--no-redeem',
      ],
      { ...here(), env: { COUNTERSIGN_TOKEN: token, COUNTERSIGN_URL: world.url } },
    );
  const id = /key_\w{16}/.exec(issued.out)?.[0] ?? '';
  expect((await act(key)).json).not.toHaveProperty('error');

  const rotated = await told('ana', 'agents', 'rotate', id, '--overlap', '0');
  expect(rotated.json).toMatchObject({ replaces: { id } });
  expect((await act(key)).json).toMatchObject({ error: { code: 'key-ended' } });
  const next = String(rotated.json['key']);

  const stopped = await as('mona', 'agents', 'stop', 'etl', '--reason', 'odd');
  expect([stopped.code, stopped.out]).toEqual([0, expect.stringContaining('odd')]);
  expect((await act(next)).json).toMatchObject({ code: 'kill-switch' });
  expect((await as('mona', 'agents', 'resume', 'etl', '--reason', 'x', '--yes')).code).toBe(3);
  expect((await as('ana', 'agents', 'resume', 'etl', '--reason', 'looked', '--yes')).code).toBe(0);
  expect((await act(next)).json).not.toMatchObject({ code: 'kill-switch' });

  const listed = await as('ana', 'agents', 'list');
  expect(listed.out).toMatch(/etl +mona +active +key_\w{16} nightly/);
  expect((await as('ana', 'agents', 'retire', 'etl', '--yes')).code).toBe(0);
  expect((await act(next)).json).toMatchObject({ error: { code: 'key-ended' } });
});

test('all agents are stopped, and go on', async () => {
  const on = await told('ana', 'agents', 'stop-all', '--reason', 'leak', '--yes');
  expect(on.json).toMatchObject({ stopped: true });
  expect((await as('ana', 'agents', 'list')).out).toMatch(/^ALL AGENTS ARE STOPPED: leak\n/);
  const off = await told('ana', 'agents', 'resume-all', '--reason', 'over', '--yes');
  expect(off.json).toMatchObject({ stopped: false });
});

test.each([
  [['agents', 'register', 'x'], 2, 'usage'],
  [['agents', 'register', 'x', '--owner', 'nobody'], 1, 'inactive-owner'],
  [['agents', 'register', 'BOT', '--owner', 'mona'], 1, 'id-taken'],
  [['agents', 'register', 'x', '--owner', 'mona', '--trust', 'high'], 2, 'usage'],
  [['agents', 'register', 'x', '--owner', 'mona', '--workload', 'github'], 2, 'usage'],
  [['agents', 'register', 'x', '--owner', 'mona', '--workload', 'ci:sub=x'], 1, 'unknown-issuer'],
  [['agents', 'change', 'bot'], 2, 'usage'],
  [['agents', 'change', 'bot', '--trust', '2'], 1, 'configured-agent'],
  [['agents', 'stop', 'bot'], 2, 'usage'],
  [['agents', 'stop', '../x', '--reason', 'x'], 2, 'usage'],
  [['agents', 'stop', 'nobody', '--reason', 'x'], 2, 'not-found'],
  [['agents', 'stop-all', '--reason', 'x'], 2, 'usage'],
  [['agents', 'retire', 'bot'], 2, 'usage'],
  [['agents', 'revoke', 'key_nobody', '--yes'], 2, 'not-found'],
])('%j is %i %s', async (words, code, error) => {
  expect(await told('ana', ...words)).toMatchObject({ code, json: { error: { code: error } } });
});
