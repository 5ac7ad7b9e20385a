import { createMasker, random } from '@countersign/core';
import { formatProblem } from '../../config/problem.ts';
import { loadTableClasses } from '../../config/data-classes.ts';
import type { DatabaseEntry } from '../../config/postgres.ts';
import { OperationFailure } from '../../operations/failure.ts';
import { asking, failureOf } from '../asking.ts';
import { upstreamOf } from '../upstream.ts';
import { compare, type Difference } from './compare.ts';
import { writeProposals } from './write.ts';

/** A database held beside its file. */
export type Classification = {
  readonly file: string;
  readonly differences: readonly Difference[];
  /** How many proposals were written. */
  readonly written: number;
};

/** Looks at the columns of a database as its role for reading, and proposes what they hold. No value leaves this function. */
export async function classifyDatabase(
  entry: DatabaseEntry,
  { file, isWriting }: { readonly file: string; readonly isWriting: boolean },
): Promise<Classification> {
  const classes = await loadTableClasses(file);
  if (!classes.ok) {
    const lines = classes.error.map(formatProblem).join('; ');
    throw new OperationFailure('data-classes-refused', lines, 'correct the file first');
  }
  const masker = createMasker({ key: random(32) });
  const differences = await asking(upstreamOf(entry), 'read', (ask) =>
    compare(ask, classes.value, masker),
  ).catch((cause: unknown) => {
    const why = failureOf(cause);
    if (why === undefined) throw cause;
    throw new OperationFailure('database-unusable', why, 'countersign doctor looks closer');
  });
  return { file, differences, written: isWriting ? writeProposals(file, differences) : 0 };
}
