import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto';

// A third way to lay out a log, for tests and the bench: short and slow, straight from RFC 6962 and C2SP tlog-tiles.

const sha256 = (...parts: readonly (string | Uint8Array)[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

const ZERO = Buffer.of(0);
const ONE = Buffer.of(1);

/** Merkle tree hash of hashes (RFC 6962 §2.1), leaves already hashed. */
function treeHash(hashes: readonly Buffer[]): Buffer {
  const [only] = hashes;
  if (only === undefined) return sha256();
  if (hashes.length === 1) return only;
  let split = 1;
  while (split * 2 < hashes.length) split *= 2;
  return sha256(ONE, treeHash(hashes.slice(0, split)), treeHash(hashes.slice(split)));
}

const path = (index: number): string => {
  const digits = String(index).padStart(Math.ceil(String(index).length / 3) * 3, '0');
  const groups = digits.match(/.{3}/g) ?? [];
  return groups.map((group, i) => (i < groups.length - 1 ? `x${group}` : group)).join('/');
};

const inTiles = <T>(items: readonly T[]): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(items.length / 256) }, (_, i) =>
    items.slice(i * 256, i * 256 + 256),
  );

const name = (kind: string | number, index: number, width: number): string =>
  `tile/${kind}/${path(index)}${width === 256 ? '' : `.p/${width}`}`;

/** Writes tiles and bundles of entries; answers the root. */
function layOut(
  entries: readonly Uint8Array[],
  write: (path: string, bytes: Uint8Array) => void,
): Buffer {
  for (const [i, bundle] of inTiles(entries).entries()) {
    const parts = bundle.flatMap((entry) => [
      Buffer.of(Math.floor(entry.length / 256), entry.length % 256),
      entry,
    ]);
    write(name('entries', i, bundle.length), Buffer.concat(parts));
  }
  const leaves = entries.map((entry) => sha256(ZERO, entry));
  for (let level = 0, row = leaves; row.length > 0; level++) {
    const tiles = inTiles(row);
    for (const [i, tile] of tiles.entries())
      write(name(level, i, tile.length), Buffer.concat(tile));
    row = tiles.filter(({ length }) => length === 256).map(treeHash);
  }
  return treeHash(leaves);
}

/** Something that signs notes under a name. */
export type Signer = {
  readonly name: string;
  readonly vkey: string;
  readonly line: (text: string) => string;
};

const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** A signer of log signatures (type 1), or of cosignatures (type 4) at a time in seconds. */
export function createSigner(keyName: string, seed: Uint8Array, seconds?: number): Signer {
  const der = Buffer.concat([PKCS8, seed]);
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const raw = createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32);
  const material = Buffer.concat([Buffer.of(seconds === undefined ? 1 : 4), raw]);
  const keyId = sha256(`${keyName}\n`, material).subarray(0, 4);
  const signed = (text: string): Buffer => {
    if (seconds === undefined) return sign(null, Buffer.from(text), key);
    const time = Buffer.alloc(8);
    time.writeBigUInt64BE(BigInt(seconds));
    const message = Buffer.from(`cosignature/v1\ntime ${seconds}\n${text}`);
    return Buffer.concat([time, sign(null, message, key)]);
  };
  return {
    name: keyName,
    vkey: `${keyName}+${keyId.toString('hex')}+${material.toString('base64')}`,
    line: (text) => `— ${keyName} ${Buffer.concat([keyId, signed(text)]).toString('base64')}\n`,
  };
}

/** The signed checkpoint of a head. */
export function signHead(
  head: { readonly size: number; readonly root: Uint8Array },
  signers: readonly [Signer, ...Signer[]],
): string {
  const text = `${signers[0].name}\n${head.size}\n${Buffer.from(head.root).toString('base64')}\n`;
  return `${text}\n${signers.map(({ line }) => line(text)).join('')}`;
}

/** A ledger in memory, as a source reads it. */
export function createLedger(
  entries: readonly string[],
  signers: readonly [Signer, ...Signer[]],
): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  const bytes = entries.map((entry) => Buffer.from(entry));
  const root = layOut(bytes, (file, data) => files.set(file, data));
  files.set('checkpoint', Buffer.from(signHead({ size: entries.length, root }, signers)));
  return files;
}

/** Reads a ledger in memory; every read is a copy. */
export const sourceOf = (files: ReadonlyMap<string, Uint8Array>) => ({
  read: async (file: string): Promise<Uint8Array | undefined> => {
    const bytes = files.get(file);
    return bytes && new Uint8Array(bytes);
  },
});

/** Entries of an honest ledger of `actions` actions of three events each, interleaved. */
export function makeEntries(count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => {
    const [action, n] = [Math.floor(i / 3), (i % 3) + 1];
    const stream = `act_${String(action).padStart(36, '0')}`;
    return `{"at":${1_700_000_000_000 + i},"n":${n},"stream":"${stream}","type":"action.test","v":1}`;
  });
}

/** The entries a receipt proves, enrolments of passkeys included, in their order: put into a ledger of their own. */
export function entriesOf(receipt: string): readonly string[] {
  type Claimed = { readonly entry: string; readonly index: number };
  const base64 = /^extra (.*)$/m.exec(receipt)?.[1] ?? '';
  const { entries, directory = [] } = JSON.parse(Buffer.from(base64, 'base64').toString()) as {
    readonly entries: readonly Claimed[];
    readonly directory?: readonly Claimed[];
  };
  return [...directory, ...entries].toSorted((a, b) => a.index - b.index).map(({ entry }) => entry);
}
