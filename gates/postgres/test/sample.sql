-- A small company. Run by the superuser in a fresh database.
create table customers (
  id int generated always as identity primary key,
  name text not null,
  email text not null unique,
  phone text,
  card text,
  ssn text,
  plan text not null default 'free',
  seats int not null default 1,
  notes text,
  created timestamptz not null default now()
);
create table orders (
  id int generated always as identity primary key,
  customer_id int not null references customers,
  total numeric(10, 2) not null,
  status text not null default 'open',
  placed date not null default current_date
);
create table countries (code text primary key, name text not null);
create table events (id bigint not null, at date not null, who text, what text) partition by range (at);
create table events_old partition of events for values from ('2000-01-01') to ('2026-01-01');
create table events_new partition of events for values from ('2026-01-01') to ('2100-01-01');
create view customer_emails as select id, email from customers;
create view order_totals as
  select c.id, c.plan, sum(o.total) as total from customers c join orders o on o.customer_id = c.id group by c.id, c.plan;
create function promote(who int) returns void language sql security definer as
  $$ update customers set plan = 'enterprise' where id = who $$;
create function email_of(who int) returns text language sql stable as $$ select email from customers where id = who $$;

insert into customers (name, email, phone, card, ssn, plan, seats, notes)
select 'Person ' || i, 'person-' || i || '@example.com', '+1 555 010 ' || lpad(i::text, 4, '0'), '4111111111111111',
  lpad((100 + i % 500)::text, 3, '0') || '-45-' || lpad(i::text, 4, '0'),
  (array['free', 'team', 'enterprise'])[1 + i % 3], 1 + i % 40, 'asked to write to person-' || i || '@example.com'
from generate_series(1, 1000) i;
insert into orders (customer_id, total, status) select 1 + i % 1000, i * 1.5, 'open' from generate_series(1, 3000) i;
insert into countries values ('DE', 'Germany'), ('FR', 'France'), ('JP', 'Japan');
insert into events select i, date '2025-06-01' + i, 'person-' || i || '@example.com', 'signed in' from generate_series(1, 400) i;

-- the lanes: one may select, one may write; neither is a member of anything
create role cs_read login password 'read-lane-password' connection limit 100;
create role cs_write login password 'write-lane-password' connection limit 100;
revoke temporary, create on database postgres from public;
revoke create on schema public from public;
grant usage on schema public to cs_read, cs_write;
grant select on all tables in schema public to cs_read;
grant select, insert, update, delete, truncate on all tables in schema public to cs_write;
grant usage on all sequences in schema public to cs_write;
revoke execute on function promote(int) from public;
analyze;
