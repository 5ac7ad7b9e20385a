import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { isMap, parseDocument, type Document } from 'yaml';
import { readTableClasses } from '../../config/data-classes.ts';
import type { Difference } from './compare.ts';

const HEAD = ` What the columns of this database hold: a data class, or none where somebody looked.
 A proposed class masks already; accept it by writing the class alone.
`;

/** Puts what was proposed into a file of data classes, and leaves everything else in it as it is. */
export function writeProposals(path: string, differences: readonly Difference[]): number {
  const fresh = differences.filter((one) => one.is === 'new');
  if (fresh.length === 0) return 0;
  const document = openDocument(path);
  for (const { table, column, holds, because } of fresh) {
    const line = document.createNode({ proposed: holds, because }, { flow: true });
    const entry = document.get(table);
    if (isMap(entry)) entry.set(column, line);
    else document.set(table, document.createNode({ [column]: line }));
  }
  const text = document.toString({ lineWidth: 0 });
  // INVARIANT: what is written is what the gateway reads
  if (!readTableClasses(path, text).ok) throw new TypeError('the proposals do not fit the file');
  mkdirSync(dirname(path), { recursive: true });
  const made = `${path}.${process.pid}`;
  writeFileSync(made, text);
  renameSync(made, path);
  return fresh.length;
}

function openDocument(path: string): Document {
  const document = parseDocument(textOf(path), { version: '1.2', stringKeys: true });
  if (document.contents !== null) return document;
  const empty = parseDocument('{}');
  empty.contents = empty.createNode({}) as never;
  empty.commentBefore = HEAD.trimEnd();
  return empty;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
