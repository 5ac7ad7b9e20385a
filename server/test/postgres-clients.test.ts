import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eq, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { integer, numeric, pgTable, text } from 'drizzle-orm/pg-core';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasPrograms, runProgram, type Ran } from './postgres-programs.ts';
import { B, D, E, letters, openRaw, P, Q, S } from './postgres-raw.ts';
import { AGENT, ALL_PASSES, KEY, openStand, READS_PASS, type Stand } from './postgres-stand.ts';

// Clients nobody changed for this.

let stand: Stand;
let folder: string;
const HAS = hasPrograms();
beforeAll(async () => {
  stand = await openStand();
  folder = mkdtempSync(join(tmpdir(), 'postgres-clients-'));
  if (!HAS) return;
  const made = await runProgram('pgbench', ['-i', '-q', stand.database.server.url]);
  expect(made.code, made.err).toBe(0);
  await stand.database.run(
    'grant select, insert, update, delete on all tables in schema public to cs_write; grant select on all tables in schema public to cs_read',
  );
  await stand.refresh();
}, 60_000);
afterAll(async () => {
  await stand.close();
  rmSync(folder, { recursive: true });
});

const MASKED: unknown = expect.stringMatching(/^‹pii\.email·fp:/);

const psql = (words: readonly string[], input?: string): Promise<Ran> =>
  runProgram('psql', [stand.url(), '-X', '-v', 'ON_ERROR_STOP=1', '-P', 'pager=off', ...words], {
    cwd: folder,
    ...(input === undefined ? {} : { input }),
  });

describe.skipIf(!HAS)('psql', () => {
  beforeAll(() => stand.says(READS_PASS));

  test('describes tables, views, functions, roles', async () => {
    const ran = await psql([], '\\d\n\\d customers\n\\d+ orders\n\\dt+\n\\df\n\\du\n\\dn+\n');
    expect(ran.err).toBe('');
    expect(ran.code).toBe(0);
    expect(ran.out).toMatch(/email +\| text/);
    expect(ran.out).toMatch(/"customers_email_key" UNIQUE CONSTRAINT, btree \(email\)/);
  });

  test('runs several statements of one text, and a file', async () => {
    const ran = await psql([
      '-At',
      '-c',
      'select 1; select plan from customers where id = 3; select 3',
    ]);
    expect(ran).toEqual({ code: 0, out: '1\nfree\n3\n', err: '' });
    writeFileSync(
      join(folder, 'a.sql'),
      'begin;\nselect count(*) from orders;\ncommit;\n\\echo done\n',
    );
    expect(await psql(['-At', '-f', 'a.sql'])).toEqual({
      code: 0,
      out: 'BEGIN\n3000\nCOMMIT\ndone\n',
      err: '',
    });
  });

  test('copies out what is clean once somebody agreed, and never what is private', async () => {
    const copy = ['-c', '\\copy (select id, plan from customers where id < 4) to out.csv csv'];
    expect(await psql(copy)).toMatchObject({
      code: 1,
      err: expect.stringContaining('pending apr_'),
    });
    await stand.vote('approve');
    expect(await psql(copy)).toEqual({ code: 0, out: 'COPY 3\n', err: '' });
    expect(readFileSync(join(folder, 'out.csv'), 'utf8')).toBe('1,team\n2,enterprise\n3,free\n');
    const held = await psql(['-c', '\\copy customers to all.csv csv']);
    expect(held).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringContaining('cannot be masked'),
    });
  });

  test('copies in, once somebody agreed', async () => {
    writeFileSync(join(folder, 'in.csv'), '7,70\n8,80\n');
    const copy = ['-c', '\\copy orders (customer_id, total) from in.csv csv'];
    expect(await psql(copy)).toMatchObject({
      code: 1,
      err: expect.stringContaining('pending apr_'),
    });
    await stand.vote('approve');
    expect(await psql(copy)).toEqual({ code: 0, out: 'COPY 2\n', err: '' });
    expect(await psql(copy)).toMatchObject({
      code: 1,
      err: expect.stringContaining('pending apr_'),
    });
  });

  test('is told what is held, and runs the same text once it is approved', async () => {
    const write = ['-c', "update customers set notes = 'by psql' where id = 9"];
    const held = await psql(write);
    expect(held.code).toBe(1);
    expect(held.err).toMatch(
      /^ERROR: {2}NOT EXECUTED, pending apr_.*\nDETAIL: .*\nHINT: {2}https:\/\//,
    );
    await stand.vote('approve');
    expect(await psql(write)).toEqual({ code: 0, out: 'UPDATE 1\n', err: '' });
  });
});

