import { concat, isSame } from '../bytes.ts';
import type { Primitives } from '../primitives.ts';

type Sha256 = Primitives['sha256'];

/** Bytes of a hash. */
export const HASH = 32;

/** Hash of an entry's leaf (RFC 9162 §2.1.1, L5). */
export const hashLeaf = (sha256: Sha256, entry: Uint8Array): Promise<Uint8Array> =>
  sha256([concat(Uint8Array.of(0), entry)]);

/** Hash of an inner node (L5). */
const hashNode = (sha256: Sha256, left: Uint8Array, right: Uint8Array): Promise<Uint8Array> =>
  sha256([concat(Uint8Array.of(1), left, right)]);

/** The row of hashes above a row of even length. */
async function rowAbove(sha256: Sha256, row: Uint8Array): Promise<Uint8Array> {
  const count = row.length / (2 * HASH);
  const nodes = new Uint8Array(count * 65).fill(1);
  const messages: Uint8Array[] = [];
  for (let i = 0; i < count; i++) {
    nodes.set(row.subarray(i * 64, i * 64 + 64), i * 65 + 1);
    messages.push(nodes.subarray(i * 65, i * 65 + 65));
  }
  return sha256(messages);
}

/** Root of a perfect subtree: a row whose length is a power of two. */
export async function hashPerfect(sha256: Sha256, row: Uint8Array): Promise<Uint8Array> {
  let above = row;
  while (above.length > HASH) above = await rowAbove(sha256, above);
  return above;
}

/** Roots of the perfect subtrees that a row of at most 255 hashes is made of, largest first. */
async function peaksOf(sha256: Sha256, row: Uint8Array): Promise<readonly Uint8Array[]> {
  const peaks: Promise<Uint8Array>[] = [];
  let at = 0;
  for (let width = 128; width >= 1; width /= 2) {
    const end = at + width * HASH;
    if (end > row.length) continue;
    peaks.push(hashPerfect(sha256, row.subarray(at, end)));
    at = end;
  }
  return Promise.all(peaks);
}

/** Root of a log from its last, partial tiles, lowest level first. A full tile stands in the level above (L6). */
export async function rootOfEdge(sha256: Sha256, edge: readonly Uint8Array[]): Promise<Uint8Array> {
  const rows = await Promise.all(edge.map((row) => peaksOf(sha256, row)));
  const [last, ...rest] = rows.toReversed().flat().toReversed();
  if (!last) return sha256([new Uint8Array(0)]);
  let root = last;
  for (const left of rest) root = await hashNode(sha256, left, root);
  return root;
}

/**
 * RFC 9162 §2.1.3.2 (L7): the root that a leaf at `index` leads to; undefined when the proof has the wrong length.
 * Division instead of shifts: sizes exceed 32 bits (L8).
 */
export async function rootOfProof(
  sha256: Sha256,
  claim: {
    readonly leaf: Uint8Array;
    readonly index: number;
    readonly size: number;
    readonly proof: readonly Uint8Array[];
  },
): Promise<Uint8Array | undefined> {
  let [fn, sn] = [claim.index, claim.size - 1];
  if (fn > sn) return undefined;
  let hash = claim.leaf;
  for (const sibling of claim.proof) {
    if (sn === 0) return undefined;
    if (fn % 2 === 1 || fn === sn) {
      hash = await hashNode(sha256, sibling, hash);
      while (fn % 2 === 0 && fn > 0) [fn, sn] = [half(fn), half(sn)];
    } else {
      hash = await hashNode(sha256, hash, sibling);
    }
    [fn, sn] = [half(fn), half(sn)];
  }
  return sn === 0 ? hash : undefined;
}

const half = (value: number): number => Math.floor(value / 2);

/** Whether an entry's leaf stands at `index` in the log of `size` with this root. */
export async function isIncluded(
  sha256: Sha256,
  claim: Parameters<typeof rootOfProof>[1] & { readonly root: Uint8Array },
): Promise<boolean> {
  const root = await rootOfProof(sha256, claim);
  return root !== undefined && isSame(root, claim.root);
}
