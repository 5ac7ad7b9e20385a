import { hashLeaf, toBytes, type Hash } from './ledger/hash.ts';
import { createTree, type FullTile } from './ledger/tree.ts';
import { StoreFailure, type Claim, type Head, type Standing, type StoredEntry } from './ports.ts';

/** An entry with the leaf hash its store kept, so that a damaged one can be named. */
export type DumpedEntry = StoredEntry & { readonly leaf: Hash };
/** Where a stream stands, as its store kept it. */
export type DumpedStanding = { readonly stream: string; readonly standing: Standing };
/** A claim with the stream that holds it. */
export type DumpedClaim = Claim & { readonly stream: string };
/** A blob; one without `data` was erased and stays so. */
export type DumpedBlob = {
  readonly stream: string;
  readonly name: string;
  readonly data?: Uint8Array;
};

type Pages<T> = () => AsyncIterable<readonly T[]>;

/**
 * Everything a store keeps, in pages, neutral between stores. Obligations, each tested by the dump contract:
 * - All of it is one moment of the store, whatever is appended or erased while it is read; `head` is the head of that moment.
 * - Entries come in ledger order; the rest in any order that does not change. Reading one part twice gives it twice.
 * - A gateway that serves the same store goes on appending meanwhile.
 */
export type StoreDump = {
  readonly head: Head;
  readonly entries: Pages<DumpedEntry>;
  readonly standings: Pages<DumpedStanding>;
  readonly claims: Pages<DumpedClaim>;
  readonly blobs: Pages<DumpedBlob>;
  /** Lets go of the moment. */
  readonly close: () => Promise<void>;
};

/** Hears how many entries are done. */
export type DumpProgress = (entries: number) => void;

/** Hashes entries as they pass and says what does not fit: order, streams, leaves, at the end the head. */
export type EntryProver = {
  /** What is wrong with the next entry, whose bytes these are. */
  readonly take: (entry: DumpedEntry, bytes: Uint8Array) => string | undefined;
  /** Root of those taken so far. */
  readonly root: () => Uint8Array;
  /** Root with one more leaf, which is counted from then on. */
  readonly rootWith: (leaf: Hash) => Uint8Array;
  /** What is wrong with all of them together. */
  readonly finish: (head: Head) => string | undefined;
};

/** A prover of entries from the first; full tiles are handed out as with `createTree`. */
export function createEntryProver(onTile?: (tile: FullTile) => void): EntryProver {
  const tree = createTree(onTile);
  const versions = new Map<string, number>();
  let next = 0;
  return {
    take: ({ seq, stream, version, leaf }, bytes) => {
      const [expected, before] = [next, versions.get(stream) ?? 0];
      next = seq + 1;
      versions.set(stream, version);
      const hash = hashLeaf(bytes);
      tree.push(hash);
      if (seq !== expected) return `entry ${expected} is missing; \`${stream}\` follows at ${seq}`;
      if (hash !== leaf) return `entry ${seq} of \`${stream}\` does not hash to its leaf`;
      return version === before + 1
        ? undefined
        : `entry ${seq} is number ${version} of \`${stream}\`, not ${before + 1}`;
    },
    root: () => toBytes(tree.root()),
    rootWith: (leaf) => {
      tree.push(leaf);
      return toBytes(tree.root());
    },
    finish: ({ size, root }) => {
      if (next !== size) return `there are ${next} entries, but the head says ${size}`;
      return Buffer.compare(toBytes(tree.root()), root) === 0
        ? undefined
        : `the root of ${size} entries is not that of the head`;
    },
  };
}

/** An entry whose leaf was computed anew from these bytes. */
export type ProvenEntry = DumpedEntry & { readonly bytes: Uint8Array };

/** The entries of a dump, each hashed anew; throws `corrupt` at the first that does not fit, or when the head does not. */
export async function* provenEntries(
  dump: Pick<StoreDump, 'head' | 'entries'>,
  onTile?: (tile: FullTile) => void,
): AsyncGenerator<readonly ProvenEntry[], void, undefined> {
  const prover = createEntryProver(onTile);
  for await (const page of dump.entries()) {
    const proven = page.map((entry) => ({ ...entry, bytes: Buffer.from(entry.entry) }));
    for (const entry of proven) demand(prover.take(entry, entry.bytes));
    yield proven;
  }
  demand(prover.finish(dump.head));
}

function demand(wrong: string | undefined): void {
  if (wrong !== undefined) throw new StoreFailure('corrupt', wrong);
}
