/** Asks one question on a connection of its own: text rows, `null` for NULL. */
export type Ask = (sql: string) => Promise<readonly Row[]>;

/** One row of an answer. */
export type Row = readonly (string | null)[];

/** Relations below this OID come with the server; their views are known by name, not by their rules. */
export const FIRST_OWN_OID = 16_384;

// every name is qualified: whatever the search path is, these ask the catalog
const KINDS = `('r','p','v','m','f','S','t')`;
const QUESTIONS = {
  relations: `select c.oid, n.nspname, c.relname, c.relkind, c.reltuples::pg_catalog.int8, c.relrowsecurity
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ${KINDS} order by 1`,
  columns: `select a.attrelid, a.attnum, a.attname, a.atttypid
    from pg_catalog.pg_attribute a join pg_catalog.pg_class c on c.oid = a.attrelid
    where c.relkind in ${KINDS} and a.attnum > 0 and not a.attisdropped order by 1, 2`,
  // a unique key that may be violated until commit is none
  uniques: `select i.indrelid, i.indkey::pg_catalog.text, i.indnkeyatts from pg_catalog.pg_index i
    where i.indisunique and i.indisvalid and i.indimmediate and i.indpred is null and i.indexprs is null order by 1, 2`,
  parents: `select i.inhrelid, i.inhparent from pg_catalog.pg_inherits i join pg_catalog.pg_class c on c.oid = i.inhparent
    where c.relkind in ${KINDS} order by 1, 2`,
  references: `select f.conrelid, f.confrelid, pg_catalog.array_to_string(f.conkey, ' '), pg_catalog.array_to_string(f.confkey, ' ')
    from pg_catalog.pg_constraint f where f.contype = 'f' order by f.oid`,
  triggers: `select distinct t.tgrelid from pg_catalog.pg_trigger t where not t.tgisinternal order by 1`,
  rules: `select r.oid, r.ev_class, r.ev_type, r.xmin::pg_catalog.text || r.ctid::pg_catalog.text
    from pg_catalog.pg_rewrite r where r.oid >= ${FIRST_OWN_OID} order by 1`,
  functions: `select p.oid, n.nspname, p.proname, p.provolatile, p.prosecdef
    from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace order by 1`,
  types: `select t.typname from pg_catalog.pg_type t join pg_catalog.pg_namespace n on n.oid = t.typnamespace
    where n.nspname = 'pg_catalog' and t.oid < ${FIRST_OWN_OID} order by 1`,
};

/** What the database answered about itself, at one moment, and the trees of its rules by OID. */
export type Answers = Readonly<Record<keyof typeof QUESTIONS, readonly Row[]>> & {
  readonly trees: ReadonlyMap<string, string>;
};

/** The trees of rules do not change while their version stands: those known are not asked for again. */
export type KnownTrees = Map<string, { readonly version: string; readonly tree: string }>;

/** Asks everything inside one snapshot of the database. */
export async function askAll(ask: Ask, known: KnownTrees): Promise<Answers> {
  await ask('begin isolation level repeatable read, read only');
  try {
    const answers: Partial<Record<keyof typeof QUESTIONS, readonly Row[]>> = {};
    for (const [name, sql] of Object.entries(QUESTIONS))
      answers[name as keyof typeof QUESTIONS] = await ask(sql);
    const all = answers as Record<keyof typeof QUESTIONS, readonly Row[]>;
    return { ...all, trees: await treesOf(ask, all.rules, known) };
  } finally {
    await ask('rollback');
  }
}

const TREES_AT_ONCE = 200;

async function treesOf(
  ask: Ask,
  rules: readonly Row[],
  known: KnownTrees,
): Promise<ReadonlyMap<string, string>> {
  const current = new Map(rules.map(([oid, , , version]) => [String(oid), String(version)]));
  for (const [oid, { version }] of known) if (current.get(oid) !== version) known.delete(oid);
  const missing = [...current.keys()].filter((oid) => !known.has(oid));
  for (let at = 0; at < missing.length; at += TREES_AT_ONCE) {
    const some = missing.slice(at, at + TREES_AT_ONCE).join(',');
    const trees = await ask(
      `select r.oid, r.ev_action::pg_catalog.text from pg_catalog.pg_rewrite r where r.oid in (${some})`,
    );
    for (const [oid, tree] of trees)
      known.set(String(oid), { version: current.get(String(oid)) ?? '', tree: tree ?? '' });
  }
  return new Map([...known].map(([oid, { tree }]) => [oid, tree]));
}
