/** A value of JSON. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [name: string]: Json };

/** A JSON object. */
export type JsonObject = { readonly [name: string]: Json };

const MAX_DEPTH = 64;

class NotCanonical extends Error {}

/** The RFC 8785 text of a value; undefined where it has none that every reader understands alike (LG, AD-2). */
export function canonical(value: Json): string | undefined {
  try {
    return write(value, 0);
  } catch (error) {
    if (error instanceof NotCanonical) return undefined;
    throw error;
  }
}

/**
 * The value of text that is canonical JSON to the byte; undefined for any other text.
 * Encoding again and comparing rules out white space, duplicate members, escapes, rounding and unsorted names at once.
 */
export function parseCanonical(text: string): Json | undefined {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
  return canonical(value) === text ? value : undefined;
}

function write(value: Json, depth: number): string {
  if (depth > MAX_DEPTH) throw new NotCanonical();
  if (typeof value === 'string') return writeText(value);
  if (typeof value === 'number') return writeNumber(value);
  if (value === null || typeof value === 'boolean') return String(value);
  if (isArray(value)) return `[${value.map((item) => write(item, depth + 1)).join(',')}]`;
  let out = '';
  // toSorted() compares UTF-16 code units, as RFC 8785 §3.2.3 asks
  for (const name of Object.keys(value).toSorted())
    out += `${out === '' ? '' : ','}${writeText(name)}:${write(value[name] ?? null, depth + 1)}`;
  return `{${out}}`;
}

const isArray = (value: Json): value is readonly Json[] => Array.isArray(value);

function writeText(value: string): string {
  if (!value.isWellFormed()) throw new NotCanonical();
  return JSON.stringify(value);
}

function writeNumber(value: number): string {
  if (!Number.isFinite(value)) throw new NotCanonical();
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) throw new NotCanonical();
  return String(value === 0 ? 0 : value);
}

/** Whether a value is a JSON object. */
export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
