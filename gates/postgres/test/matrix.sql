-- On top of sample.sql: few people, whose every value is unmistakable, and every way to come near them.
truncate customers, orders, events cascade;
create type mood as enum ('gqvjzk', 'wzxqjf');
create type place as (street text, town text);
alter table customers add details jsonb, add birth date, add picture bytea, add tags text[], add score numeric, add address place, add status mood;
insert into customers (name, email, phone, card, ssn, plan, seats, notes, details, birth, picture, tags, score, address, status)
values
  ('Qzxvj Wkqyp', 'vjqzxwkp@kqxzjvw.qzx', '+99 73918 26450', '4929713582460869', '938-67-5241', 'free', 1, 'hjqzk wrote vgxjq', '{"k": "qjxwv zkgfq"}', '1913-07-29', 'kzqjx vwqgz', '{xjqvk,zgwqj}', 83615.2947, '("jkqzx 7","vqwzx")', 'gqvjzk'),
  ('Jxqkz Vwgqj', 'wqkjzvgx@zvkjqxg.jqz', '+99 62847 39150', '5299482736159046', '947-58-6132', 'team', 2, 'gwqxj called zvkqj', '{"k": "wvgqz jxkqf"}', '1917-03-23', 'gjqwx zkvqj', '{vqgzj,kwxqz}', 74926.3815, '("wgqxj 9","zkvqx")', 'wzxqjf');
insert into orders (customer_id, total) select id, i * 10 from customers, generate_series(1, 3) i;
insert into events select 1, date '2025-07-01', email, 'in' from customers union all select 2, date '2026-07-01', email, 'in' from customers;
create table people (profile json, profile_b jsonb, pin int, aliases text[], mail varchar(80), born date);
insert into people select json_build_object('mail', email), jsonb_build_object('mail', email), 739182645, array[email, name], email, birth from customers;
create table vips (secret_badge text) inherits (customers);
insert into vips (id, name, email, secret_badge) values (7, 'Zvqxj Kgwqz', 'kgzqjxvw@xqvwjzk.zqj', 'jzvqk-wxgqj');
create table letters (id int, sent_to text references customers (email), body text);
insert into letters select id, email, notes from only customers;
create table waiting (mail text unique deferrable initially deferred);
create table checked (mail text check (length(mail) < 3));
create table shorter (mail varchar(4));
create table ranged (during daterange, mail text, primary key (mail));
create table listed (mail text) partition by list (mail);
create table twice (mail text);
insert into twice select email from customers union all select email from customers;
create table noted (mail text);
create view nested_emails as select email as e from customer_emails;
create view derived_emails as select upper(e) as upper_email from nested_emails;
create view hidden_in_expression as select case when email like 'v%' then 1 else 2 end as h from customers;
create materialized view stored_emails as select id, email from customers;
create view merged as select name as mail from countries union all select email from customers;
create view seen_statistics as select stavalues1::text as v from pg_statistic where starelid = 'customers'::regclass;
create function emails_of_all() returns table (e text) language sql stable as 'select email from customers';
create function emails_of_definer() returns setof text language sql security definer as 'select email from customers';
create function rows_of_all() returns setof customers language sql stable as 'select * from customers';
create function pick(c customers) returns text language sql immutable as 'select (c).email';
create function joined(a text) returns text language sql immutable as $$ select a || '!' $$;
create operator ~~~ (rightarg = text, function = joined);
create function f_raise(v text) returns int language plpgsql as
  $$ begin raise exception 'it is %', v using detail = v, hint = v; end $$;
create function f_raise_fields(v text) returns int language plpgsql as
  $$ begin raise exception using message = v, column = v, constraint = v, datatype = v, table = v, schema = v; end $$;
create function f_raise_code(v text) returns int language plpgsql as
  $$ begin raise exception using errcode = upper(substr(v, 1, 5)), message = v; end $$;
create function f_notice(v text) returns int language plpgsql as
  $$ begin raise notice 'it is %', v; raise warning 'it is %', v; raise info '%', v; return null; end $$;
create function f_dynamic(v text) returns int language plpgsql as
  $$ begin execute 'select ' || quote_ident(v) || ' from customers'; return 1; end $$;
create function f_dynamic_syntax(v text) returns int language plpgsql as
  $$ begin execute 'select ' || v || ' from'; return 1; end $$;
create function f_assert(v text) returns int language plpgsql as $$ begin assert false, v; return 1; end $$;
create function note_it() returns trigger language plpgsql as
  $$ begin raise notice 'new: %', new.mail; perform pg_notify('l', new.mail); raise exception 'not %', new.mail; end $$;
create trigger note_it before insert on noted for each row execute function note_it();
create procedure p_notice() language plpgsql as
  $$ declare e text; begin select min(email) into e from customers; raise notice '%', e; raise exception '%', e; end $$;
create role holder login password 'zvqxjkwg';
analyze;