describe('node-postgres', () => {
  beforeAll(() => stand.says(READS_PASS));

  test('a pool, parameters, prepared statements, types', async () => {
    const pool = new pg.Pool({ connectionString: stand.url(), max: 4 });
    const read = { text: 'select id, plan, email, created from customers where id = $1' };
    const all = await Promise.all(
      Array.from({ length: 40 }, (_, i) =>
        pool.query({ ...read, name: i % 2 ? 'read' : '', values: [i + 1] }),
      ),
    );
    for (const [i, { rows }] of all.entries())
      expect(rows).toEqual([
        { id: i + 1, plan: expect.any(String), email: MASKED, created: expect.any(Date) },
      ]);
    const list = await pool.query('select id from customers where id = any($1)', [[3, 1, 2]]);
    expect(list.rowCount).toBe(3);
    await pool.end();
  });

  test('a portal that is read a few rows at a time', async () => {
    const raw = await openRaw({
      host: '127.0.0.1',
      port: stand.port,
      database: 'crm',
      user: AGENT,
      password: KEY,
    });
    await raw.ask(Q('begin'));
    const first = await raw.ask(
      P('', 'select id, email from customers where id < 6 order by id'),
      B('c', ''),
      D('P', 'c'),
      E('c', 2),
      S,
    );
    expect(letters(first)).toBe('1 2 T D D s ZT');
    expect(letters(await raw.ask(E('c', 2), S))).toBe('D D s ZT');
    expect(letters(await raw.ask(E('c', 2), S))).toBe('D C ZT');
    expect(raw.said().toString()).not.toMatch(/person-/);
    raw.drop();
  });

  test('a statement without an answer yet is cancelled', async () => {
    const client = await stand.connect('crm-tx');
    stand.says(ALL_PASSES);
    const sleeping = client.query('select pg_sleep(20)');
    await new Promise((resolve) => setTimeout(resolve, 150));
    await stand.cancel(client);
    await expect(sleeping).rejects.toMatchObject({ code: '57014' });
    expect((await client.query('select 1 as i')).rows).toEqual([{ i: 1 }]);
    await client.end();
  });
});

const customers = pgTable('customers', {
  id: integer().primaryKey().generatedAlwaysAsIdentity(),
  name: text().notNull(),
  email: text().notNull(),
  plan: text().notNull().default('free'),
});
const orders = pgTable('orders', {
  id: integer().primaryKey().generatedAlwaysAsIdentity(),
  customerId: integer('customer_id').notNull(),
  total: numeric().notNull(),
});

describe('Drizzle', () => {
  test('select, join, insert, update and a transaction, in mode transactional', async () => {
    stand.says(ALL_PASSES);
    const pool = new pg.Pool({ connectionString: stand.url('crm-tx'), max: 2 });
    const db = drizzle(pool);
    const mine = eq(customers.id, 12);
    expect(await db.select().from(customers).where(mine)).toEqual([
      {
        id: 12,
        name: expect.stringMatching(/^‹pii\.name·/),
        email: MASKED,
        plan: expect.any(String),
      },
    ]);
    const joined = await db
      .select({ plan: customers.plan, total: sql<string>`sum(${orders.total})` })
      .from(customers)
      .innerJoin(orders, eq(orders.customerId, customers.id))
      .where(mine)
      .groupBy(customers.plan);
    expect(joined).toHaveLength(1);
    await db.transaction(async (tx) => {
      const [made] = await tx.insert(orders).values({ customerId: 12, total: '5.00' }).returning();
      expect(made).toMatchObject({ customerId: 12, total: '5.00' });
      await tx.update(customers).set({ plan: 'gold' }).where(mine);
    });
    await expect(
      db.transaction(async (tx) => {
        await tx.update(customers).set({ plan: 'lead' }).where(mine);
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect(await db.select({ plan: customers.plan }).from(customers).where(mine)).toEqual([
      { plan: 'gold' },
    ]);
    await pool.end();
  });
});

describe.skipIf(!HAS)('pgbench', () => {
  const MODES = ['simple', 'extended', 'prepared'] as const;
  test.each(MODES)('selects only (-M %s)', async (mode) => {
    stand.says(READS_PASS);
    const ran = await runProgram('pgbench', [
      '-n',
      '-S',
      '-c',
      '4',
      '-t',
      '50',
      '-M',
      mode,
      stand.url(),
    ]);
    expect(ran.err).not.toMatch(/error|aborted/i);
    expect(ran.out).toContain('number of transactions actually processed: 200/200');
  });

  test.each(MODES)('writes in transactions (-M %s)', async (mode) => {
    stand.says(ALL_PASSES);
    const ran = await runProgram('pgbench', [
      '-n',
      '-c',
      '2',
      '-t',
      '20',
      '-M',
      mode,
      stand.url('crm-tx'),
    ]);
    expect(ran.err).not.toMatch(/error|aborted/i);
    expect(ran.out).toContain('number of transactions actually processed: 40/40');
    expect(ran.code).toBe(0);
  });
});
