import { beforeAll, expect, test } from 'vitest';
import { loadClassify } from '../src/sql/classify.ts';
import type { Classify, StatementFacts } from '../src/sql/facts.ts';
import { SAMPLE_CATALOG } from './sample-catalog.ts';

let classify: Classify;
beforeAll(async () => void (classify = await loadClassify()));

/** What is expected of a statement; what is not said is what a harmless select of nothing has. */
type Expected = {
  readonly [K in keyof StatementFacts]?: K extends 'functions'
    ? Readonly<Record<string, string>>
    : StatementFacts[K];
} & { readonly looked?: 'partial' | 'none' };

const C = 'public.customers';
const NONE: Expected = {
  kind: 'select',
  verbs: ['select'],
  reads: [],
  writes: [],
  risks: [],
  unbounded: false,
  export: false,
  classes: [],
  isClean: true,
  parameters: {},
  literalSensitive: false,
  changesCatalog: false,
};
const ddl = { kind: 'ddl', isClean: false, literalSensitive: true, changesCatalog: true } as const;
const alone = (kind: StatementFacts['kind'], verb: string): Expected => ({ kind, verbs: [verb] });
const opaque = { isClean: false, literalSensitive: true } as const;
const email = { reads: [C], classes: ['pii.email'], isClean: false } as const;
const all = ['pci.card', 'pii.email', 'pii.name', 'pii.phone', 'pii.us-ssn'] as const;

