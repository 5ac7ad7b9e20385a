import { quoted, type Ask } from '../asking.ts';

/** A column that somebody should say something of. */
type FoundColumn = {
  readonly name: string;
  readonly mayRead: boolean;
  readonly isText: boolean;
};

/** A table that holds rows of its own, with its columns in order. */
export type FoundTable = {
  /** `schema.table`, as the file of data classes calls it. */
  readonly name: string;
  readonly schema: string;
  readonly table: string;
  readonly columns: readonly FoundColumn[];
};

// views and parts of partitioned tables hold what their tables hold
const COLUMNS = `select n.nspname, c.relname, a.attname,
    pg_catalog.has_column_privilege(c.oid, a.attnum, 'select'),
    coalesce(e.typcategory, t.typcategory) in ('S', 'U') or t.typname in ('json', 'jsonb', 'int8', 'numeric', 'xml')
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  join pg_catalog.pg_type t on t.oid = a.atttypid
  left join pg_catalog.pg_type e on e.oid = t.typelem and t.typelem <> 0
  where c.relkind in ('r', 'p', 'f') and not c.relispartition
    and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  order by n.nspname, c.relname, a.attnum`;

/** Every table of a database, by its catalog. */
export async function tablesOf(ask: Ask): Promise<readonly FoundTable[]> {
  const tables = new Map<string, { schema: string; table: string; columns: FoundColumn[] }>();
  for (const [schema = '', table = '', name, mayRead, isText] of await ask(COLUMNS)) {
    const key = `${schema}.${table}`;
    const found = tables.get(key) ?? { schema: schema ?? '', table: table ?? '', columns: [] };
    found.columns.push({ name: name ?? '', mayRead: mayRead === 't', isText: isText === 't' });
    tables.set(key, found);
  }
  return [...tables].map(([name, found]) => ({ name, ...found }));
}

/** Most rows that are looked at, and most of each value: enough to know a column, and little to carry. */
const ROWS = 200;
const CHARACTERS = 2_000;

/** Values of some columns of a table, from the first rows; NULL is left out. Never shown to anybody. */
export async function samplesOf(
  ask: Ask,
  { schema, table }: FoundTable,
  columns: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  if (columns.length === 0) return new Map();
  const list = columns.map((name) => `pg_catalog.left(${quoted(name)}::text, ${CHARACTERS})`);
  const rows = await ask(
    `select ${list.join(', ')} from ${quoted(schema)}.${quoted(table)} limit ${ROWS}`,
  );
  return new Map(
    columns.map((name, i) => [name, rows.flatMap((row) => (row[i] == null ? [] : [row[i]]))]),
  );
}
