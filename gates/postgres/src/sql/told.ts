import type { Kind } from './facts.ts';
import type { Notes } from './notes.ts';
import type { Scope } from './scope.ts';

/** What a statement is as a whole; the rest is in the notes. */
export type Told = {
  readonly kind: Kind;
  readonly rows?: number | undefined;
  readonly export?: boolean;
  readonly hasWhere?: boolean;
};

/** Where no name means anything. */
export const nowhere = (): Scope => ({ items: [], ctes: new Map(), outer: undefined });

/** Notes that values of the text decide what this is. */
export function byLiteral(notes: Notes): void {
  notes.isLiteralSensitive = true;
}