// oxfmt-ignore
const STATEMENTS: readonly (readonly [sql: string, expected: Expected])[] = [
  // texts that are not what they look like
  ['table customers', { reads: [C], classes: all, isClean: false, export: true, risks: ['export', 'star'], rows: 1000 }],
  ["select 'delete from customers'", { rows: 1 }],
  ['select 1 -- ; drop table customers', {}],
  ['select 1 /* ; drop table customers; /* nested */ delete from orders */', {}],
  ['select $$; drop table customers; $$', {}],
  ['select $a$ $$ $a$', {}],
  ['select "delete" from (select 1 as "delete") x', {}],
  ["select E'\\'; drop table customers; --'", {}],
  // one clause decides
  ['select plan from customers where id = 7', { reads: [C], rows: 1, hasWhere: true }],
  ['select plan from customers where id = $1', { reads: [C], rows: 1, hasWhere: true }],
  ['select plan from customers where id in (1, 2, 3)', { reads: [C], rows: 3, hasWhere: true }],
  ['select plan from customers where seats = 3', { reads: [C], rows: 1000, hasWhere: true }],
  ['select plan from customers', { reads: [C], rows: 1000, export: true, risks: ['export'] }],
  ['select plan from customers limit 5', { reads: [C], rows: 5, literalSensitive: true }],
  ['select plan from customers limit 5000', { reads: [C], rows: 1000, literalSensitive: true, export: true, risks: ['export'] }],
  ['select plan from customers limit $1', { reads: [C], rows: 1000, export: true, risks: ['export'] }],
  ['select plan from customers limit all', { reads: [C], rows: 1000, export: true, risks: ['export'], literalSensitive: true }],
  ['select plan from customers order by id fetch first 2 rows with ties', { reads: [C], rows: 1000, export: true, risks: ['export'], literalSensitive: true }],
  ['select plan from customers where true', { reads: [C], rows: 1000, export: true, risks: ['export'], literalSensitive: true }],
  ['select plan from customers where id = 1 or 1 = 1', { reads: [C], rows: 1000, export: true, risks: ['export'], literalSensitive: true }],
  ['select plan from customers where id = id', { reads: [C], rows: 1000, export: true, risks: ['export'] }],
  ['select plan from customers where not false', { reads: [C], rows: 1000, export: true, risks: ['export'], literalSensitive: true }],
  ['select plan from customers where exists (select 1)', { reads: [C], rows: 1000, export: true, risks: ['export'], literalSensitive: true }],
  ['select plan from customers order by 1', { reads: [C], rows: 1000, export: true, risks: ['export'], literalSensitive: true }],
  ['select plan, count(*) from customers group by 1', { reads: [C], rows: 1000, literalSensitive: true }],
  ['select count(*) from customers', { reads: [C], rows: 1 }],
  ['select count(*) from customers where email like $1', { ...email, rows: 1, hasWhere: true, parameters: { 1: 'pii.email' } }],
  ['select array_agg(plan) from customers', { reads: [C], rows: 1000, export: true, risks: ['export'] }],
  ['select json_arrayagg(plan) from customers', { reads: [C], rows: 1000, export: true, risks: ['export'] }],
  ['select count(*), generate_series(1, 1000) from customers', { reads: [C], rows: undefined }],
  ['values (1, 2), (3, 4)', { verbs: [], rows: 2 }],
  ['select * from (values (1), (2)) v', { rows: 2, risks: ['star'] }],
  ['select 1 where false', { literalSensitive: true, rows: 1 }],
  // names
  ['select email from customers', { ...email, rows: 1000, export: true, risks: ['export'] }],
  ['select e from (select email as e from customers) x', { ...email, rows: 1000, export: true, risks: ['export'] }],
  ['select x.b from customers as x(a, b) where x.a = 1', { reads: [C], classes: ['pii.name'], isClean: false, rows: 1 }],
  ['select u from customers u where id = 1', { reads: [C], classes: all, isClean: false, rows: 1 }],
  ['select (u).email from customers u where id = 1', { ...email, rows: 1 }],
  ['select row_to_json(u) from customers u where id = 1', { reads: [C], classes: all, isClean: false, rows: 1 }],
  ['select u.promote from customers u where id = 1', { reads: [C], classes: all, isClean: false, risks: ['user-function'], looked: 'partial' }],
  ['select (u).promote from customers u where id = 1', { reads: [C], classes: all, isClean: false, risks: ['user-function'], looked: 'partial' }],
  ['select promote(u) from customers u where id = 1', { reads: [C], classes: all, isClean: false, risks: ['user-function'], looked: 'partial', literalSensitive: true }],
  ['select public.customers.email from public.customers', { ...email, export: true, risks: ['export'] }],
  ['select email from customers natural join customer_emails', { reads: ['public.customer_emails', C], classes: ['pii.email'], isClean: false, export: true, risks: ['export'] }],
  ['select o.total from customers c join orders o on o.customer_id = c.id where c.email = $1', { reads: [C, 'public.orders'], classes: ['pii.email'], isClean: false, rows: 3000, parameters: { 1: 'pii.email' } }],
  ['select c.plan from orders o join customers c on c.id = o.customer_id where o.id = 5', { reads: [C, 'public.orders'], rows: 1 }],
  ['select c.plan from orders o left join customers c on c.id = 5', { reads: [C, 'public.orders'], rows: 3000, export: true, risks: ['export'] }],
  ['select c.plan from orders o join customers c using (id) where o.id = 1', { reads: [C, 'public.orders'], rows: 1 }],
  ['select u.id from orders o join customers c using (id) as u', { reads: [C, 'public.orders'], rows: 1000, export: true, risks: ['export'] }],
  ['select o.id from customers c left join orders o on c.id = 5', { reads: [C, 'public.orders'], rows: 3_000_000, export: true, risks: ['export'] }],
  ['select (select email from customers where id = o.customer_id) from orders o where o.id = 1', { ...email, reads: [C, 'public.orders'], rows: 1 }],
  ['select 1 from orders o where exists (select 1 from countries n join audited a on n.code = status)', { reads: ['public.audited', 'public.countries', 'public.orders'] }],
  ['select plan from customers c, lateral (select c.email) x where c.id = 1', { ...email, rows: 1 }],
  ['select nothing from customers where id = 1', { reads: [C], classes: all, isClean: false, risks: ['unknown-column'], looked: 'none' }],
  ['select * from invoices', { reads: ['invoices'], isClean: false, risks: ['star', 'unknown-relation'], looked: 'none' }],
  ['select ctid from customers where id = 1', { reads: [C], isClean: false }],
  ['select notes from customers where id = 1', { reads: [C], isClean: false }],
  ['select sum(total) as t from orders group by status order by t', { reads: ['public.orders'] }],
  ['select lower(status) as email from orders order by email', { reads: ['public.orders'], export: true, risks: ['export'] }],
  // WITH
  ['with customers as (select 1 as email) select email from customers', {}],
  ['with customers as (select * from customers) select email from customers', { reads: [C], classes: all, isClean: false, risks: ['export', 'star'], export: true }],
  ['with customers as (select 1 as email) select email from public.customers', { ...email, export: true, risks: ['export'] }],
  ['with recursive t(n) as (select 1 union all select n + 1 from t where n < 9) select n from t', { isClean: false, rows: undefined }],
  ['with d as (delete from orders returning id) select * from d', { kind: 'delete', verbs: ['delete', 'select'], reads: ['public.orders'], writes: ['public.orders'], risks: ['cte-write', 'star'], unbounded: true }],
  ["with x as (update customers set plan = 'a' where id = 1 returning email) insert into audited select 1 from x", { kind: 'update', verbs: ['insert', 'select', 'update'], reads: [C], writes: ['public.audited', C], risks: ['cte-write', 'rule', 'trigger'], classes: ['pii.email'], isClean: false }],
  // views, partitions, what the server keeps
  ['select count(*) from customer_emails', { reads: ['public.customer_emails', C], isClean: false, rows: 1 }],
  ['select total from order_totals', { reads: [C, 'public.order_totals', 'public.orders'], export: true, risks: ['export'] }],
  ['select at from events where id = 1', { reads: ['public.events', 'public.events_new', 'public.events_old'] }],
  ['select most_common_vals from pg_stats', { reads: ['pg_catalog.pg_stats'], isClean: false, export: true, risks: ['export', 'statistics'] }],
  ['select query from pg_stat_activity', { reads: ['pg_catalog.pg_stat_activity'], isClean: false, export: true, risks: ['export', 'statistics'] }],
  ['select relname from pg_class where oid = 1', { reads: ['pg_catalog.pg_class'] }],
  // set operations
  ['select email from customers union select code from countries', { ...email, reads: ['public.countries', C], rows: 1003, export: true, risks: ['export'] }],
  ['select plan from customers where id = 1 union all values ($1)', { reads: [C], rows: 2 }],
  ['select plan from customers where id = 1 except select plan from customers', { reads: [C], rows: 1 }],
  // functions, types, operators
  ['select lower(email) from customers where id = 1', { ...email, rows: 1 }],
  ['select md5($1), length($2)', {}],
  ["select nextval('orders_id_seq')", { isClean: false, literalSensitive: true, risks: ['volatile-function'] }],
  ['select promote(3)', { isClean: false, literalSensitive: true, risks: ['user-function'], looked: 'partial' }],
  ['select public.email_of(3)', { isClean: false, literalSensitive: true, risks: ['user-function'], looked: 'partial' }],
  ['select evil.lower($1)', { isClean: false, literalSensitive: true, risks: ['unknown-function'], looked: 'none' }],
  ["select table_to_xml('customers', true, true, '')", { isClean: false, literalSensitive: true, risks: ['hidden-sql'] }],
  ["select pg_notify('a', 'b')", { isClean: false, literalSensitive: true, risks: ['notify', 'volatile-function'] }],
  ['select pg_advisory_lock(1)', { isClean: false, literalSensitive: true, risks: ['lock', 'volatile-function'] }],
  ["select 'customers'::regclass", { literalSensitive: true }],
  ["select regclass 'customers'", { literalSensitive: true }],
  ["select regclass('customers')", { literalSensitive: true }],
  ['select $1::evil.type', { isClean: false, risks: ['user-type'] }],
  ['select 1 operator(evil.+) 2', { isClean: false, risks: ['qualified-operator'] }],
  ['select 1 operator(pg_catalog.+) 2', {}],
  ['select count(*) over (partition by email) from customers where id = 1', { ...email, rows: 1 }],
  ["select json_value(notes::jsonb, '$.a') from customers where id = 1", { reads: [C], isClean: false, rows: 1 }],
  ['select xmlelement(name a, email) from customers where id = 1', { ...email, rows: 1 }],
  ['select n from customers, jsonb_each(notes::jsonb) as x(n, v) where id = 1', { reads: [C], isClean: false }],
  ["select x.k from xmltable('/a' passing ('<a/>'::xml) columns k text) x", { isClean: false }],
  // parameters
  ['select plan from customers where $1 = email', { ...email, parameters: { 1: 'pii.email' }, rows: 1 }],
  ['select plan from customers where lower(email) = lower($2)', { ...email, parameters: { 2: 'pii.email' } }],
  ['select plan from customers where (email, phone) = ($1, $2)', { reads: [C], classes: ['pii.email', 'pii.phone'], isClean: false, parameters: { 1: 'pii.email', 2: 'pii.phone' } }],
  ['select plan from customers where email = any($1) and plan = $2', { ...email, parameters: { 1: 'pii.email' } }],
  ['select 1 where $1 in (select ssn from customers)', { reads: [C], classes: ['pii.us-ssn'], isClean: false, parameters: { 1: 'pii.us-ssn' }, literalSensitive: true }],
  ['select plan from customers where email between $1 and $2', { ...email, parameters: { 1: 'pii.email', 2: 'pii.email' } }],
  ['select x.e from (select email e from customers) x where x.e = $1', { ...email, parameters: { 1: 'pii.email' } }],
  // writes
  ['insert into customers (name, email) values ($1, $2)', { kind: 'insert', verbs: ['insert'], writes: [C], classes: ['pii.email', 'pii.name'], isClean: false, rows: 1, parameters: { 1: 'pii.name', 2: 'pii.email' } }],
  ['insert into orders select * from orders', { kind: 'insert', verbs: ['insert', 'select'], reads: ['public.orders'], writes: ['public.orders'], rows: 3000, risks: ['star'] }],
  ['insert into orders default values', { kind: 'insert', verbs: ['insert'], writes: ['public.orders'], rows: 1 }],
  ['insert into customers (email) values ($1) on conflict (email) do update set card = excluded.card, phone = $2', { kind: 'insert', verbs: ['insert', 'update'], reads: [C], writes: [C], classes: ['pci.card', 'pii.email', 'pii.phone'], isClean: false, rows: 1, parameters: { 1: 'pii.email', 2: 'pii.phone' } }],
  ['update customers set plan = $1', { kind: 'update', verbs: ['update'], writes: [C], isClean: false, unbounded: true, rows: 1000, hasWhere: false }],
  ['update customers set plan = $1 where id = 1', { kind: 'update', verbs: ['update'], reads: [C], writes: [C], isClean: false, rows: 1, hasWhere: true }],
  ['update customers set (phone, plan) = ($1, $2) where id = 1', { kind: 'update', verbs: ['update'], reads: [C], writes: [C], classes: ['pii.phone'], isClean: false, parameters: { 1: 'pii.phone' } }],
  ["update orders set status = 'x' where 'a' = 'a'", { kind: 'update', verbs: ['update'], writes: ['public.orders'], unbounded: true, literalSensitive: true }],
  ['update orders set status = n.name from countries n where n.code = $1', { kind: 'update', verbs: ['update'], reads: ['public.countries'], writes: ['public.orders'], unbounded: true, rows: 3000 }],
  ['update orders set status = c.email from customers c where c.id = customer_id returning c.card', { kind: 'update', verbs: ['update'], reads: [C, 'public.orders'], writes: ['public.orders'], classes: ['pci.card', 'pii.email'], isClean: false, rows: 3000 }],
  ['delete from orders', { kind: 'delete', verbs: ['delete'], writes: ['public.orders'], unbounded: true, rows: 3000 }],
  ['delete from orders where id = 1 or true', { kind: 'delete', verbs: ['delete'], reads: ['public.orders'], writes: ['public.orders'], unbounded: true, literalSensitive: true }],
  ['delete from orders where exists (select 1 from countries)', { kind: 'delete', verbs: ['delete', 'select'], reads: ['public.countries'], writes: ['public.orders'], unbounded: true, literalSensitive: true }],
  ['delete from orders o using customers c where c.id = o.customer_id and c.email = $1', { kind: 'delete', verbs: ['delete'], reads: [C, 'public.orders'], writes: ['public.orders'], classes: ['pii.email'], isClean: false, parameters: { 1: 'pii.email' } }],
  ['delete from orders where current of c', { kind: 'delete', verbs: ['delete'], writes: ['public.orders'], rows: 1 }],
  ['delete from events where id = 1 returning old.who', { kind: 'delete', verbs: ['delete'], reads: ['public.events'], writes: ['public.events', 'public.events_new', 'public.events_old'], classes: ['pii.email'], isClean: false }],
  ['update customer_emails set id = 2 where id = 1', { kind: 'update', verbs: ['update'], reads: ['public.customer_emails'], writes: ['public.customer_emails', C], isClean: false }],
  ['merge into orders t using customers s on s.id = t.customer_id when matched then delete when not matched then insert (status) values (s.email)', { kind: 'merge', verbs: ['delete', 'insert', 'merge'], reads: [C, 'public.orders'], writes: ['public.orders'], classes: ['pii.email'], isClean: false, rows: 1000 }],
  ['merge into orders t using customers s on false when matched then do nothing when not matched by source then delete', { kind: 'merge', verbs: ['delete', 'merge'], reads: [C], writes: ['public.orders'], unbounded: true, literalSensitive: true }],
  ['truncate orders, countries cascade', { kind: 'delete', verbs: ['truncate'], writes: ['public.countries', 'public.orders'], unbounded: true, risks: ['cascade', 'truncate'], rows: 3003 }],
  ['select * from customers for update', { reads: [C], classes: all, isClean: false, export: true, risks: ['export', 'row-lock', 'star'] }],
  // COPY
  ['copy customers (plan) to stdout', { kind: 'copy-out', verbs: ['copy'], reads: [C], literalSensitive: true, export: true, risks: ['copy-out', 'export'], rows: 1000 }],
  ['copy customers to stdout', { kind: 'copy-out', verbs: ['copy'], reads: [C], classes: all, isClean: false, literalSensitive: true, export: true, risks: ['copy-out', 'export'] }],
  ['copy (select email from customers where id = 1) to stdout', { kind: 'copy-out', verbs: ['copy', 'select'], ...email, literalSensitive: true, risks: ['copy-out'], rows: 1 }],
  ['copy (delete from orders returning id) to stdout', { kind: 'delete', verbs: ['copy', 'delete'], reads: ['public.orders'], writes: ['public.orders'], unbounded: true, literalSensitive: true, risks: ['copy-out'] }],
  ['copy orders from stdin', { kind: 'copy-in', verbs: ['copy'], writes: ['public.orders'], literalSensitive: true, risks: ['copy-in'], rows: undefined, looked: 'partial' }],
  // EXPLAIN
  ['explain delete from orders', { kind: 'explain', verbs: ['explain'], reads: ['public.orders'], ...opaque, risks: ['explain'] }],
  ['explain (analyze false) delete from orders', { kind: 'explain', verbs: ['explain'], reads: ['public.orders'], ...opaque, risks: ['explain'] }],
  ['explain (analyze 0) delete from orders', { kind: 'explain', verbs: ['explain'], reads: ['public.orders'], ...opaque, risks: ['explain'] }],
  ['explain (analyze off, analyze on) delete from orders', { kind: 'delete', verbs: ['delete', 'explain'], writes: ['public.orders'], ...opaque, unbounded: true, risks: ['explain'] }],
  ['explain analyze delete from orders', { kind: 'delete', verbs: ['delete', 'explain'], writes: ['public.orders'], ...opaque, unbounded: true, risks: ['explain'] }],
  ['explain (analyze) select email from customers', { kind: 'explain', verbs: ['explain', 'select'], reads: [C], classes: ['pii.email'], ...opaque, risks: ['explain'] }],
  // names of the session
  ['prepare p as delete from orders', { kind: 'prepare', verbs: ['delete'], writes: ['public.orders'], literalSensitive: true, unbounded: true, names: [{ does: 'prepare', name: 'p' }] }],
  ['execute p(1)', { ...alone('execute', 'execute'), ...opaque, looked: 'partial', names: [{ does: 'execute', name: 'p' }] }],
  ['declare c cursor for select email from customers', { kind: 'declare', ...email, literalSensitive: true, export: true, risks: ['export'], names: [{ does: 'declare', name: 'c' }] }],
  ['fetch 5 from c', { ...alone('fetch', 'fetch'), ...opaque, rows: 5, looked: 'partial', names: [{ does: 'fetch', name: 'c' }] }],
  ['fetch all from c', { ...alone('fetch', 'fetch'), ...opaque, rows: undefined, looked: 'partial' }],
  ['move 5 from c', { ...alone('fetch', 'fetch'), ...opaque, looked: 'partial' }],
  ['close all', { ...alone('close', 'close'), names: [{ does: 'close', name: undefined }] }],
  ['deallocate all', { ...alone('deallocate', 'deallocate'), names: [{ does: 'deallocate', name: undefined }] }],
  // transactions and settings
  ['begin read write', alone('tx', 'transaction')],
  ['begin isolation level serializable, read only', alone('tx', 'transaction')],
  ['rollback to savepoint a', alone('tx', 'transaction')],
  ["prepare transaction 'a'", { ...alone('tx', 'transaction'), risks: ['two-phase'], literalSensitive: true }],
  ["set application_name = 'x'", { ...alone('set', 'set'), literalSensitive: true, setting: { name: 'application_name', value: 'x' } }],
  ["set time zone 'UTC'", { ...alone('set', 'set'), literalSensitive: true, setting: { name: 'timezone', value: 'UTC' } }],
  ["set local statement_timeout = '1s'", { ...alone('set', 'set'), literalSensitive: true, setting: { name: 'statement_timeout', value: '1s' } }],
  ['set work_mem = 1000', { ...alone('set', 'set'), literalSensitive: true, risks: ['server-config'] }],
  ["set client_encoding to 'UTF8'", { ...alone('set', 'set'), literalSensitive: true }],
  ['reset timezone', { ...alone('set', 'set'), literalSensitive: true, setting: { name: 'timezone', value: undefined } }],
  ["select set_config('timezone', 'UTC', false)", { isClean: false, literalSensitive: true, setting: { name: 'timezone', value: 'UTC' } }],
  ["select set_config('statement_timeout', '0', false)", { ...opaque, risks: ['server-config'] }],
  ['show search_path', alone('show', 'show')],
  ['show my.secret', { ...alone('show', 'show'), isClean: false }],
  ['discard plans', alone('discard', 'discard')],
  ['listen a', alone('listen', 'listen')],
  ["notify a, 'b'", { ...alone('notify', 'notify'), risks: ['notify'], literalSensitive: true }],
  // objects
  ['create table t (a int)', { ...ddl, verbs: ['create'], writes: ['public.t'], risks: ['ddl'] }],
  ['create temp table t as select email from customers', { ...ddl, verbs: ['create', 'select'], reads: [C], writes: ['public.t'], classes: ['pii.email'], risks: ['ddl', 'temp'] }],
  ['select email into t from customers', { ...ddl, verbs: ['create', 'select'], reads: [C], writes: ['public.t'], classes: ['pii.email'], risks: ['ddl'] }],
  ['create view v as select email from customers', { ...ddl, verbs: ['create', 'select'], reads: [C], writes: ['public.v'], classes: ['pii.email'], risks: ['ddl', 'ddl-security'] }],
  ['alter table customers disable row level security', { ...ddl, verbs: ['alter'], writes: [C], risks: ['ddl', 'ddl-security', 'locking-ddl'] }],
  ['alter table customers owner to cs_write', { ...ddl, verbs: ['alter'], writes: [C], risks: ['ddl', 'locking-ddl', 'privilege'] }],
  ['drop table customers cascade', { ...ddl, verbs: ['drop'], writes: [C], risks: ['cascade', 'ddl', 'drop', 'locking-ddl'] }],
  ['grant select on customers to cs_write', { ...ddl, verbs: ['grant'], writes: [C], risks: ['ddl', 'privilege'] }],
  ['create publication p for all tables', { ...ddl, verbs: ['create'], risks: ['ddl', 'ddl-security'] }],
  ["create function f() returns int language sql as 'select 1'", { ...ddl, verbs: ['create'], risks: ['ddl', 'ddl-code'] }],
  ['create index on orders (status)', { ...ddl, verbs: ['create'], writes: ['public.orders'], risks: ['ddl', 'locking-ddl'] }],
  ['create index concurrently on orders (status)', { ...ddl, verbs: ['create'], writes: ['public.orders'], risks: ['ddl'] }],
  ['do $$ begin delete from orders; end $$', { kind: 'other', verbs: ['do'], ...opaque, changesCatalog: true, risks: ['procedural'], looked: 'partial' }],
  ['call promote(1)', { kind: 'other', verbs: ['call'], ...opaque, changesCatalog: true, risks: ['procedural', 'user-function'], looked: 'partial' }],
  ['lock table orders', { kind: 'other', verbs: ['lock'], reads: ['public.orders'], ...opaque, risks: ['lock'] }],
  ['vacuum full orders', { kind: 'other', verbs: ['vacuum'], writes: ['public.orders'], ...opaque, risks: ['locking-ddl', 'maintenance'] }],
  ["alter system set work_mem = '1MB'", { kind: 'other', verbs: ['alter'], ...opaque, risks: ['server-config'] }],
];

