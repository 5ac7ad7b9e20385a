import type { TypeName } from 'libpg-query';
import { textsOf, typeNameOf } from './node.ts';
import type { Notes } from './notes.ts';

/** Types whose literals name objects of the database. */
export const NAMES_THINGS: RegExp =
  /^reg(?:class|proc|procedure|oper|operator|type|role|namespace|config|dictionary|collation|database)$/;

/** Notes what a type in a text brings: code, if it is not one of PostgreSQL's; another meaning of a literal, if it is a `reg…`. */
export function notesType(notes: Notes, type: TypeName | undefined): void {
  if (!type) return;
  const { schema, name } = typeNameOf(type);
  if (NAMES_THINGS.test(name)) notes.isLiteralSensitive = true;
  if (type.pct_type === true || !isOwn(notes, schema, name)) {
    notes.risks.add('user-type');
    notes.isClean = false;
  }
}

const isOwn = (notes: Notes, schema: string | undefined, name: string): boolean =>
  notes.catalog.isOwnType(schema, name);

/** The last part of a type's name, which is what a cast column is called. */
export const calledAfter = (type: TypeName | undefined): string | undefined =>
  textsOf(type?.names).at(-1);
