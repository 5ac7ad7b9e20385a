import type { Json } from '../wire.ts';

const NOT_CANONICAL = 'no canonical form';

/**
 * Canonical JSON (RFC 8785) of a value as it was received, by our own hand: the page trusts no digest it is told.
 * Throws on what has no canonical form, which then is an alarm.
 */
export function canonical(value: Json): string {
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw new TypeError(NOT_CANONICAL);
    return JSON.stringify(value);
  }
  if (typeof value === 'number') {
    const isExact = Number.isInteger(value) ? Number.isSafeInteger(value) : Number.isFinite(value);
    if (!isExact) throw new TypeError(NOT_CANONICAL);
    return String(value === 0 ? 0 : value);
  }
  if (value === null || typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return `[${value.map((one: Json) => canonical(one)).join(',')}]`;
  if (typeof value !== 'object') throw new TypeError(NOT_CANONICAL);
  const members = value as { readonly [name: string]: Json };
  const names = Object.keys(members);
  // oxlint-disable-next-line require-array-sort-compare -- RFC 8785 orders by UTF-16 units, as sorting does by itself
  names.sort();
  return `{${names.map((name) => `${canonical(name)}:${canonical(members[name] ?? null)}`).join(',')}}`;
}

/** UTF-8 bytes of text. */
export const utf8 = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

/** Lower-case hex. */
const toHex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/** SHA-256 of bytes. */
export const sha256 = async (bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));

/** The digest of a value, written as the gateway writes it. */
export const digestOf = async (value: Json): Promise<string> =>
  `sha256:${toHex(await sha256(utf8(canonical(value))))}`;
