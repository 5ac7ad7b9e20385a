import { fromUtf8 } from '../bytes.ts';
import { isObject, parseCanonical, type JsonObject } from '../json.ts';
import { fail, ok, type Result } from '../result.ts';

/** An entry as every one of this ledger must be: canonical JSON, `v` 1, its stream, its position there (LG). */
export type Entry = JsonObject & {
  readonly v: 1;
  readonly stream: string;
  readonly n: number;
  readonly type: string;
  readonly at: number;
};

/** Reads an entry; undefined when it is not one. */
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

/** Follows every stream of a ledger; tells the first entry that is malformed or leaves a gap. */
export type StreamCheck = (leaf: Uint8Array, index: number) => Result<void>;

/** Checks entries in ledger order. Remembers one number per stream. */
export function createStreamCheck(): StreamCheck {
  const last = new Map<string, number>();
  return (leaf, index) => {
    const text = fromUtf8(leaf.subarray(1));
    const entry = text === undefined ? undefined : parseEntry(text);
    if (!entry)
      return fail('entry-malformed', `entry ${index} is not the canonical JSON of an event`);
    const expected = (last.get(entry.stream) ?? 0) + 1;
    if (entry.n !== expected)
      return fail(
        'stream-gap',
        `entry ${index} is number ${entry.n} of \`${entry.stream}\`; expected ${expected}`,
      );
    last.set(entry.stream, entry.n);
    return ok(undefined);
  };
}
