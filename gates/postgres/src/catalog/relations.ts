import type { Relation } from './catalog.ts';
import type { Answers, Row } from './questions.ts';
import { readRuleTree, type ViewQuery } from './rule-tree.ts';

/** A relation as the database tells, before anybody says what it holds. */
export type RawRelation = {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly kind: Relation['kind'];
  readonly rows: number;
  readonly columns: { readonly attnum: number; readonly name: string; readonly type: number }[];
  readonly uniques: number[][];
  readonly parents: number[];
  readonly parts: number[];
  readonly hidden: Set<'trigger' | 'rule' | 'row-security'>;
  /** Of a view: what it reads; undefined also where that cannot be told. */
  query: ViewQuery | undefined;
};

const KINDS: Readonly<Record<string, Relation['kind']>> = {
  r: 'table',
  p: 'partitioned',
  v: 'view',
  m: 'materialized-view',
  f: 'foreign',
  S: 'sequence',
};

const SELECT_RULE = '1';

/** Puts the answers together, by OID. */
export function readRelations(answers: Answers): ReadonlyMap<number, RawRelation> {
  const relations = new Map<number, RawRelation>();
  for (const row of answers.relations) {
    const relation = readRelation(row);
    relations.set(relation.oid, relation);
  }
  const of = (oid: string | null | undefined): RawRelation | undefined =>
    relations.get(Number(oid));
  for (const [oid, attnum, name, type] of answers.columns)
    of(oid)?.columns.push({ attnum: Number(attnum), name: name ?? '', type: Number(type) });
  for (const [oid, keys, count] of answers.uniques)
    of(oid)?.uniques.push(numbersOf(keys).slice(0, Number(count)));
  for (const [child, parent] of answers.parents) {
    of(child)?.parents.push(Number(parent));
    of(parent)?.parts.push(Number(child));
  }
  for (const [oid] of answers.triggers) of(oid)?.hidden.add('trigger');
  for (const [rule, oid, event] of answers.rules) {
    const relation = of(oid);
    if (!relation) continue;
    if (event !== SELECT_RULE) relation.hidden.add('rule');
    else relation.query = readRuleTree(answers.trees.get(String(rule)) ?? '');
  }
  return relations;
}

/** `1 2 3`, as arrays of attnums are asked for. */
export const numbersOf = (text: string | null | undefined): number[] =>
  (text ?? '').split(' ').filter(Boolean).map(Number);

const readRelation = ([oid, schema, name, kind, rows, security]: Row): RawRelation => ({
  oid: Number(oid),
  schema: schema ?? '',
  name: name ?? '',
  kind: KINDS[kind ?? ''] ?? 'other',
  rows: Math.max(0, Number(rows)),
  columns: [],
  uniques: [],
  parents: [],
  parts: [],
  hidden: new Set(security === 't' ? ['row-security'] : []),
  query: undefined,
});
