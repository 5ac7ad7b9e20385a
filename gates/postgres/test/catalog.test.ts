import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Catalog, Holds } from '../src/catalog/catalog.ts';
import type { Earlier } from '../src/catalog/snapshot.ts';
import { classesOf, snapshotOf } from './catalog.ts';
import { openDatabase, SAMPLE_CLASSES, type SampleDatabase } from './database.ts';

let database: SampleDatabase;
beforeAll(async () => void (database = await openDatabase()));
afterAll(() => database.remove());

const classes = classesOf(SAMPLE_CLASSES);
let earlier: Earlier;
beforeEach(() => void (earlier = { memory: new Map(), trees: new Map() }));

/** What is held, `?` where it is masked since nobody looked. */
function holds(catalog: Catalog, table: string): Readonly<Record<string, Holds | '?'>> {
  const relation = catalog.relation('public', table);
  return Object.fromEntries(
    (relation?.columns ?? [])
      .filter(({ attnum }) => attnum > 0)
      .map(({ name, holds: held }) => [name, held ?? (relation?.isGuarded ? '?' : undefined)]),
  );
}

/** A snapshot after statements that are undone afterwards. */
async function after(sql: string, said = classes): Promise<Catalog> {
  const { catalog } = await changed(sql, said);
  return catalog;
}
async function changed(sql: string, said = classes): ReturnType<typeof snapshotOf> {
  await database.run(sql);
  return snapshotOf(database, said, earlier);
}

test('MASK-10: relations, keys, parts, estimates and what happens besides', async () => {
  const { catalog, unmatched } = await snapshotOf(database, classes, earlier);
  expect(unmatched).toEqual([]);
  const customers = catalog.relation(undefined, 'customers');
  expect(customers).toMatchObject({ schema: 'public', kind: 'table', rows: 1000, hidden: [] });
  expect(customers?.uniques).toEqual([[1], [3]]);
  expect(customers?.columns.find(({ name }) => name === 'ctid')?.holds).toBe('none');
  const events = catalog.relation('public', 'events');
  expect(events).toMatchObject({ kind: 'partitioned', rows: 400 });
  expect(events?.behind.map((oid) => catalog.byOid(oid)?.name)).toEqual([
    'events_old',
    'events_new',
  ]);
  expect(
    catalog.relation('public', 'order_totals')?.behind.map((oid) => catalog.byOid(oid)?.name),
  ).toEqual(['customers', 'orders']);
  expect(catalog.relation(undefined, 'pg_class')?.schema).toBe('pg_catalog');
  expect(catalog.relation(undefined, 'nothing')).toBeUndefined();
});

test('MASK-11: classes reach parts, parents, references and renamed columns', async () => {
  const { catalog } = await snapshotOf(database, classes, earlier);
  expect(holds(catalog, 'events_new')).toEqual(holds(catalog, 'events'));
  expect(holds(catalog, 'customers')).toMatchObject({
    email: 'pii.email',
    notes: '?',
    plan: 'none',
  });
  expect(holds(catalog, 'orders')).toMatchObject({ total: undefined });
  const child = await after(
    `create table vip (badge text) inherits (customers);
     create table letters (id int, sent_to text references customers (email), body text)`,
  );
  expect(holds(child, 'vip')).toMatchObject({ ssn: 'pii.us-ssn', badge: '?' });
  expect(holds(child, 'letters')).toEqual({ id: '?', sent_to: 'pii.email', body: '?' });
  expect(child.relation('public', 'customers')?.uniques).toEqual([]);
  await database.run('drop table vip; drop table letters');
  const renamed = await changed('alter table customers rename email to contact');
  expect(holds(renamed.catalog, 'customers')).toMatchObject({ contact: 'pii.email' });
  expect(renamed.unmatched).toEqual(['public.customers.email']);
  const moved = await changed('alter table customers rename to clients');
  expect(holds(moved.catalog, 'clients')).toMatchObject({
    contact: 'pii.email',
    ssn: 'pii.us-ssn',
  });
  expect(moved.unmatched).toEqual(['public.customers']);
  const back = await after(
    `alter table clients rename contact to email; alter table clients rename plan to tier;
     alter table clients rename tier to plan`,
  );
  earlier = { memory: new Map(), trees: new Map() };
  // nobody followed the rename of the table: the one that has every column is taken for it
  expect(holds((await snapshotOf(database, classes, earlier)).catalog, 'clients')).toEqual(
    holds(back, 'clients'),
  );
  await database.run('alter table clients rename to customers');
});

test('MASK-11: what a part alone is said to hold, its parent holds too', async () => {
  const said = classesOf({ 'public.events_old': { what: 'pii.name', at: 'none' } });
  const { catalog } = await snapshotOf(database, said, earlier);
  expect(holds(catalog, 'events')).toEqual({ id: '?', at: '?', who: '?', what: 'pii.name' });
  expect(holds(catalog, 'events_new')).toMatchObject({ what: 'pii.name' });
});

