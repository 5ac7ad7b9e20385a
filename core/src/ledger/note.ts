import { isSignedBy, sha256Latin1, type SigningKey } from '../crypto.ts';
import { err, ok, type Result } from '../result.ts';
import { fromBase64, toBase64 } from './hash.ts';

/** Signature types of C2SP signed-note that we know: a log's own Ed25519, and an Ed25519 cosignature. */
export const LOG_SIGNATURE = 0x01;
export const COSIGNATURE = 0x04;

/** One signature line of a note; `bytes` without the key id. */
export type NoteSignature = {
  readonly name: string;
  /** Eight hex digits. */
  readonly keyId: string;
  readonly bytes: Uint8Array;
};

/** A note as it was parsed. Nothing is verified yet. */
export type ParsedNote = { readonly text: string; readonly signatures: readonly NoteSignature[] };

/** A note with the signatures that verified; at least one. `time` (seconds) is a cosignature's. */
export type OpenedNote = {
  readonly text: string;
  readonly signatures: readonly (NoteSignature & { readonly time?: number })[];
};

/** Why a note is not believed: not a note; a known signer's line fails; nobody known signed. */
export type NoteRefusal = 'not-a-note' | 'bad-signature' | 'unknown-signer';

/** A public key under a name, from a vkey line. */
export type NoteVerifier = {
  readonly name: string;
  readonly keyId: string;
  readonly type: typeof LOG_SIGNATURE | typeof COSIGNATURE;
  readonly publicKey: Uint8Array;
};

/** A private key under a name. */
export type NoteSigner = {
  readonly name: string;
  readonly vkey: string;
  readonly sign: (text: string) => NoteSignature;
};

const MAX_NOTE = 1_000_000;
const MAX_SIGNATURES = 100;
const isName = (name: string): boolean => name !== '' && !/[\s\u0085+]/u.test(name);

/** Reads a note's shape; undefined when it has not got one. */
export function parseNote(note: string): ParsedNote | undefined {
  if (note.length > MAX_NOTE || !note.isWellFormed()) return undefined;
  // oxlint-disable-next-line no-control-regex -- the rule of the format
  if (/[\u0000-\u0009\u000b-\u001f]/.test(note)) return undefined;
  const split = note.lastIndexOf('\n\n');
  if (split < 0 || !note.endsWith('\n')) return undefined;
  const lines = note.slice(split + 2, -1).split('\n');
  if (lines.length > MAX_SIGNATURES) return undefined;
  const signatures: NoteSignature[] = [];
  for (const line of lines) {
    const signature = parseSignature(line);
    if (!signature) return undefined;
    signatures.push(signature);
  }
  return { text: note.slice(0, split + 1), signatures };
}

function parseSignature(line: string): NoteSignature | undefined {
  const [dash, name = '', base64 = '', ...rest] = line.split(' ');
  const bytes = fromBase64(base64);
  if (dash !== '—' || rest.length > 0 || !isName(name) || !bytes || bytes.length < 5)
    return undefined;
  return { name, keyId: Buffer.from(bytes.subarray(0, 4)).toString('hex'), bytes: bytes.slice(4) };
}

/** Believes a note: every line of a known signer must verify, and there must be one. Other lines are ignored. */
export function openNote(
  note: string,
  verifiers: readonly NoteVerifier[],
): Result<OpenedNote, NoteRefusal> {
  const parsed = parseNote(note);
  if (!parsed) return err('not-a-note');
  const seen = new Map<NoteVerifier, OpenedNote['signatures'][number]>();
  for (const signature of parsed.signatures) {
    const verifier = verifiers.find(
      ({ name, keyId }) => name === signature.name && keyId === signature.keyId,
    );
    if (!verifier || seen.has(verifier)) continue;
    const verified = verify(verifier, parsed.text, signature);
    if (!verified) return err('bad-signature');
    seen.set(verifier, verified);
  }
  if (seen.size === 0) return err('unknown-signer');
  return ok({ text: parsed.text, signatures: [...seen.values()] });
}