// oxfmt-ignore
const REFUSED: readonly (readonly [sql: string, risk: string])[] = [
  // a literal that one server ends here and another one there
  ["select '\\'; drop table customers; --'", 'ambiguous-backslash'],
  ["select 'a\\b'", 'ambiguous-backslash'],
  ["select N'\\'", 'ambiguous-backslash'],
  ["select U&'d\\0061t\\+000061'", 'ambiguous-backslash'],
  ["select 'a'\n'\\'", 'ambiguous-backslash'],
  // not text, or not this language
  ["select '\ud800'", 'unparseable'],
  ["select 1\0; drop table customers", 'unparseable'],
  [`select '${'x'.repeat(1024 * 1024)}'`, 'unparseable'],
  ['selec 1', 'unparseable'],
  ["select 'open", 'unparseable'],
  ['(select 1) union (delete from orders)', 'unparseable'],
  ['select plan from customers fetch first 2 rows with ties for', 'unparseable'],
  ["select json_value(notes::jsonb, $$.a$$ from customers", 'unparseable'],
  [`select ${'1+'.repeat(10_000)}1`, 'unparseable'],
  [`select ${'('.repeat(10_000)}1${')'.repeat(10_000)}`, 'unparseable'],
  [`select 1${' union select 1'.repeat(20_000)}`, 'unparseable'],
  [`select ${'(select '.repeat(3000)}1${')'.repeat(3000)}`, 'unparseable'],
  // who the session is, and how it reads
  ["select set_config('role', 'cs_write', false)", 'session-identity'],
  ["select 1 where set_config('default_transaction_read_only', 'off', false) = 'off'", 'session-identity'],
  ["select set_config('application_name', email, false) from customers", 'session-identity'],
  ["select set_config($1, $2, false)", 'session-identity'],
  ["select set_config(is_local => false, setting_name => 'role', new_value => 'x')", 'session-identity'],
  ["with x as (select set_config('search_path', 'evil', false)) select 1", 'parser-setting'],
  ['set role cs_write', 'session-identity'],
  ['set local role cs_write', 'session-identity'],
  ["set session authorization 'postgres'", 'session-identity'],
  ['reset role', 'session-identity'],
  ['reset session authorization', 'session-identity'],
  ['set session_replication_role = replica', 'session-identity'],
  ['set transaction read write', 'session-identity'],
  ['set session characteristics as transaction read write', 'session-identity'],
  ['set transaction_read_only = off', 'session-identity'],
  ['set row_security = off', 'session-identity'],
  ['discard all', 'session-identity'],
  ['reset all', 'parser-setting'],
  ['set standard_conforming_strings = off', 'parser-setting'],
  ["set client_encoding = 'SJIS'", 'parser-setting'],
  ["set names 'latin1'", 'parser-setting'],
  ['set search_path = evil, public', 'parser-setting'],
  ["set schema 'evil'", 'parser-setting'],
  ["alter role cs_read set search_path = 'evil'", 'parser-setting'],
  ["alter database postgres set standard_conforming_strings = off", 'parser-setting'],
  // what the server has outside of its tables
  ["select pg_read_file('/etc/passwd')", 'os-access'],
  ["select * from pg_ls_dir('.')", 'os-access'],
  ["select lo_import('/etc/passwd')", 'os-access'],
  ["select * from dblink('host=evil', 'select 1') as t(a int)", 'os-access'],
  ["select count(*) filter (where pg_read_file('x') is null) from orders", 'os-access'],
  ["explain select pg_read_file('x')", 'os-access'],
  ["prepare p as select pg_read_file('x')", 'os-access'],
  ["create view v as select pg_read_file('x')", 'os-access'],
  ["copy orders to program 'cat'", 'program'],
  ["copy orders from '/etc/passwd'", 'program'],
  ["copy (select 1) to '/tmp/x'", 'program'],
  ["load 'evil'", 'os-access'],
  ["select 1; copy orders to program 'cat'", 'program'],
];

