import {
  canonical,
  createLogSigner,
  formatNote,
  fromBytes,
  instant,
  openNote,
  parseVkey,
  toBytes,
  type DumpedBlob,
  type DumpedClaim,
  type DumpedEntry,
  type DumpedStanding,
  type Head,
  type SigningKey,
} from '@countersign/core';

/** The parts of a backup, each a file of lines beside the manifest. */
export const PARTS = ['entries', 'standings', 'claims', 'blobs'] as const;
export type PartName = (typeof PARTS)[number];

/** Name of the file that lists the parts; it is written last. */
export const MANIFEST = 'manifest';

/** What a part's file must be. */
export type PartSeal = {
  readonly bytes: number;
  readonly lines: number;
  /** Lower-case hex. */
  readonly sha256: string;
};

/** What a backup holds. */
export type Manifest = {
  readonly format: 'countersign-backup';
  readonly v: 1;
  readonly at: number;
  readonly origin: string;
  readonly head: { readonly size: number; readonly root: string; readonly at: number };
  /** The last checkpoint that was signed before, verbatim. */
  readonly checkpoint?: string;
  readonly parts: Readonly<Record<PartName, PartSeal>>;
};

/** File of a part. */
export const fileOf = (part: PartName): string => `${part}.jsonl`;

const SIGNER = 'countersign-backup';

/** A manifest as it is written: one line of canonical JSON, signed as a note. */
export function sealManifest(manifest: Manifest, key: SigningKey): string {
  const text = `${canonical(manifest)}\n`;
  return formatNote(text, [createLogSigner(SIGNER, key).sign(text)]);
}

/** The manifest of a note; undefined when it is none. With a key, when that key did not sign it. */
export function openManifest(note: string, key?: SigningKey): Manifest | undefined {
  const verifier = key && parseVkey(createLogSigner(SIGNER, key).vkey);
  if (verifier && !openNote(note, [verifier]).ok) return undefined;
  const [line = ''] = note.split('\n');
  try {
    const manifest = JSON.parse(line) as Manifest;
    return isManifest(manifest) && canonical(manifest) === line ? manifest : undefined;
  } catch {
    return undefined;
  }
}

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0;

// ATTACKER: without keys at hand nothing authenticates it, so every member that is used is looked at
function isManifest({ format, v, origin, head, checkpoint, parts }: Manifest): boolean {
  if (format !== 'countersign-backup' || v !== 1 || typeof origin !== 'string') return false;
  if (checkpoint !== undefined && typeof checkpoint !== 'string') return false;
  return (
    isCount(head.size) &&
    isCount(head.at) &&
    Buffer.from(head.root, 'base64').length === 32 &&
    PARTS.every((name) => {
      const { bytes, lines, sha256 } = parts[name];
      return isCount(bytes) && isCount(lines) && /^[0-9a-f]{64}$/.test(sha256);
    })
  );
}

/** The head a manifest tells of, and how it tells of one. */
export const headOf = ({ head: { size, root, at } }: Manifest): Head => ({
  size,
  root: new Uint8Array(Buffer.from(root, 'base64')),
  at: instant(at),
});
export const tellHead = ({ size, root, at }: Head): Manifest['head'] => ({
  size,
  root: Buffer.from(root).toString('base64'),
  at,
});

/** How a thing is a line of its part, and back; what throws is no line of ours. */
export type Codec<T> = {
  readonly write: (one: T) => string;
  readonly read: (line: string, index: number) => T;
};

const json = <T>(): Codec<T> => ({
  write: (one) => JSON.stringify(one),
  read: (line) => JSON.parse(line) as T,
});

type TellableBlob = {
  readonly stream: string;
  readonly name: string;
  readonly data?: string;
};

/** One codec per part. An entry stands after a tab, as the bytes that were hashed: canonical JSON has neither tab nor newline. */
export const CODECS: {
  readonly entries: Codec<DumpedEntry>;
  readonly standings: Codec<DumpedStanding>;
  readonly claims: Codec<DumpedClaim>;
  readonly blobs: Codec<DumpedBlob>;
} = {
  entries: {
    write: ({ stream, version, leaf, entry }) => {
      if (/[\t\n]/.test(entry)) throw new TypeError('an entry is not canonical JSON');
      const hash = Buffer.from(toBytes(leaf)).toString('base64');
      return `${JSON.stringify([stream, version, hash])}\t${entry}`;
    },
    read: (line, seq) => {
      const tab = line.indexOf('\t');
      const [stream, version, hash] = JSON.parse(line.slice(0, tab)) as [string, number, string];
      const leaf = fromBytes(Buffer.from(hash, 'base64'));
      return { seq, stream, version, leaf, entry: line.slice(tab + 1) };
    },
  },
  standings: json(),
  claims: json(),
  blobs: {
    write: ({ data, ...named }) =>
      JSON.stringify({ ...named, ...(data && { data: Buffer.from(data).toString('base64') }) }),
    read: (line) => {
      const { data, ...named } = JSON.parse(line) as TellableBlob;
      return data === undefined
        ? named
        : { ...named, data: new Uint8Array(Buffer.from(data, 'base64')) };
    },
  },
};
