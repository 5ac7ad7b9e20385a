import type { DataClass, Masker } from '@countersign/core';
import type { ColumnDescription } from '../wire/read-backend.ts';
import type { Masked } from './origin.ts';
import { createFinder, createJsonScan, createScan, NOTHING, type Scan } from './scan.ts';
import { formOf } from './types.ts';

/** What is done to the values of one column, decided once. `clear`: they pass unread. */
export type ColumnMask =
  | { readonly does: 'clear' }
  | { readonly does: 'scan'; readonly scan: Scan }
  /** Every value becomes a placeholder of the same size: `head`, then what `write` writes, then `tail`. NULL stays. */
  | {
      readonly does: 'cover';
      readonly size: number;
      readonly write: (from: Buffer, start: number, end: number, to: Buffer, at: number) => void;
    }
  /** Every value becomes these bytes, NULL too: that there is one would tell something. `NOTHING` stands for NULL. */
  | { readonly does: 'constant'; readonly bytes: Buffer };

/** How a column is masked, by its type and format (MASK-16). */
export type MaskColumn = (column: ColumnDescription, format: 0 | 1, masked: Masked) => ColumnMask;

const CLEAR: ColumnMask = { does: 'clear' };
const NULLED: ColumnMask = { does: 'constant', bytes: NOTHING };
const JSONB_VERSION = Buffer.from([1]);
const QUOTE = Buffer.from('"');

/** Makes columns' masks; what one masker has learned of short texts they share. */
export function createMaskColumn(masker: Masker): MaskColumn {
  const text: ColumnMask = { does: 'scan', scan: createScan(masker) };
  const json: ColumnMask = { does: 'scan', scan: createJsonScan(masker, 0) };
  const jsonb: ColumnMask = { does: 'scan', scan: createJsonScan(masker, 1) };
  const find: ColumnMask = { does: 'scan', scan: createFinder(masker) };
  return ({ type }, format, masked) => {
    const form = formOf(type);
    if (masked) return covered(masker, masked, form, format);
    if (form === 'plain') return CLEAR;
    if (form === 'json') return json;
    if (form === 'jsonb') return format === 1 ? jsonb : json;
    // nothing of another length fits into the binary form of what is put together
    return form === 'text' || format === 0 ? text : find;
  };
}

function covered(
  masker: Masker,
  { as, derived }: NonNullable<Masked>,
  form: ReturnType<typeof formOf>,
  format: 0 | 1,
): ColumnMask {
  if (form !== 'text' && form !== 'json' && form !== 'jsonb') return NULLED;
  const quote = form === 'text' ? NOTHING : QUOTE;
  const head = form === 'jsonb' && format === 1 ? Buffer.concat([JSONB_VERSION, quote]) : quote;
  if (derived) return { does: 'constant', bytes: Buffer.concat([head, placeholder(as), quote]) };
  const cover = masker.coverOf(as);
  if (form === 'text') return { does: 'cover', size: cover.bytes, write: cover.write };
  return {
    does: 'cover',
    size: head.length + cover.bytes + quote.length,
    write: (from, start, end, to, at) => {
      to.set(head, at);
      cover.write(from, start, end, to, at + head.length);
      to.set(quote, at + head.length + cover.bytes);
    },
  };
}

/** Of a value that is no column's: without a fingerprint, since equal ones would answer questions about the column. */
const placeholder = (as: DataClass): Buffer => Buffer.from(`‹${as}›`);
