import { mkdtempSync, readFileSync, rmSync, writeFileSync, cpSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadConfig, lookAtDatabases } from '@countersign/server/databases';
import {
  openDatabase,
  READ,
  WRITE,
  type SampleDatabase,
} from '../../gates/postgres/test/database.ts';
import { countersign } from './terminal.ts';

const POLICIES = fileURLToPath(new URL('../../policies', import.meta.url));
let database: SampleDatabase;
let cwd = '';
const file = (): string => join(cwd, 'policies', 'data', 'crm.yaml');
const env = { READ: READ.password, WRITE: WRITE.password };
const entry = (name: string, read: string, write: string): string =>
  `    - { name: ${name}, host: 127.0.0.1, port: ${database.port}, database: postgres, read: { user: ${read}, password: 'env:READ' }, write: { user: ${write}, password: 'env:WRITE' } }`;

beforeAll(async () => {
  database = await openDatabase();
  cwd = mkdtempSync(join(tmpdir(), 'countersign-classify-'));
  cpSync(POLICIES, join(cwd, 'policies'), { recursive: true });
  mkdirSync(join(cwd, 'policies', 'data'), { recursive: true });
  writeFileSync(
    join(cwd, 'countersign.yaml'),
    `groups: [security, data-protection, data-owners, dba, platform-oncall, release-managers, identity-admins]
postgres:
  listen: 127.0.0.1:6432
  databases:
${entry('crm', READ.user, WRITE.user)}
`,
  );
});
afterAll(async () => {
  await database.remove();
  rmSync(cwd, { recursive: true, force: true });
});
const run = (...words: readonly string[]) => countersign(words, { cwd, env });
const json = async (...words: readonly string[]) =>
  JSON.parse((await run(...words, '--json')).out) as Record<string, unknown>;

test('proposes by values and by names, prints none of them, and writes nothing unasked', async () => {
  const { out, code } = await run('classify', 'crm');
  expect(code).toBe(0);
  expect(out).toMatch(/public\.customers\.email\s+pii\.email\s+200 of 200 look like it/);
  expect(out).toMatch(/public\.customers\.card\s+pci\.card/);
  expect(out).toMatch(/public\.events\.who\s+pii\.email/);
  expect(out).toContain('nothing was written');
  for (const value of ['person-1@', '4111', '555 010']) expect(out).not.toContain(value);
  expect(() => readFileSync(file())).toThrow('ENOENT');
});

test('writes proposals that people accept, and keeps what they wrote', async () => {
  writeFileSync(
    file(),
    `# agreed with Dana
public.customers:
  email: pii.email # the login
  plan: none
  notes: none
  fax: pii.phone
`,
  );
  const { written } = await json('classify', 'crm', '--write');
  expect(written).toBeGreaterThan(2);
  const text = readFileSync(file(), 'utf8');
  expect(text).toContain('# agreed with Dana');
  expect(text).toContain('email: pii.email # the login');
  expect(text).toMatch(/card: \{ proposed: pci\.card, because: .* \}/);
  expect(text).toMatch(
    /^public\.events:\n {2}who: \{ proposed: pii\.email, because: 200 of 200 look like it \}/m,
  );
  const again = await json('classify', 'crm', '--write');
  expect(again['written']).toBe(0);
  expect(again['differences']).toEqual(
    expect.arrayContaining([
      { table: 'public.customers', column: 'fax', is: 'gone' },
      expect.objectContaining({ column: 'card', is: 'proposed', holds: 'pci.card' }),
      expect.objectContaining({ column: 'notes', is: 'doubtful', holds: 'pii.email' }),
    ]),
  );
  expect((await run('policy', 'check')).code).toBe(0);
});

test('a database that no configuration names, its password in the environment', async () => {
  const url = `postgres://${READ.user}@127.0.0.1:${database.port}/postgres`;
  const found = await countersign(['classify', 'shop', '--url', url], {
    cwd,
    env: { PGPASSWORD: READ.password },
  });
  expect(found.out).toContain('public.customers.email');
  const told = await countersign(['classify', 'shop', '--url', url.replace('@', ':secret@')], {
    cwd,
  });
  expect(told.code).toBe(2);
  expect(told.err).not.toContain('secret@');
  expect((await run('classify', 'nope')).err).toContain('known: crm');
});

test('policy check finds what is wrong with a file, with its place', async () => {
  const good = readFileSync(file(), 'utf8');
  writeFileSync(file(), 'public.customers:\n  email: pii:email\n');
  writeFileSync(join(cwd, 'policies', 'data', 'crn.yaml'), '');
  const { err, code } = await run('policy', 'check');
  expect(code).toBe(1);
  expect(err).toMatch(/policies\/data\/crm\.yaml:2:10 bad-name/);
  expect(err).toContain('did you mean `pii.email`?');
  expect(err).toContain('did you mean `crm`?');
  writeFileSync(file(), good);
  rmSync(join(cwd, 'policies', 'data', 'crn.yaml'));
});

test('doctor: the roles are what the gate relies on, or it says how they become so', async () => {
  type Findings = { findings: { name: string; state: string; text: string }[] };
  const { findings } = (await json('doctor')) as unknown as Findings;
  const before = findings.filter(({ name }) => name === 'crm');
  const loaded = await loadConfig({ path: join(cwd, 'countersign.yaml'), env });
  if (!loaded.ok) throw new Error('the configuration is good');
  const look = () => lookAtDatabases(loaded.value.config);
  expect(before.filter(({ state }) => state === 'bad')).toEqual([]);
  expect(before[0]?.text).toMatch(/^PostgreSQL 18/);
  expect(before.map(({ text }) => text)).toContainEqual(
    expect.stringContaining('public.customers.fax'),
  );
  await database.run(`grant update (plan) on customers to cs_read; grant pg_read_all_data to cs_read;
    grant temporary on database postgres to public; alter role cs_write bypassrls;
    grant execute on function promote(int) to public; grant usage on sequence customers_id_seq to cs_read`);
  const bad = (await look()).filter(({ state }) => state === 'bad');
  expect(bad.map(({ text }) => text)).toEqual([
    'role cs_read can become pg_read_all_data',
    'role cs_read has temporary on the database',
    'role cs_read may change public.customers',
    'role cs_read may advance public.customers_id_seq',
    'role cs_read may call promote(integer), which can change things',
    'role cs_write may more than write rows: it is bypassrls',
  ]);
  for (const { sql } of bad) await database.run(sql ?? '');
  expect((await look()).filter(({ state }) => state === 'bad')).toEqual([]);
});
