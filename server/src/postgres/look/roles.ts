import type { Ask } from '../asking.ts';

/** Something about a role that lets it do more than its lane is for, and the statement that mends it. */
export type Weakness = { readonly text: string; readonly sql: string };

const USER_SCHEMA = `n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`;
const ME = `(select oid from pg_catalog.pg_roles where rolname = current_user)`;

/** Each asks for rows of [what, the statement that mends it]. */
const ATTRIBUTES = `select word, pg_catalog.format('alter role %I no%s', current_user, word)
  from pg_catalog.pg_roles,
    lateral (values ('superuser', rolsuper), ('bypassrls', rolbypassrls), ('createrole', rolcreaterole),
      ('createdb', rolcreatedb), ('replication', rolreplication)) as has (word, it)
  where rolname = current_user and it`;

const MEMBERSHIPS = `select r.rolname, pg_catalog.format('revoke %I from %I', r.rolname, current_user)
  from pg_catalog.pg_auth_members m join pg_catalog.pg_roles r on r.oid = m.roleid where m.member = ${ME} order by 1`;

const OF_DATABASE = `select word, pg_catalog.format('revoke %s on database %I from public, %I', word, pg_catalog.current_database(), current_user)
  from (values ('temporary'), ('create')) as p (word)
  where pg_catalog.has_database_privilege(pg_catalog.current_database(), word)`;

const OF_SCHEMAS = `select n.nspname, pg_catalog.format('revoke create on schema %I from public, %I', n.nspname, current_user)
  from pg_catalog.pg_namespace n where ${USER_SCHEMA} and pg_catalog.has_schema_privilege(n.oid, 'create') order by 1`;

const OF_TABLES = `select pg_catalog.format('%I.%I', n.nspname, c.relname),
    pg_catalog.format('revoke insert, update, delete, truncate, references, trigger on %I.%I from public, %I', n.nspname, c.relname, current_user)
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'v', 'm', 'f') and ${USER_SCHEMA}
    and (pg_catalog.has_table_privilege(c.oid, 'insert, update, delete, truncate, references, trigger')
      or pg_catalog.has_any_column_privilege(c.oid, 'insert, update, references')) order by 1`;

// asked of anything else, the function fails; only CASE says what is looked at first
const OF_SEQUENCES = `select pg_catalog.format('%I.%I', n.nspname, c.relname),
    pg_catalog.format('revoke usage, update on sequence %I.%I from public, %I', n.nspname, c.relname, current_user)
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where case when c.relkind = 'S' then ${USER_SCHEMA} and pg_catalog.has_sequence_privilege(c.oid, 'usage, update') end
  order by 1`;

// one that returns a trigger cannot be called
const OF_FUNCTIONS = `select p.oid::pg_catalog.regprocedure::text,
    pg_catalog.format('revoke execute on routine %I.%I(%s) from public, %I', n.nspname, p.proname,
      pg_catalog.pg_get_function_identity_arguments(p.oid), current_user)
  from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
  where ${USER_SCHEMA} and (p.provolatile = 'v' or p.prosecdef) and p.prokind <> 'a'
    and p.prorettype not in ('pg_catalog.trigger'::pg_catalog.regtype, 'pg_catalog.event_trigger'::pg_catalog.regtype)
    and pg_catalog.has_function_privilege(p.oid, 'execute')
    and not exists (select from pg_catalog.pg_depend d where d.objid = p.oid and d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.deptype = 'e')
  order by 1`;

type Question = { readonly sql: string; readonly say: (what: string) => string };

const FOR_READING: readonly Question[] = [
  { sql: ATTRIBUTES, say: (what) => `may more than read: it is ${what}` },
  { sql: MEMBERSHIPS, say: (what) => `can become ${what}` },
  { sql: OF_DATABASE, say: (what) => `has ${what} on the database` },
  { sql: OF_SCHEMAS, say: (what) => `may create in schema ${what}` },
  { sql: OF_TABLES, say: (what) => `may change ${what}` },
  { sql: OF_SEQUENCES, say: (what) => `may advance ${what}` },
  { sql: OF_FUNCTIONS, say: (what) => `may call ${what}, which can change things` },
];

const FOR_WRITING: readonly Question[] = [
  { sql: ATTRIBUTES, say: (what) => `may more than write rows: it is ${what}` },
  { sql: MEMBERSHIPS, say: (what) => `can become ${what}` },
];

/** Everything by which the role of a lane is no wall. Changes nothing. */
export async function weaknessesOf(ask: Ask, lane: 'read' | 'write'): Promise<readonly Weakness[]> {
  const out: Weakness[] = [];
  for (const { sql, say } of lane === 'read' ? FOR_READING : FOR_WRITING)
    for (const [what, mend] of await ask(sql)) out.push({ text: say(what ?? ''), sql: `${mend};` });
  return out;
}
