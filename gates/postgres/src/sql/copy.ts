import type { CopyStmt } from 'libpg-query';
import type { Relation } from '../catalog/catalog.ts';
import { relationItem } from './from.ts';
import { textsOf } from './node.ts';
import { knownOf, touches, type Notes } from './notes.ts';
import { byLiteral, nowhere, type Told } from './told.ts';
import type { Walk } from './walk.ts';

/** COPY; `told` is what its query is, where it has one. */
export function copied(body: CopyStmt, told: Told | undefined, walk: Walk): Told {
  const { notes } = walk;
  byLiteral(notes);
  notes.verbs.add('copy');
  if (body.is_program === true || body.filename !== undefined) notes.risks.add('program');
  notes.risks.add(body.is_from === true ? 'copy-in' : 'copy-out');
  if (told) return { ...told, kind: notes.writes.size > 0 ? told.kind : 'copy-out' };
  const isIn = body.is_from === true;
  const item = relationItem(walk, body.relation ?? {}, isIn ? 'writes' : 'reads');
  if (item.relation) copiesColumns(notes, item.relation, textsOf(body.attlist), isIn);
  walk.expr(body.whereClause, { ...nowhere(), items: [item] });
  if (!isIn) return { kind: 'copy-out', rows: item.rows, export: true };
  notes.elsewhere.add('the rows come after the decision');
  return { kind: 'copy-in', rows: undefined };
}

function copiesColumns(
  notes: Notes,
  relation: Relation,
  names: readonly string[],
  isIn: boolean,
): void {
  const known = names.every((name) => knownOf(relation).columns.has(name)) ? names : [];
  for (const name of known.length > 0 ? known : ['*'])
    touches(notes, relation, name, isIn ? 'set' : 'read');
}
