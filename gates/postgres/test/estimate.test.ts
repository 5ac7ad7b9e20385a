import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCatalogFollower, type CatalogFollower } from '../src/index.ts';
import { createEstimator, type Estimator } from '../src/judge/explain.ts';
import { estimateIn } from '../src/judge/plan-rows.ts';
import { loadClassify } from '../src/sql/classify.ts';
import type { Classify } from '../src/sql/facts.ts';
import type { Upstream } from '../src/upstream.ts';
import { createUpstream } from '../src/wire/upstream.ts';
import { classesOf } from './catalog.ts';
import { openDatabase, READ, SAMPLE_CLASSES, WRITE, type SampleDatabase } from './database.ts';

let database: SampleDatabase;
let upstream: Upstream;
let catalog: CatalogFollower;
let classify: Classify;
let estimator: Estimator;
/** What was asked of the database. */
const asked: string[] = [];

beforeAll(async () => {
  database = await openDatabase();
  await database.run(`create table marks (what text);
    create function marked(int) returns int immutable language plpgsql as
      $$ begin insert into public.marks values ('planned'); return $1; end $$;
    grant execute on function marked(int) to public;
    grant insert on marks to public;
    create table tenants (id int primary key, owner text);
    alter table tenants enable row level security;
    create policy mine on tenants using (id = marked(1));
    grant select on tenants to public;
    grant select on marks to public`);
  const real = createUpstream({
    name: 'sample',
    host: '127.0.0.1',
    port: database.port,
    tls: 'disable',
    database: 'postgres',
    lanes: {
      read: { user: READ.user, password: () => READ.password },
      write: { user: WRITE.user, password: () => WRITE.password },
    },
    settings: { searchPath: ['public'], statementMs: 5_000, idleTransactionMs: 60_000 },
  });
  upstream = {
    ...real,
    ask: (connection, sql) => {
      asked.push(sql);
      return real.ask(connection, sql);
    },
  };
  catalog = createCatalogFollower({
    connect: async () => {
      const connection = await real.connect('read');
      return { ask: (sql) => real.ask(connection, sql), close: connection.close };
    },
    classes: () => classesOf(SAMPLE_CLASSES),
    searchPath: ['public'],
    everyMs: 60_000,
    log: () => undefined,
  });
  classify = await loadClassify();
  await catalog.refresh();
  estimator = createEstimator({ upstream, catalog });
});
afterAll(async () => {
  estimator.close();
  catalog.close();
  await database.remove();
});

const guess = async (text: string) => {
  const now = catalog.now();
  if (!now) throw new Error('no catalog');
  const known = classify(text, now);
  return known.is === 'understood' ? estimator.estimate(text, known.facts) : undefined;
};

describe('what the planner makes of a statement that did not run', () => {
  test.each([
    ['select * from customers', 1_000, 1_000],
    ['select name from customers where id = 7 -- one', 1, 1],
    ["update customers set plan = 'free' where seats > 20", 300, 700],
    ['delete from orders', 3_000, 3_000],
    ['delete from orders where id = 3;', 1, 1],
    ['insert into countries select code, name from countries', 3, 3],
    ['with gone as (delete from orders returning id) select 1 from gone limit 1', 3_000, 3_000],
    ['update events set what = null', 400, 400],
    ['update customers set plan = $1 where id = $2', 1, 1],
  ])('%s', async (text, least, most) => {
    const estimate = await guess(text);
    expect(estimate?.rows).toBeGreaterThanOrEqual(least);
    expect(estimate?.rows).toBeLessThanOrEqual(most);
    expect(estimate?.cost).toBeGreaterThan(0);
  });

  test.each([
    ['it calls a function of the users', 'select marked(3)'],
    ['a condition calls one', 'select 1 from customers where id = marked(3)'],
    ['row security calls what it likes', 'select * from tenants'],
    ['a view calls a function', "select * from customers where email_of(id) = 'x'"],
    ['there are two statements', 'delete from orders; delete from orders'],
    ['it defines something', 'drop table orders'],
    ['nobody knows the table', 'select * from elsewhere'],
    ['it asks for a plan itself', 'explain analyze delete from orders'],
  ])('it is not asked where %s', async (_, text) => {
    asked.length = 0;
    expect(await guess(text)).toBeUndefined();
    expect(asked).toEqual([]);
  });

  test('R4: nothing ran by it, and nothing is left open', async () => {
    await guess('delete from orders');
    const { rows } = await database.run('select count(*)::int as n from orders');
    expect(rows).toEqual([{ n: 3_000 }]);
    expect((await database.run('select * from marks')).rows).toEqual([]);
    const open = await database.run(
      "select state from pg_stat_activity where usename = 'cs_write'",
    );
    expect(open.rows).toEqual([{ state: 'idle' }]);
  });

  test('one question at a time, and beyond a few the next go without', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => guess('delete from orders')));
    expect(all.filter((one) => one !== undefined).length).toBe(8);
    expect(await guess('delete from orders')).toBeDefined();
  });

  test('R2: a connection that was lost is no harm: none for now, and the next one opens another', async () => {
    await database.run(
      "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'cs_write'",
    );
    await guess('delete from orders');
    expect(await guess('delete from orders')).toBeDefined();
  });
});

test.each(['', 'nonsense', '[]', '{}', '[{"Plan": 7}]', '[[]]', '[{"Plan": {"Plans": 7}}]'])(
  'a plan that is none: %s',
  (plan) => {
    const estimate = estimateIn(plan);
    expect(estimate === undefined || estimate.rows === 0).toBe(true);
  },
);
