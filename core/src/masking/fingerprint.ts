import { deriveKey } from '../crypto.ts';
import { createSipHash } from './siphash.ts';

/** Tells equal values from different ones to whoever does not hold the key; nobody can test guesses without it. */
export type Fingerprint = {
  /** Sixteen hex digits: 64 bits, so that joins over a hundred million values meet no wrong partner. */
  readonly of: (value: string) => string;
  /** The same of UTF-8 bytes, written as ASCII into `target`; nothing is allocated. */
  readonly write: (
    utf8: Uint8Array,
    from: number,
    to: number,
    target: Uint8Array,
    at: number,
  ) => void;
};

/** Digits of a fingerprint: of a whole value, and of one that stands in a text people read. */
export const DIGITS = 16;
export const FEW_DIGITS = 4;

const encoder = new TextEncoder();
const HEX = encoder.encode('0123456789abcdef');

/** Makes the fingerprint of one installation. */
export function createFingerprint(key: Uint8Array): Fingerprint {
  const out = new Uint32Array(2);
  const hash = createSipHash(deriveKey(key, 'fingerprint', new Uint8Array()), out);
  let buffer = new Uint8Array(256);
  const word = (i: 0 | 1): string => (out[i] as number).toString(16).padStart(8, '0');
  return {
    of: (value) => {
      // a lone surrogate is encoded as U+FFFD, as the database or the wire would
      if (value.length * 3 > buffer.length) buffer = new Uint8Array(value.length * 3);
      hash(buffer, 0, encoder.encodeInto(value, buffer).written);
      const shown = word(1) + word(0);
      if (buffer.length > 65_536) buffer = new Uint8Array(256);
      return shown;
    },
    write: (utf8, from, to, target, at) => {
      hash(utf8, from, to);
      digits(out[1] as number, target, at);
      digits(out[0] as number, target, at + 8);
    },
  };
}

function digits(word: number, target: Uint8Array, at: number): void {
  for (let i = 0; i < 8; i++) target[at + i] = HEX[(word >>> (28 - 4 * i)) & 15] as number;
}
