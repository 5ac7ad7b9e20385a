import { sha256Latin1 } from '../crypto.ts';

/** A SHA-256 hash as 32 one-byte characters: the form in which the tree works. */
export type Hash = string;

/** RFC 6962 §2.1: the root of a tree without entries. */
export const EMPTY_ROOT: Hash = sha256Latin1(new Uint8Array(0));

const pair = Buffer.alloc(65, 1); // 0x01 ‖ left ‖ right

/** Hash of an inner node. */
export function hashNode(left: Hash, right: Hash): Hash {
  pair.write(left, 1, 32, 'latin1');
  pair.write(right, 33, 32, 'latin1');
  return sha256Latin1(pair);
}

/** Hash of a leaf whose `0x00` prefix already stands before the entry. */
export const hashPrefixed = (prefixedEntry: Uint8Array): Hash => sha256Latin1(prefixedEntry);

/** Hash of an entry's leaf. */
export function hashLeaf(entry: Uint8Array): Hash {
  const prefixed = Buffer.alloc(entry.length + 1);
  prefixed.set(entry, 1);
  return sha256Latin1(prefixed);
}

/** A hash as 32 bytes. */
export const toBytes = (hash: Hash): Uint8Array => new Uint8Array(Buffer.from(hash, 'latin1'));

/** The hash that 32 bytes are, at an offset into a tile. */
export function fromBytes(bytes: Uint8Array, offset = 0): Hash {
  if (bytes.length < offset + 32) throw new RangeError('a hash is 32 bytes');
  return Buffer.from(bytes.buffer, bytes.byteOffset + offset, 32).toString('latin1');
}

/** Canonical base64 of bytes. */
export const toBase64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');

/** Bytes of canonical base64; undefined for junk, other alphabets, wrong padding. */
export function fromBase64(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, 'base64');
  // ATTACKER: Buffer.from skips what it does not know, so one signature would have many spellings
  return bytes.toString('base64') === text ? new Uint8Array(bytes) : undefined;
}