function verify(
  { type, publicKey }: NoteVerifier,
  text: string,
  signature: NoteSignature,
): OpenedNote['signatures'][number] | undefined {
  if (type === LOG_SIGNATURE)
    return isSignedBy(publicKey, Buffer.from(text), signature.bytes) ? signature : undefined;
  if (signature.bytes.length !== 72) return undefined;
  const seconds = Buffer.from(signature.bytes).readBigUInt64BE();
  if (seconds > BigInt(Number.MAX_SAFE_INTEGER)) return undefined;
  const time = Number(seconds);
  const isGood = isSignedBy(publicKey, cosigned(text, time), signature.bytes.subarray(8));
  return isGood ? { ...signature, time } : undefined;
}

/** What an Ed25519 cosignature signs (tlog-cosignature v1). */
const cosigned = (text: string, seconds: number): Uint8Array =>
  Buffer.from(`cosignature/v1\ntime ${seconds}\n${text}`);

/** The text of a note followed by its signature lines. */
export function formatNote(text: string, signatures: readonly NoteSignature[]): string {
  if (!text.endsWith('\n')) throw new RangeError('the text of a note ends in a newline');
  const lines = signatures.map(
    ({ name, keyId, bytes }) =>
      `— ${name} ${toBase64(Buffer.concat([Buffer.from(keyId, 'hex'), bytes]))}\n`,
  );
  return `${text}\n${lines.join('')}`;
}

/** Signs as a log does: Ed25519 over the text. */
export function createLogSigner(name: string, key: SigningKey): NoteSigner {
  return signerOf(name, LOG_SIGNATURE, key, (text) => key.sign(Buffer.from(text)));
}

/** Signs as a witness does: with the time, in seconds, at which it saw the checkpoint. */
export function createCosigner(name: string, key: SigningKey, seconds: () => number): NoteSigner {
  return signerOf(name, COSIGNATURE, key, (text) => {
    const time = seconds();
    const stamp = Buffer.alloc(8);
    stamp.writeBigUInt64BE(BigInt(time));
    return Buffer.concat([stamp, key.sign(cosigned(text, time))]);
  });
}

function signerOf(
  name: string,
  type: NoteVerifier['type'],
  { publicKey }: SigningKey,
  sign: (text: string) => Uint8Array,
): NoteSigner {
  if (!isName(name)) throw new RangeError(`\`${name}\` cannot name a key: no spaces, no \`+\``);
  const keyId = keyIdOf(name, type, publicKey);
  return {
    name,
    vkey: formatVkey({ name, type, publicKey }),
    sign: (text) => ({ name, keyId, bytes: new Uint8Array(sign(text)) }),
  };
}

/** A public key as a vkey line: `name+keyid+base64(type ‖ key)`. */
export const formatVkey = ({
  name,
  type,
  publicKey,
}: Pick<NoteVerifier, 'name' | 'type' | 'publicKey'>): string =>
  `${name}+${keyIdOf(name, type, publicKey)}+${toBase64(Buffer.concat([Buffer.of(type), publicKey]))}`;

/** Reads a vkey line of a type we know; undefined when it is malformed or its key id is not its key's. */
export function parseVkey(vkey: string): NoteVerifier | undefined {
  const match = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/u.exec(vkey);
  const [, name = '', keyId = '', base64 = ''] = match ?? [];
  const bytes = fromBase64(base64);
  const type = bytes?.[0];
  if (!isName(name) || bytes?.length !== 33) return undefined;
  if (type !== LOG_SIGNATURE && type !== COSIGNATURE) return undefined;
  const publicKey = bytes.slice(1);
  return keyIdOf(name, type, publicKey) === keyId ? { name, keyId, type, publicKey } : undefined;
}

function keyIdOf(name: string, type: number, publicKey: Uint8Array): string {
  const hashed = sha256Latin1(
    Buffer.concat([Buffer.from(`${name}\n`), Buffer.of(type), publicKey]),
  );
  return Buffer.from(hashed.slice(0, 4), 'latin1').toString('hex');
}