test.each(REFUSED)('A7: %.80s is refused whatever policy says', (sql, risk) => {
  expect(classify(sql, SAMPLE_CATALOG)).toMatchObject({ is: 'refused', risk });
  expect(classify('select 1', SAMPLE_CATALOG).is).toBe('understood');
});

test('of several statements each counts, and nothing is a statement too', () => {
  const several = classify(
    'select 1; delete from orders; select email from customers',
    SAMPLE_CATALOG,
  );
  const kinds = several.is === 'understood' ? several.facts.statements.map(({ kind }) => kind) : [];
  expect(kinds).toEqual(['select', 'delete', 'select']);
  for (const text of ['', ' ', ';;', '-- only a comment'])
    expect(classify(text, SAMPLE_CATALOG)).toMatchObject({
      is: 'understood',
      facts: { statements: [{ kind: 'empty', isClean: true }], inspectable: 'full' },
    });
});

test.each(STATEMENTS)('POL-22: %s', (sql, { looked = 'full', ...expected }) => {
  const told = classify(sql, SAMPLE_CATALOG);
  if (told.is !== 'understood') throw new Error(told.message);
  expect(told.facts.statements).toHaveLength(1);
  const [facts] = told.facts.statements;
  expect({ ...facts, looked: told.facts.inspectable }).toMatchObject({
    ...NONE,
    ...expected,
    looked,
  });
});
