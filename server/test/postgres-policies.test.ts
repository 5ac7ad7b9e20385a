// The shipped policies over what real statements do in a real database: parser, catalog, gate and engine together.
import { fileURLToPath } from 'node:url';
import { TypedFact, instant, questionOf, type Directory, type Judgement } from '@countersign/core';
import { createPostgresGate } from '@countersign/gate-postgres';
import { createPolicyEngine, loadPolicyFolder, type PolicyEngine } from '@countersign/policy';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadClassify } from '../../gates/postgres/src/sql/classify.ts';
import { classesOf, snapshotOf } from '../../gates/postgres/test/catalog.ts';
import {
  openDatabase,
  SAMPLE_CLASSES,
  type SampleDatabase,
} from '../../gates/postgres/test/database.ts';

const POLICIES = fileURLToPath(new URL('../../policies', import.meta.url));
const GROUPS =
  'data-owners data-protection dba identity-admins platform-oncall release-managers security';

let database: SampleDatabase;
let engine: PolicyEngine;
let gate: ReturnType<typeof createPostgresGate>;

beforeAll(async () => {
  database = await openDatabase();
  const { catalog } = await snapshotOf(database, classesOf(SAMPLE_CLASSES));
  const classify = await loadClassify();
  gate = createPostgresGate({ find: () => ({ classify: (text) => classify(text, catalog) }) });
  const loaded = await loadPolicyFolder(POLICIES, { groups: GROUPS.split(' ') });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  engine = await createPolicyEngine({ set: loaded.value });
});
afterAll(async () => {
  await engine.close();
  await database.remove();
});

const directory: Directory = {
  agent: (id) => ({
    id,
    owner: 'mona',
    teams: ['sql-agents'],
    trust: 1,
    quarantined: false,
    actsFor: [],
    delegators: [],
  }),
  person: (id) => ({ id, name: id, human: id, groups: [], active: true, reach: 'chat' }),
  members: () => [],
  isKilled: () => false,
  resource: (type, id) => [
    {
      type,
      id,
      attrs: { env: TypedFact.entity('Env', 'prod'), owner: TypedFact.entity('Team', 'owners') },
      parents: [],
    },
  ],
};

async function judged(text: string): Promise<Judgement & { readonly headline: string }> {
  const resource = { type: 'Database', id: 'crm' };
  const args = { text, lane: 'read', transaction: 'own' };
  const understood = gate.understand({ type: 'sql.query', resource, arguments: args });
  if (!understood.ok) throw new Error(understood.error.message);
  const lineage = { agent: 'bot', owner: 'mona', editors: [], delegators: [] };
  const matter = { ...understood.value, lineage };
  const question = questionOf(matter, directory, instant(1_700_000_000_000), 'UTC');
  return { ...(await engine.judge(question)), headline: understood.value.headline };
}

const CUSTOMERS = 'pci.card, pii.email, pii.name, pii.phone, pii.us-ssn';

test.each([
  ['begin', 'TRANSACTION'],
  ["set timezone to 'utc'", 'SET'],
  ['select 1', 'reads no table: at most 1 row'],
  ['select plan from customers where id = 7', 'reads public.customers: at most 1 row'],
  [
    'select * from customers where id = 7',
    `reads public.customers: at most 1 row, touches ${CUSTOMERS}`,
  ],
  ['select * from countries', 'reads public.countries: at most 3 rows'],
  ['declare c cursor for select id from orders', 'DECLARE: reads public.orders: at most 3000 rows'],
])('runs at once: %s', async (text, headline) => {
  expect(await judged(text)).toMatchObject({ verdict: 'allow', errors: [], headline });
});

test.each([
  [
    "update customers set plan = 'free' where id = 7",
    ['sql-write-in-prod'],
    'UPDATE on public.customers: at most 1 row, sets plan',
  ],
  [
    'delete from orders',
    ['sql-unbounded', 'sql-write-in-prod'],
    'unbounded DELETE on public.orders: at most 3000 rows',
  ],
  [
    'truncate orders',
    ['prod-ddl', 'sql-removes', 'sql-unbounded'],
    'unbounded TRUNCATE on public.orders: at most 3000 rows',
  ],
  [
    'select * from customers for update',
    ['sql-holds-others-up', 'sql-write-in-prod'],
    `reads public.customers: at most 1000 rows, touches ${CUSTOMERS}`,
  ],
  [
    'select promote(3)',
    ['sql-does-more-than-it-says', 'sql-partly-understood', 'sql-write-in-prod'],
    'reads no table: nobody knows how many rows',
  ],
  [
    'drop table orders',
    ['prod-ddl', 'sql-holds-others-up', 'sql-removes'],
    'DROP on public.orders',
  ],
  ['grant select on orders to cs_read', ['prod-ddl', 'sql-privilege'], 'GRANT on public.orders'],
  ['copy countries to stdout', ['sql-copy'], 'reads public.countries: at most 3 rows'],
  [
    'copy countries from stdin',
    ['sql-copy', 'sql-partly-understood', 'sql-write-in-prod'],
    'COPY on public.countries: nobody knows how many rows',
  ],
  [
    'prepare p as delete from orders; execute p',
    ['sql-unbounded', 'sql-write-in-prod'],
    '2 statements: PREPARE: unbounded DELETE on public.orders; EXECUTE',
  ],
  ['execute p', ['prod-ddl', 'sql-not-understood'], 'EXECUTE'],
  [
    'select * from nowhere',
    ['prod-ddl', 'sql-not-understood'],
    'reads nowhere: nobody knows how many rows',
  ],
  ['notify room', ['sql-holds-others-up', 'sql-write-in-prod'], 'NOTIFY'],
])('people are asked: %s', async (text, review, headline) => {
  const judgement = await judged(text);
  expect(judgement).toMatchObject({ verdict: 'review', errors: [], headline });
  expect(judgement.matched.review).toEqual(review);
});

test.each([
  'select pg_read_file($$/etc/passwd$$)',
  'set role postgres',
  'set standard_conforming_strings to off',
  "copy orders to program 'cat'",
  "select 'a\\'",
  'this is no statement',
])('R2: nobody can approve: %s', async (text) => {
  const judgement = await judged(text);
  expect(judgement).toMatchObject({ verdict: 'deny', code: 'forbidden', errors: [] });
  expect(judgement.matched.forbid).toEqual(['no-sql-past-the-gate']);
});
