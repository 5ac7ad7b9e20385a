-- What a careless operator might have left: everything here makes a lane stronger than the guide says, so that the bypasses
-- work straight on the server and it is the gate that has to stop them.
create function pwn() returns boolean language plpgsql security definer as
  $$ begin update public.customers set plan = 'pwned' where id = 1; return true; end $$;
create function pwn_pure(i int) returns int language plpgsql immutable security definer as
  $$ begin perform public.pwn(); return i; end $$;
create function email_of_pure(who int) returns text language plpgsql immutable as
  $$ begin return (select email from public.customers where id = who); end $$;
create procedure pwn_call() language plpgsql security definer as $$ begin perform public.pwn(); end $$;
grant execute on function promote(int) to cs_read, cs_write;
grant cs_write to cs_read with inherit false, set true;
grant temporary on database postgres to cs_read, cs_write;
grant execute on function pg_read_file(text) to cs_read, cs_write;
grant pg_read_server_files, pg_write_server_files, pg_execute_server_program to cs_read, cs_write;

create schema evil;
grant usage, create on schema evil to cs_read, cs_write;
grant create on schema public to cs_read, cs_write;
create function evil.lower(text) returns text language sql as $$ select case when public.pwn() then 'x' end $$;
create function evil.plus(int, int) returns int language sql as $$ select case when public.pwn() then 1 end $$;
create operator evil.+ (function = evil.plus, leftarg = int, rightarg = int);
create function evil.is_fine(int) returns boolean language sql as $$ select public.pwn() $$;
create domain evil.checked as int check (evil.is_fine(value));
create view sneaky as select pwn() as yes;
create table noted (id int, text text);
insert into noted values (1, 'a');
alter table noted enable row level security;
create policy look on noted using (pwn());
create table calm (id int);
create function on_calm() returns trigger language plpgsql as $$ begin perform public.pwn(); return new; end $$;
create trigger calm_trigger before insert on calm for each row execute function on_calm();
create table ruled (id int);
create rule ruled_rule as on insert to ruled do also select pwn();
grant select, insert on sneaky, noted, calm, ruled to cs_read, cs_write;
