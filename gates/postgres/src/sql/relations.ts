import type { RangeVar } from 'libpg-query';
import type { Relation } from '../catalog/catalog.ts';
import { written } from './node.ts';
import { gap, readsRelation, writesRelation, type Notes } from './notes.ts';

/** The relation a name means, noted as read or written; undefined and a gap where the catalog has none. */
export function relationOf(
  notes: Notes,
  name: RangeVar,
  how: 'reads' | 'writes',
): Relation | undefined {
  const relation = notes.catalog.relation(name.schemaname, name.relname ?? '');
  if (!relation) {
    notes[how].add(written(name));
    gap(notes, 'unknown-relation', `relation \`${written(name)}\` is not known`);
    return undefined;
  }
  if (how === 'reads') readsRelation(notes, relation);
  else writesRelation(notes, relation);
  return relation;
}
