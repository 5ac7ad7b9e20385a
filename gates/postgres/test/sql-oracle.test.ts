import { afterAll, beforeAll, expect, test } from 'vitest';
import pg from 'pg';
import { loadClassify } from '../src/sql/classify.ts';
import type { StatementFacts, TextFacts } from '../src/sql/facts.ts';
import { RISKS } from '../src/sql/risks.ts';
import { classesOf, snapshotOf } from './catalog.ts';
import { openDatabase, SAMPLE_CLASSES, type SampleDatabase } from './database.ts';
import { CORPUS } from './sql-corpus.ts';

let database: SampleDatabase;
let corpus: readonly (readonly [sql: string, facts: TextFacts])[];
beforeAll(async () => {
  const [opened, classify] = await Promise.all([openDatabase(), loadClassify()]);
  database = opened;
  await database.run('delete from orders where id > 18; delete from customers where id > 20');
  const { catalog } = await snapshotOf(database, classesOf(SAMPLE_CLASSES));
  corpus = CORPUS.flatMap((sql) => {
    const told = classify(sql, catalog);
    return told.is === 'understood' ? [[sql, told.facts] as const] : [];
  });
});
afterAll(() => database.remove());

/** What the gate would let run as a read, with nobody asked. */
const isPlainRead = ({ kind, writes, risks, verbs }: StatementFacts): boolean =>
  ['select', 'explain', 'show', 'tx', 'set', 'declare', 'prepare', 'copy-out'].includes(kind) &&
  writes.length === 0 &&
  !verbs.some((verb) => /insert|update|delete|merge/.test(verb)) &&
  risks.every((risk) => RISKS[risk as keyof typeof RISKS][0] === 'fact' || risk === 'copy-out');

/** One that runs every text as somebody who may read whatever nobody calls private, and change nothing. */
async function connected(role: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: database.server.url });
  client.on('notice', () => undefined);
  await client.connect();
  await client.query("set statement_timeout = '2s'; set default_transaction_read_only = on");
  await client.query(`set role ${role}`);
  return client;
}

/** SQLSTATE of a text; `00000` where it ran. */
async function tried(client: pg.Client, sql: string): Promise<string> {
  try {
    await client.query(sql);
    return '00000';
  } catch (error) {
    return (error as { readonly code?: string }).code ?? 'none';
  } finally {
    if (/^(?:begin|start|declare)/.test(sql)) await client.query('rollback');
    if (sql.startsWith('prepare')) await client.query('deallocate all');
  }
}

/** What became of the texts of the corpus that are meant. */
async function outcomes(
  role: string,
  isMeant: (facts: TextFacts) => boolean,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const client = await connected(role);
  const found = new Map<string, string[]>();
  for (const [sql, facts] of corpus) {
    if (!isMeant(facts)) continue;
    const state = await tried(client, sql);
    found.set(state, [...(found.get(state) ?? []), sql]);
  }
  await client.end();
  return found;
}

test('POL-22: nothing that counts as a plain read writes, says the database', async () => {
  const found = await outcomes(
    'postgres',
    ({ inspectable, statements }) => inspectable === 'full' && statements.every(isPlainRead),
  );
  expect(found.get('25006') ?? []).toEqual([]);
  expect(found.get('00000')?.length).toBeGreaterThan(1000);
});

test('MASK-10: nothing that counts as clean reads a private column, say the rights of columns', async () => {
  await database.run(`
    create role careful;
    grant select on orders, countries, order_totals to careful;
    grant select (id, plan, seats, created, ctid, tableoid) on customers to careful;
    grant select (id, at, what) on events to careful;`);
  const found = await outcomes('careful', ({ inspectable, statements }) =>
    statements.every((one) => inspectable === 'full' && isPlainRead(one) && one.isClean),
  );
  // PostgreSQL asks for the right to the whole row where one column is taken of it
  const wrong = (found.get('42501') ?? []).filter((sql) => !sql.includes('(c).plan'));
  expect(wrong).toEqual([]);
  expect(found.get('00000')?.length).toBeGreaterThan(300);
});

test('POL-22: what is not understood, the database does not understand either', async () => {
  const found = await outcomes('postgres', ({ inspectable }) => inspectable === 'none');
  expect(found.get('00000') ?? []).toEqual([]);
  expect(found.get('42703')?.length).toBeGreaterThan(100);
});
