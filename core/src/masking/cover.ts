import type { DataClass } from './class.ts';
import { DIGITS, type Fingerprint } from './fingerprint.ts';

/**
 * Covers whole values of one class: `‹pii.email·fp:0123456789abcdef›`. The length of a value is not told: over a whole
 * column it would sort people by the length of their names. Same value, same placeholder, so joins still work.
 */
export type Cover = {
  /** Bytes of every placeholder of the class. */
  readonly bytes: number;
  readonly text: (value: string) => string;
  /** Writes the placeholder of `utf8[from, to)` to `target[at, at + bytes)`. */
  readonly write: (
    utf8: Uint8Array,
    from: number,
    to: number,
    target: Uint8Array,
    at: number,
  ) => void;
};

const encoder = new TextEncoder();
const CLOSE = encoder.encode('›');

/** Makes the cover of one class. */
export function createCover(kind: DataClass, fingerprint: Fingerprint): Cover {
  const open = `‹${kind}·fp:`;
  const head = encoder.encode(open);
  return {
    bytes: head.length + DIGITS + CLOSE.length,
    text: (value) => `${open}${fingerprint.of(value)}›`,
    write: (utf8, from, to, target, at) => {
      target.set(head, at);
      fingerprint.write(utf8, from, to, target, at + head.length);
      target.set(CLOSE, at + head.length + DIGITS);
    },
  };
}
