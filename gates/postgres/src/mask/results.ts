import type { DataClasses, Masker } from '@countersign/core';
import { isDataClasses } from '@countersign/core';
import { readRowDescription, type ColumnDescription } from '../wire/read-backend.ts';
import { createMaskColumn, type ColumnMask, type MaskColumn } from './column.ts';
import type { ResultMasking, RowMask } from './mask.ts';
import { judgeColumn, UNCLASSIFIED, type About } from './origin.ts';
import { maskNotification, maskReport } from './report.ts';
import { createRowMask } from './row.ts';

export type ResultMaskingParts = {
  /** A masker that leaves these classes in clear. */
  readonly masker: (clear: readonly DataClasses[]) => Masker;
  /** Classes that policy shows to agents; the same array as long as it is the same. */
  readonly shown: () => readonly DataClasses[];
};

const MOST_MASKS = 64;

/** Masks what comes back of one database, by where each column comes from; what passes is still looked through. */
export function createResultMasking(parts: ResultMaskingParts): ResultMasking {
  const made = new Map<string, MaskColumn>();
  const maskOf = (clear: readonly DataClasses[]): MaskColumn => {
    const key = clear.join(' ');
    const known = made.get(key);
    if (known) return known;
    if (made.size >= MOST_MASKS) made.clear();
    const fresh = createMaskColumn(parts.masker(clear));
    made.set(key, fresh);
    return fresh;
  };
  return {
    rows: ({ description, formats = [], facts, catalog, clear }) => {
      if (!description) return NO_DESCRIPTION;
      const columns = readRowDescription(asBuffer(description));
      return following(parts.shown, (shown) => {
        const classes = clearOf(shown, clear);
        const mask = maskOf(classes);
        const about: About = { facts, catalog, clear: classes };
        return toRowMask(
          columns.map((column, i) =>
            mask(column, formatOf(column, formats, i), judgeColumn(column, about)),
          ),
        );
      });
    },
    report: (message, facts) => maskReport(asBuffer(message), facts),
    notification: (message) => maskNotification(asBuffer(message)),
  };
}

/** A mask may be kept for long: what policy shows is asked again with every row. */
function following(
  shown: ResultMaskingParts['shown'],
  make: (shown: readonly DataClasses[]) => RowMask,
): RowMask {
  let of = shown();
  let made = make(of);
  const current = (): RowMask => {
    const now = shown();
    if (now === of) return made;
    if (now.join() !== of.join()) made = make(now);
    of = now;
    return made;
  };
  return {
    get isClear() {
      return current().isClear;
    },
    row: (message) => current().row(message),
  };
}

/** A secret is in clear only where people said so of this one statement. */
function clearOf(shown: readonly DataClasses[], clear: readonly string[]): readonly DataClasses[] {
  const byPolicy = shown.filter((one) => !one.startsWith('secret') && one !== UNCLASSIFIED);
  return [...new Set([...byPolicy, ...clear.filter(isDataClasses)])].toSorted();
}

/** Bind may name no format, one for all, or one for each. */
function formatOf(column: ColumnDescription, formats: readonly number[], i: number): 0 | 1 {
  if (formats.length === 0) return column.format;
  return (formats.length === 1 ? formats[0] : formats[i]) === 1 ? 1 : 0;
}

function toRowMask(columns: readonly ColumnMask[]): RowMask {
  const row = createRowMask(columns);
  return {
    isClear: columns.every(({ does }) => does === 'clear'),
    row: (message) => row(asBuffer(message)),
  };
}

/** Without a description nobody knows what the values are: every one becomes NULL. */
const NO_DESCRIPTION: RowMask = {
  isClear: false,
  row: (message) => {
    const count = asBuffer(message).readUInt16BE(5);
    const row = Buffer.alloc(7 + 4 * count, 0xff);
    row[0] = message[0] ?? 0;
    row.writeInt32BE(row.length - 1, 1);
    row.writeUInt16BE(count, 5);
    return row;
  },
};

const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
