import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testDatabase } from '../../test/postgres.ts';
import { countersign, countersignJson } from './terminal.ts';
import { openWorld, type World } from './world.ts';

let database: Awaited<ReturnType<typeof testDatabase>>;
let world: World;
beforeAll(async () => {
  database = await testDatabase();
  world = await openWorld();
});
afterAll(async () => {
  await world.remove();
  await database.remove();
});

const at = (words: readonly string[], url = database.url) =>
  countersign(words, { cwd: world.folder, env: { DATABASE_URL: url } });
const findings = async (): Promise<unknown> => {
  const { json } = await countersignJson(['doctor'], {
    cwd: world.folder,
    env: { DATABASE_URL: database.url },
  });
  const all = json['findings'] as readonly { readonly name: string }[];
  return all.find(({ name }) => name === 'database');
};

test('an embedded ledger needs no migration, and is told so', async () => {
  const { code, err } = await at(['migrate']);
  expect(code).toBe(1);
  expect(err).toMatch(/names no `database`\n\s+nothing needs to be done/);
  expect(await findings()).toBeUndefined();
});

test('a database is looked at, shown what would be done, migrated, and looked at again', async () => {
  const schema = `c${Date.now()}`;
  const config = join(world.folder, 'countersign.yaml');
  appendFileSync(config, `database: { url: 'env:DATABASE_URL', schema: ${schema} }\n`);
  expect(await findings()).toMatchObject({
    state: 'bad',
    text: expect.stringMatching('run countersign migrate'),
  });
  const dry = await at(['migrate', '--dry-run']);
  expect(dry).toMatchObject({ code: 0 });
  expect(dry.out).toMatch(/^-- .* would go from version 0 to 2\nCREATE TABLE head/);
  expect((await at(['migrate'])).out).toBe(`\`${schema}\` went from version 0 to 2\n`);
  expect((await at(['migrate'])).out).toBe(`\`${schema}\` is up to date (version 2)\n`);
  expect(await findings()).toMatchObject({ state: 'good' });
});

test('a database that is not there is said so in one line, without its password', async () => {
  const { code, err } = await at(['migrate'], 'postgres://bot:hush-hush@127.0.0.1:1/none');
  expect(code).toBe(1);
  expect(err).toContain('the database cannot be reached now');
  expect(err).not.toContain('hush');
});