const VIEWS: readonly (readonly [query: string, holds: Readonly<Record<string, Holds | '?'>>])[] = [
  ['select id, email from customers', { id: 'none', email: 'pii.email' }],
  ['select id, lower(email) as e from customers', { id: 'none', e: 'pii.email' }],
  ['select id, 1 as one from customers where ssn > $$a$$', { id: 'none', one: 'pii.us-ssn' }],
  ['select c as w, c.id from customers c', { w: 'pci.card', id: 'none' }],
  ['select row_to_json(c) as j, c.id from customers c', { j: 'pci.card', id: 'none' }],
  ['select id, notes from customers', { id: 'none', notes: '?' }],
  ['select id, length(notes) as n from customers', { id: 'none', n: '?' }],
  ['select seats + 1 as n from customers', { n: 'none' }],
  ['select total from orders union select 1', { total: 'none' }],
  ['select plan from customers union select email from customers', { plan: 'pii.email' }],
  ['select * from (select (select max(email) from customers) as m) x', { m: 'pii.email' }],
  ['with a as (select email as e from customers) select e from a', { e: 'pii.email' }],
  ['select who from events_old', { who: 'pii.email' }],
  ['select id, email from customer_emails', { id: 'none', email: 'pii.email' }],
  ['select upper(email) as u from customer_emails', { u: 'pii.email' }],
  [
    'select most_common_vals::text as v, attname from pg_stats',
    { v: 'custom.statistics', attname: 'none' },
  ],
  ['select query as q, pid from pg_stat_activity', { q: 'custom.statement', pid: 'none' }],
  // of these two `pg_depend` says nothing at all
  ['select stavalues1::text as v from pg_statistic', { v: 'custom.statistics' }],
  [`select table_to_xml('customers', true, true, '')::text as x`, { x: '?' }],
  [`select email_of(1) as e, 1 as ":relid"`, { e: '?', ':relid': '?' }],
  ['select count(*) as n from customers', { n: 'none' }],
  ['select g from generate_series(1, 3) g', { g: 'none' }],
  [`select data from pg_logical_slot_peek_changes('s', null, null)`, { data: '?' }],
];

test('MASK-12: a column of a view holds what it is made of, unless a person says otherwise', async () => {
  const said = Object.fromEntries(
    VIEWS.map(([, columns], i) => [
      `public.kept_${i}`,
      Object.fromEntries(Object.keys(columns).map((name) => [name, 'none' as const])),
    ]),
  );
  const texts = VIEWS.flatMap(([query], i) => [
    `create view seen_${i} as ${query}`,
    `create materialized view kept_${i} as ${query} with no data`,
  ]);
  const catalog = await after(texts.join(';'), classesOf({ ...SAMPLE_CLASSES, ...said }));
  for (const [i, [query, expected]] of VIEWS.entries()) {
    expect(holds(catalog, `seen_${i}`), query).toEqual(expected);
    expect(new Set(Object.values(holds(catalog, `kept_${i}`))), query).toEqual(new Set(['none']));
  }
  const drops = VIEWS.map((_view, i) => `drop view seen_${i}; drop materialized view kept_${i}`);
  await database.run(drops.join(';'));
});

test('functions are believed by the worst of what their name may mean', async () => {
  const catalog = await after(`
    create function public.lower(varchar) returns text language sql immutable as 'select $1::text';
    create schema other; create function other.upper(text) returns text language sql as 'select $1'`);
  const of = (name: string, schema?: string): string => catalog.functionClass(schema, name);
  expect([of('lower'), of('lower', 'pg_catalog'), of('upper'), of('upper', 'other')]).toEqual([
    'user',
    'pure',
    'pure',
    'user',
  ]);
  const expected: Readonly<Record<string, string>> = {
    md5: 'pure',
    now: 'pure',
    random: 'pure',
    string_agg: 'pure',
    nextval: 'volatile',
    pg_sleep: 'volatile',
    pg_notify: 'volatile',
    set_config: 'setting',
    pg_read_file: 'os-access',
    lo_export: 'os-access',
    lo_get: 'os-access',
    table_to_xml: 'reads-by-name',
    query_to_xml: 'reads-by-name',
    ts_stat: 'reads-by-name',
    pg_get_viewdef: 'reads-by-name',
    pg_stat_get_activity: 'reads-by-name',
    current_query: 'reads-by-name',
    pg_get_userbyid: 'pure',
    email_of: 'user',
    promote: 'user',
    nothing_of_this_name: 'unknown',
  };
  expect(Object.fromEntries(Object.keys(expected).map((name) => [name, of(name)]))).toEqual(
    expected,
  );
  expect(catalog.isOwnType(undefined, 'int4')).toBe(true);
  expect(catalog.isOwnType('public', 'int4')).toBe(false);
  expect(catalog.isOwnType(undefined, 'customers')).toBe(false);
  await database.run('drop function public.lower(varchar); drop schema other cascade');
});

test('views and tables tell what happens besides', async () => {
  const catalog = await after(`
    create function noted() returns trigger language plpgsql as 'begin return new; end';
    create trigger t before insert on orders for each row execute function noted();
    create rule r as on delete to countries do also select 1;
    alter table events enable row level security;
    create view promoted as select promote(1)::text, nextval('orders_id_seq') as n`);
  expect(catalog.relation('public', 'orders')?.hidden).toEqual(['trigger']);
  expect(catalog.relation('public', 'countries')?.hidden).toEqual(['rule']);
  expect(catalog.relation('public', 'events')?.hidden).toEqual(['row-security']);
  expect(catalog.relation('public', 'promoted')?.calls).toEqual([
    'pg_catalog.nextval',
    'public.promote',
  ]);
  expect(catalog.relation('public', 'promoted')?.isGuarded).toBe(true);
});
