import { createHash } from 'node:crypto';
import type { Catalog, Classes, Column, Relation } from './catalog.ts';
import { closeOver, type Closure, type Reference } from './closure.ts';
import { readFunctions, type Functions } from './functions.ts';
import { askAll, type Ask, type Answers, type KnownTrees } from './questions.ts';
import { numbersOf, readRelations, type RawRelation } from './relations.ts';
import { readSaid, type Memory } from './said.ts';

/** What one snapshot leaves for the next one. */
export type Earlier = {
  readonly memory: Memory;
  readonly trees: KnownTrees;
};

/** What a database is, with what people said of it. */
export type Snapshot = {
  readonly catalog: Catalog;
  /** Of everything but the exact numbers of rows. */
  readonly digest: string;
  readonly unmatched: readonly string[];
};

// of every table; none of them tells what a row holds
const SYSTEM: readonly Column[] = [
  ['ctid', -1, 27],
  ['xmin', -2, 28],
  ['cmin', -3, 29],
  ['xmax', -4, 28],
  ['cmax', -5, 29],
  ['tableoid', -6, 26],
].map(([name, attnum, type]) => ({
  name: String(name),
  attnum: Number(attnum),
  type: Number(type),
  holds: 'none',
}));

/** Asks a database what it is. Throws where the database does not answer. */
export async function takeSnapshot(
  ask: Ask,
  how: {
    readonly classes: Classes;
    readonly searchPath: readonly string[];
    readonly generation: number;
    readonly earlier: Earlier;
  },
): Promise<Snapshot> {
  const answers = await askAll(ask, how.earlier.trees);
  const raw = readRelations(answers);
  const unmatched = readSaid(raw, how.classes, how.earlier.memory);
  const searchPath = how.searchPath.includes('pg_catalog')
    ? how.searchPath
    : ['pg_catalog', ...how.searchPath];
  const functions = readFunctions(answers.functions, searchPath);
  const closure = closeOver(raw, referencesOf(answers), how.earlier.memory, functions);
  const relations = [...raw.values()].map((one) => toRelation(one, { raw, closure, functions }));
  const types = new Set(answers.types.map(([name]) => name ?? ''));
  return {
    catalog: toCatalog({ generation: how.generation, searchPath, relations, functions, types }),
    digest: digestOf(answers, relations, searchPath),
    unmatched,
  };
}

// a column that refers to a classified one holds the same values
const referencesOf = ({ references }: Answers): readonly Reference[] =>
  references.flatMap(([child, parent, keys, others]) => {
    const targets = numbersOf(others);
    return numbersOf(keys).map((key, i) => ({
      from: [Number(parent), targets[i] ?? 0] as const,
      to: [Number(child), key] as const,
      overrides: false,
      clears: false,
    }));
  });

type Parts = {
  readonly raw: ReadonlyMap<number, RawRelation>;
  readonly closure: Closure;
  readonly functions: Functions;
};

function toRelation(one: RawRelation, { raw, closure, functions }: Parts): Relation {
  const isStored = one.kind !== 'view' && one.kind !== 'sequence';
  const behind = behindOf(one, raw);
  return {
    oid: one.oid,
    schema: one.schema,
    name: one.name,
    kind: one.kind,
    rows: partsOf(one, raw).reduce((sum, { rows }) => sum + rows, 0),
    columns: [
      ...one.columns.map((column) => ({ ...column, holds: closure.holds(one.oid, column.attnum) })),
      ...(isStored ? SYSTEM : []),
    ],
    isGuarded: closure.isGuarded(one.oid),
    // a key of a plain parent says nothing of its children's rows
    uniques: one.kind === 'table' && one.parts.length > 0 ? [] : one.uniques,
    behind,
    hidden: [...one.hidden].toSorted(),
    calls: callsOf([one.oid, ...behind], raw, functions),
  };
}

/** It and everything that inherits from it; a partitioned table has rows in its parts alone. */
function partsOf(one: RawRelation, raw: Parts['raw']): readonly RawRelation[] {
  const found = new Set([one]);
  for (const part of found)
    for (const oid of part.parts) {
      const below = raw.get(oid);
      if (below) found.add(below);
    }
  const all = [...found];
  return all.length === 1 ? all : all.filter(({ kind }) => kind !== 'partitioned');
}

function behindOf(one: RawRelation, raw: Parts['raw']): readonly number[] {
  const found = new Set([one.oid]);
  for (const oid of found) {
    const relation = raw.get(oid);
    for (const next of relation?.query?.reads ?? []) found.add(next.oid);
    for (const next of relation?.parts ?? []) found.add(next);
  }
  found.delete(one.oid);
  return [...found].toSorted((a, b) => a - b);
}

function callsOf(
  oids: readonly number[],
  raw: Parts['raw'],
  functions: Functions,
): readonly string[] {
  const calls = oids
    .flatMap((oid) => raw.get(oid)?.query?.functions ?? [])
    .map(functions.byOid)
    .filter((called) => called.class !== 'pure');
  return [...new Set(calls.map(({ name }) => name))].toSorted();
}

function toCatalog({
  generation,
  searchPath,
  relations,
  functions,
  types,
}: Pick<Catalog, 'generation' | 'searchPath' | 'relations'> & {
  readonly functions: Functions;
  readonly types: ReadonlySet<string>;
}): Catalog {
  const byOid = new Map(relations.map((one) => [one.oid, one]));
  const byName = new Map<string, Map<string, Relation>>();
  for (const one of relations) {
    const names = byName.get(one.schema) ?? new Map<string, Relation>();
    byName.set(one.schema, names.set(one.name, one));
  }
  const isOwnFirst = searchPath[0] === 'pg_catalog';
  return {
    generation,
    searchPath,
    relations,
    relation: (schema, name) => {
      if (schema !== undefined) return byName.get(schema)?.get(name);
      for (const one of searchPath) {
        const found = byName.get(one)?.get(name);
        if (found) return found;
      }
      return undefined;
    },
    byOid: (oid) => byOid.get(oid),
    functionClass: functions.classOf,
    isOwnType: (schema, name) =>
      (schema === undefined ? isOwnFirst : schema === 'pg_catalog') && types.has(name),
  };
}

/** Estimates of rows count by their order of magnitude: else every vacuum would be news. */
function digestOf(
  answers: Answers,
  relations: readonly Relation[],
  searchPath: readonly string[],
): string {
  const hash = createHash('sha256').update(JSON.stringify([searchPath, answers.functions]));
  for (const { rows, ...rest } of relations)
    hash.update(JSON.stringify([Math.ceil(Math.log2(rows + 1)), rest]));
  return hash.update(JSON.stringify(answers.types)).digest('hex');
}
