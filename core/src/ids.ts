import type { Instant } from './time.ts';

type Id<P extends string> = `${P}_${string}`;
export type ActionId = Id<'act'>;
export type ApprovalId = Id<'apr'>;
export type GrantId = Id<'grt'>;
export type WaiverId = Id<'wvr'>;

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/**
 * An id of ours: prefix, 48 bits of time (so that ids sort by creation), 128 random bits, Crockford base 32.
 * @param random 16 random bytes
 */
export function makeId<P extends 'act' | 'apr' | 'grt' | 'wvr'>(
  prefix: P,
  now: Instant,
  random: Uint8Array,
): Id<P> {
  let time = '';
  for (let rest = now as number, i = 0; i < 10; i++, rest = Math.floor(rest / 32))
    time = ALPHABET.charAt(rest % 32) + time;
  let bits = 0;
  let held = 0;
  let tail = '';
  for (const byte of random) {
    held = (held << 8) | byte;
    for (bits += 8; bits >= 5; bits -= 5) tail += ALPHABET.charAt((held >>> (bits - 5)) & 31);
    held &= (1 << bits) - 1;
  }
  if (bits > 0) tail += ALPHABET.charAt((held << (5 - bits)) & 31);
  return `${prefix}_${time}${tail}`;
}

/** Whether a text has the form of an id with this prefix. Says nothing about whether it exists. */
export const isId = <P extends string>(prefix: P, text: string): text is Id<P> =>
  text.startsWith(`${prefix}_`) && /^[0-9a-hjkmnp-tv-z]{36}$/.test(text.slice(prefix.length + 1));
