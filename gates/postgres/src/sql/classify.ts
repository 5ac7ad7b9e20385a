import type { Node } from 'libpg-query';
import type { Catalog } from '../catalog/catalog.ts';
import { exprOf } from './expressions.ts';
import type { Classified, Classify, StatementFacts, TextFacts } from './facts.ts';
import { emptyNotes, type Notes } from './notes.ts';
import { loadParser, NotParsed, type Parser } from './parser.ts';
import { queryOf } from './query.ts';
import { DENIED, RISKS } from './risks.ts';
import { rowsTold, tell } from './statements.ts';
import { unreadable, wrongWith } from './text.ts';
import type { Told } from './told.ts';
import type { Walk } from './walk.ts';

/** Loads the parser; what comes of it is pure and never throws. */
export async function loadClassify(): Promise<Classify> {
  const parser = await loadParser();
  return (text, catalog) => {
    try {
      return classified(text, catalog, parser);
    } catch (error) {
      if (error instanceof NotParsed) return refused(unreadable(error.message));
      // a tree deeper than our own stack
      return refused(unreadable('it nests too deeply'));
    }
  };
}

const refused = (why: { readonly risk: string; readonly message: string }): Classified => ({
  is: 'refused',
  ...why,
});

function classified(text: string, catalog: Catalog, parser: Parser): Classified {
  const wrong = wrongWith(text, parser);
  if (wrong) return refused(wrong);
  const nodes = text === '' ? [] : parser.parse(text);
  const all = nodes.map((node) => factsOf(node, catalog, nodes.length > 1));
  for (const { notes } of all)
    for (const risk of notes.risks)
      if (DENIED.has(risk))
        return refused({ risk, message: `this is never run here: ${RISKS[risk][1]}` });
  const gaps = new Set(all.flatMap(({ notes }) => [...notes.gaps, ...notes.elsewhere]));
  const statements = all.length > 0 ? all.map(({ facts }) => facts) : [EMPTY(catalog)];
  return {
    is: 'understood',
    facts: { statements, inspectable: inspectable(all.map(({ notes }) => notes)), gaps: [...gaps] },
  };
}

function inspectable(all: readonly Notes[]): TextFacts['inspectable'] {
  if (all.some(({ gaps }) => gaps.size > 0)) return 'none';
  return all.some(({ elsewhere }) => elsewhere.size > 0) ? 'partial' : 'full';
}

function factsOf(
  node: Node,
  catalog: Catalog,
  isOneOfMany: boolean,
): { readonly facts: StatementFacts; readonly notes: Notes } {
  const notes = emptyNotes(catalog);
  const walk: Walk = {
    notes,
    expr: (value, scope) => exprOf(walk, value, scope),
    query: (query, outer) => queryOf(walk, query, outer),
  };
  const told = tell(walk, node);
  if (told.export === true) notes.risks.add('export');
  if (isOneOfMany) notes.risks.add('multi-statement');
  return { facts: stated(notes, told), notes };
}

const EMPTY = (catalog: Catalog): StatementFacts => stated(emptyNotes(catalog), { kind: 'empty' });

const sorted = <T extends string>(values: Iterable<T>): readonly T[] => [...values].toSorted();

function stated(notes: Notes, told: Told): StatementFacts {
  return {
    kind: told.kind,
    verbs: sorted(notes.verbs),
    reads: sorted(notes.reads),
    writes: sorted(notes.writes),
    columns: { read: sorted(notes.read), set: sorted(notes.set) },
    functions: sorted(notes.functions.keys()).map((name) => ({
      name,
      class: notes.functions.get(name) ?? 'unknown',
    })),
    risks: sorted(notes.risks),
    unbounded: notes.isUnbounded,
    hasWhere: told.hasWhere === true,
    rows: rowsTold(told),
    export: told.export === true,
    classes: sorted(notes.classes),
    isClean: notes.isClean,
    parameters: Object.fromEntries(notes.parameters),
    literalSensitive: notes.isLiteralSensitive,
    changesCatalog: notes.changesCatalog,
    names: notes.names,
    ...(notes.setting && { setting: notes.setting }),
  };
}
