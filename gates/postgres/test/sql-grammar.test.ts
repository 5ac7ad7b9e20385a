import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { loadClassify } from '../src/sql/classify.ts';
import { DDL } from '../src/sql/ddl.ts';
import { EXPRESSIONS } from '../src/sql/expressions.ts';
import type { Classify } from '../src/sql/facts.ts';
import { ITEMS } from '../src/sql/from.ts';
import { loadParser, type Parser } from '../src/sql/parser.ts';
import { QUERIES } from '../src/sql/query.ts';
import { STATEMENTS } from '../src/sql/statements.ts';
import { SAMPLE_CATALOG } from './sample-catalog.ts';
import { CORPUS } from './sql-corpus.ts';

let classify: Classify;
let parser: Parser;
beforeAll(
  async () => void ([classify, parser] = await Promise.all([loadClassify(), loadParser()])),
);

/** Every kind of node PostgreSQL's grammar knows, from the parser's own types. */
function nodeNames(): readonly string[] {
  // a part of the parser, so no dependency of ours
  const file = ['@pgsql', 'types', 'types.d.ts'].join('/');
  const types = readFileSync(new URL(`../../../node_modules/${file}`, import.meta.url), 'utf8');
  const union = /export type Node = ([\s\S]*?)\n\};/.exec(types)?.[1] ?? '';
  return [...union.matchAll(/^ {4}(\w+): /gm)].flatMap(([, name]) => name ?? []);
}

test('every statement of the grammar has a handler, or is unknown', () => {
  const statements = nodeNames().filter((name) => name.endsWith('Stmt'));
  expect(statements.length).toBeGreaterThan(110);
  const without = statements.filter((name) => !Object.hasOwn({ ...STATEMENTS, ...DDL }, name));
  // what a parsed text never begins with: wrappers, parts of others, bodies of functions, what comes of analysing
  expect(without.toSorted()).toEqual([
    'PLAssignStmt',
    'RawStmt',
    'ReplicaIdentityStmt',
    'ReturnStmt',
    'SetOperationStmt',
  ]);
});

test('what the tables know is of the grammar', () => {
  const names = new Set(nodeNames());
  const known = [STATEMENTS, DDL, EXPRESSIONS, ITEMS, QUERIES].flatMap(Object.keys);
  expect(known.filter((name) => !names.has(name))).toEqual([]);
});

const FRAGMENTS = [
  ' ', ';', "'", '"', '(', ')', ',', '.', '*', '--', '/*', '*/', '$$', '$1', '\\', 'E', '1', 'or true', 'union', 'select',
  'from', 'where', 'customers', 'email', 'delete', 'update', 'returning *', 'with', 'as', 'é', '\n', '::', 'lateral', '[1]',
] as const; // oxfmt-ignore

test('R2: whatever a text is, it is read as PostgreSQL reads it, or not at all', () => {
  const mutated = fc
    .tuple(
      fc.constantFrom(...CORPUS.filter((_, index) => index % 7 === 0)),
      fc.array(fc.tuple(fc.nat(200), fc.nat(6), fc.constantFrom(...FRAGMENTS)), { maxLength: 3 }),
    )
    .map(([sql, edits]) =>
      edits.reduce((text, [at, cut, put]) => text.slice(0, at) + put + text.slice(at + cut), sql),
    );
  fc.assert(
    fc.property(fc.oneof(mutated, fc.string({ unit: 'binary', maxLength: 40 })), (text) => {
      const told = classify(text, SAMPLE_CATALOG);
      if (told.is === 'refused') return;
      expect(told.facts.statements.length).toBe(Math.max(1, parser.parse(text || ' ').length));
      expect(told.facts.inspectable === 'none').toBe(
        told.facts.statements.some(({ risks }) => risks.some((risk) => risk.startsWith('unknown'))),
      );
      // what writes says so
      for (const one of told.facts.statements)
        if (['insert', 'update', 'delete', 'merge', 'copy-in'].includes(one.kind))
          expect(one.writes.length + one.names.length, text).toBeGreaterThan(0);
    }),
    { numRuns: 800 },
  );
});

test('a text that overflows the parser costs nobody else theirs', async () => {
  const bomb = `select ${'(select '.repeat(3000)}1${')'.repeat(3000)}`;
  for (let round = 0; round < 40; round += 1) {
    expect(classify(bomb, SAMPLE_CATALOG).is).toBe('refused');
    expect(classify('select 1', SAMPLE_CATALOG).is).toBe('understood');
    await new Promise(setImmediate);
  }
}, 30_000);
