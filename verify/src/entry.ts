import { isObject, parseCanonical, type JsonObject } from './json.ts';

/** An entry as every one of this ledger must be: canonical JSON, `v` 1, its stream, its position there, its event (L1, EV-1). */
export type Entry = JsonObject & {
  readonly v: 1;
  readonly stream: string;
  readonly n: number;
  readonly type: string;
  readonly at: number;
};

/** Reads an entry's text; undefined when it is not one. */
export function parseEntry(text: string): Entry | undefined {
  const value = parseCanonical(text);
  if (!isObject(value) || value['v'] !== 1) return undefined;
  const { stream, n, type, at } = value;
  const isEntry =
    typeof stream === 'string' &&
    stream !== '' &&
    typeof type === 'string' &&
    Number.isSafeInteger(n) &&
    Number.isSafeInteger(at);
  return isEntry ? (value as Entry) : undefined;
}
