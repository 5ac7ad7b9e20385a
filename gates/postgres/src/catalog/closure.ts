import type { DataClass } from '@countersign/core';
import type { Holds } from './catalog.ts';
import type { Functions } from './functions.ts';
import { FIRST_OWN_OID } from './questions.ts';
import type { RawRelation } from './relations.ts';
import type { Memory, Said } from './said.ts';

/** What every column holds, with what follows, and which relations are guarded. */
export type Closure = {
  readonly holds: (oid: number, attnum: number) => Holds;
  readonly isGuarded: (oid: number) => boolean;
};

/** Classes of which one must be chosen: the first of these families, then by name. */
const SEVERITY = ['secret', 'pci', 'pii', 'custom'];

const isClass = (holds: Holds): holds is DataClass => holds !== undefined && holds !== 'none';

const rank = (holds: DataClass): number => SEVERITY.indexOf(holds.slice(0, holds.indexOf('.')));

/** The worse of two classes. */
const worse = (a: DataClass, b: DataClass): DataClass =>
  rank(a) !== rank(b) ? (rank(a) < rank(b) ? a : b) : a < b ? a : b;

/** Classes flow from parents to parts and back, along references, then into views (MASK-11, MASK-12). */
export function closeOver(
  relations: ReadonlyMap<number, RawRelation>,
  references: readonly Reference[],
  memory: Memory,
  functions: Functions,
): Closure {
  const held = new Map<number, Map<number, Holds>>();
  for (const [oid, said] of memory)
    held.set(oid, new Map([...said].map(([attnum, { holds }]) => [attnum, holds])));
  const guarded = new Set<number>();
  const flows = [...familyFlows(relations), ...references];
  while (flows.map((flow) => follow(held, flow)).some(Boolean));
  for (const { oid, schema, kind } of relations.values()) {
    const isClassified = [...(held.get(oid)?.values() ?? [])].some(isClass);
    // what a session made for itself, and what lies beside a table, nobody can classify
    if (isClassified || schema.startsWith('pg_temp_') || kind === 'other') guarded.add(oid);
  }
  closeViews(relations, memory, { held, guarded, functions });
  return {
    holds: (oid, attnum) => held.get(oid)?.get(attnum),
    isGuarded: (oid) => guarded.has(oid),
  };
}

/** What one column holds, another one holds too. */
export type Reference = {
  readonly from: readonly [oid: number, attnum: number];
  readonly to: readonly [oid: number, attnum: number];
  /** Whether a class counts more than a `none` that a person said of the other. */
  readonly overrides: boolean;
  /** Whether a `none` flows too. */
  readonly clears: boolean;
};

function familyFlows(relations: ReadonlyMap<number, RawRelation>): readonly Reference[] {
  return [...relations.values()].flatMap((child) =>
    child.parents.flatMap((oid) => {
      const names = new Map(relations.get(oid)?.columns.map(({ name, attnum }) => [name, attnum]));
      return child.columns.flatMap(({ name, attnum }): readonly Reference[] => {
        const above = names.get(name);
        if (above === undefined) return [];
        const [a, b] = [[oid, above] as const, [child.oid, attnum] as const];
        return [
          { from: a, to: b, overrides: true, clears: true },
          { from: b, to: a, overrides: true, clears: false },
        ];
      });
    }),
  );
}

function follow(
  held: Map<number, Map<number, Holds>>,
  { from, to, overrides, clears }: Reference,
): boolean {
  const flows = held.get(from[0])?.get(from[1]);
  const columns = held.get(to[0]) ?? new Map<number, Holds>();
  const has = columns.get(to[1]);
  if (flows === undefined || isClass(has)) return false;
  if (has === 'none' ? flows === 'none' || !overrides : flows === 'none' && !clears) return false;
  held.set(to[0], columns.set(to[1], flows));
  return true;
}

type Views = {
  readonly held: Map<number, Map<number, Holds>>;
  readonly guarded: Set<number>;
  readonly functions: Functions;
};

function closeViews(
  relations: ReadonlyMap<number, RawRelation>,
  memory: Memory,
  views: Views,
): void {
  const begun = new Set<number>();
  const close = (relation: RawRelation): void => {
    if (begun.has(relation.oid)) return;
    begun.add(relation.oid);
    for (const { oid } of relation.query?.reads ?? []) {
      const behind = relations.get(oid);
      if (behind && isView(behind)) close(behind);
    }
    closeView(relation, { ...views, relations, said: memory.get(relation.oid) });
  };
  for (const relation of relations.values()) if (isView(relation)) close(relation);
}

// those that come with the server are known by name
const isView = ({ oid, kind }: RawRelation): boolean =>
  oid >= FIRST_OWN_OID && (kind === 'view' || kind === 'materialized-view');

/** `hidden`: masked, and nobody can tell what it is. */
type Found = Said | 'hidden';

function closeView(
  view: RawRelation,
  {
    held,
    guarded,
    functions,
    relations,
    said,
  }: Views & {
    readonly relations: ReadonlyMap<number, RawRelation>;
    readonly said: ReturnType<Memory['get']>;
  },
): void {
  const found = (oid: number, attnum: number): Found => {
    if (attnum < 0) return 'none';
    const relation = relations.get(oid);
    if (!relation) return 'hidden';
    if (attnum === 0)
      return relation.columns.map((one) => found(oid, one.attnum)).reduce(both, 'none');
    return held.get(oid)?.get(attnum) ?? (guarded.has(oid) ? 'hidden' : 'none');
  };
  const { query } = view;
  const reads = query?.reads.filter(({ oid }) => oid !== view.oid) ?? [];
  const isOpaque = !query || query.functions.some((oid) => !isHarmless(functions, oid));
  const all = reads
    .flatMap(({ oid, attnums }) => attnums.map((attnum) => found(oid, attnum)))
    .reduce(both, isOpaque ? 'hidden' : 'none');
  const columns = new Map<number, Holds>();
  // it may choose its rows by what it does not show
  if (all === 'none') guarded.delete(view.oid);
  else guarded.add(view.oid);
  view.columns.forEach(({ attnum }, i) => {
    const origin = query?.origins[i];
    const own = said?.get(attnum)?.holds;
    const holds = own ?? (origin ? found(origin.oid, origin.attnum) : all);
    if (holds === 'hidden' || isClass(holds)) guarded.add(view.oid);
    if (holds !== 'hidden') columns.set(attnum, holds);
  });
  held.set(view.oid, columns);
}

const isHarmless = (functions: Functions, oid: number): boolean =>
  functions.byOid(oid).class === 'pure';

function both(a: Found, b: Found): Found {
  if (a === 'none') return b;
  if (b === 'none' || b === 'hidden') return a;
  return a === 'hidden' ? b : worse(a, b);
}
