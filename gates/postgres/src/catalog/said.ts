import { BUILT_IN } from './built-in.ts';
import type { Classes, Holds } from './catalog.ts';
import { FIRST_OWN_OID } from './questions.ts';
import type { RawRelation } from './relations.ts';

/** A class, or `none` where a person said so. */
export type Said = Exclude<Holds, undefined>;

/** What was said of columns, by OID and attnum, with the name they had then: names may change, what they hold does not. */
export type Memory = Map<
  number,
  ReadonlyMap<number, { readonly name: string; readonly holds: Said }>
>;

/**
 * What people said of each column, and the names they said it of that the database does not have. The memory is of the
 * snapshot before, and is brought to this one.
 */
export function readSaid(
  relations: ReadonlyMap<number, RawRelation>,
  classes: Classes,
  memory: Memory,
): readonly string[] {
  const tables = new Map<string, RawRelation>();
  for (const relation of relations.values()) tables.set(nameOf(relation), relation);
  const missing = [...classes].filter(([table, { size }]) => size > 0 && !tables.has(table));
  const moved = missing.filter(([, columns]) =>
    [...columns.values()].some((one) => one !== 'none'),
  );
  for (const oid of memory.keys()) if (!relations.has(oid)) memory.delete(oid);
  for (const relation of relations.values()) {
    const named = classes.get(nameOf(relation)) ?? movedTo(relation, moved);
    const said = ofRelation(relation, named, memory.get(relation.oid));
    if (said.size > 0) memory.set(relation.oid, said);
    else memory.delete(relation.oid);
  }
  return [...missing.map(([table]) => table), ...unknownColumns(tables, classes)];
}

const nameOf = ({ schema, name }: RawRelation): string => `${schema}.${name}`;

function ofRelation(
  relation: RawRelation,
  classes: ReadonlyMap<string, Holds> | undefined,
  earlier: ReturnType<Memory['get']>,
): ReadonlyMap<number, { readonly name: string; readonly holds: Said }> {
  const builtIn = BUILT_IN.get(relation.oid < FIRST_OWN_OID ? nameOf(relation) : relation.name);
  const said = new Map<number, { readonly name: string; readonly holds: Said }>();
  if (!classes && !earlier && !builtIn) return said;
  for (const { attnum, name } of relation.columns) {
    const full = `${nameOf(relation)}.${name}`;
    const known = earlier?.get(attnum);
    const holds = classes?.get(name) ?? (builtIn && (builtIn[name] ?? 'none'));
    if (holds !== undefined) said.set(attnum, { name: full, holds });
    else if (known && known.name !== full) said.set(attnum, known);
  }
  return said;
}

/**
 * A table that people named and the database does not have may have been renamed while nobody followed it. One that nobody
 * named and that has every column of it is taken for it.
 */
function movedTo(
  relation: RawRelation,
  missing: readonly (readonly [string, ReadonlyMap<string, Holds>])[],
): ReadonlyMap<string, Holds> | undefined {
  if (missing.length === 0 || relation.oid < FIRST_OWN_OID) return undefined;
  const names = new Set(relation.columns.map(({ name }) => name));
  return missing.find(([, columns]) => [...columns.keys()].every((name) => names.has(name)))?.[1];
}

const unknownColumns = (
  tables: ReadonlyMap<string, RawRelation>,
  classes: Classes,
): readonly string[] =>
  [...classes].flatMap(([table, columns]) => {
    const known = tables.get(table)?.columns.map(({ name }) => name);
    return known
      ? [...columns.keys()]
          .filter((name) => !known.includes(name))
          .map((name) => `${table}.${name}`)
      : [];
  });
