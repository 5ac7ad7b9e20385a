import type { Masker } from '@countersign/core';

/** Looks for private values in `bytes[from, to)`; undefined: there is none. */
export type Scan = (bytes: Buffer, from: number, to: number) => Buffer | undefined;

const SHORTEST = 4; // no rule and no known value is shorter
const SLOTS = 2048;
const SLOT = 48;

/** Finds values in texts. Short texts in which there was nothing are remembered: many columns say few things again and again. */
export function createScan(masker: Masker): Scan {
  const known = new Uint8Array(SLOTS * SLOT);
  const sizes = new Uint8Array(SLOTS);
  return (bytes, from, to) => {
    const size = to - from;
    if (size < SHORTEST) return undefined;
    const slot = size <= SLOT ? slotOf(bytes, from, to) : -1;
    if (slot >= 0 && sizes[slot] === size && isSame(known, slot * SLOT, bytes, from, size))
      return undefined;
    const text = bytes.toString('utf8', from, to);
    const masked = masker.mask(text);
    if (masked.found.length > 0) return Buffer.from(masked.text);
    if (slot >= 0) {
      for (let i = 0; i < size; i++) known[slot * SLOT + i] = bytes[from + i] ?? 0;
      sizes[slot] = size;
    }
    return undefined;
  };
}

function slotOf(bytes: Buffer, from: number, to: number): number {
  let hash = 0x811c9dc5;
  for (let at = from; at < to; at++) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x01000193);
  return (hash ^ (hash >>> 15)) & (SLOTS - 1);
}

function isSame(a: Uint8Array, at: number, b: Buffer, from: number, size: number): boolean {
  for (let i = 0; i < size; i++) if (a[at + i] !== b[from + i]) return false;
  return true;
}

/** Finds values in JSON, also by the names they stand under; what comes out is JSON. `head`: bytes before the text. */
export function createJsonScan(masker: Masker, head: number): Scan {
  return (bytes, from, to) => {
    const text = bytes.toString('utf8', from + head, to);
    const masked = maskJson(masker, text);
    if (masked === undefined) return undefined;
    return Buffer.concat([bytes.subarray(from, from + head), Buffer.from(masked)]);
  };
}

/** By names and values first, then whatever is left, keys and numbers among it. */
function maskJson(masker: Masker, text: string): string | undefined {
  const byName = maskMembers(masker, text);
  const { text: masked, found } = masker.mask(byName ?? text);
  if (found.length === 0) return byName;
  return isJson(masked) ? masked : JSON.stringify(masked);
}

function maskMembers(masker: Masker, text: string): string | undefined {
  try {
    const value = READER.parse(text, exactly);
    const masked = masker.maskValue(value);
    return masked === value ? undefined : JSON.stringify(masked);
  } catch {
    return undefined; // too deep for us: its text is looked through as it is
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Numbers that would lose digits stay as they are written. */
const exactly: Reviver = (_key, value, { source }) =>
  typeof value === 'number' && source !== undefined && String(value) !== source
    ? READER.rawJSON(source)
    : value;

type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;
const READER = JSON as unknown as {
  readonly parse: (text: string, reviver: Reviver) => unknown;
  readonly rawJSON: (text: string) => object;
};

/** Of a form in which nothing can be replaced: whether it holds anything. The empty answer stands for NULL. */
export function createFinder(masker: Masker): Scan {
  const scan = createScan(masker);
  return (bytes, from, to) => (scan(bytes, from, to) ? NOTHING : undefined);
}

/** Stands for NULL. */
export const NOTHING: Buffer = Buffer.alloc(0);
