import { fromBase64, toHex } from '../bytes.ts';

/** One signature line of a note. Not verified. */
export type Signature = {
  readonly name: string;
  /** Eight hex digits. */
  readonly keyId: string;
  readonly bytes: Uint8Array;
};

/** A C2SP signed-note as it was parsed. Nothing of it is verified. */
export type ParsedNote = { readonly text: string; readonly signatures: readonly Signature[] };

const MAX_NOTE = 1_000_000;
const MAX_SIGNATURES = 100;

/** Whether a text can name a key: no Unicode space, no `+`. */
export const isKeyName = (name: string): boolean => name !== '' && !/[\s\u0085+]/u.test(name);

/** Reads a note's shape (L14); undefined when it has not got one. */
export function parseNote(note: string): ParsedNote | undefined {
  if (note.length > MAX_NOTE || !note.isWellFormed()) return undefined;
  // oxlint-disable-next-line no-control-regex -- the rule of the format
  if (/[\u0000-\u0009\u000b-\u001f]/.test(note) || !note.endsWith('\n')) return undefined;
  const split = note.lastIndexOf('\n\n');
  if (split < 0) return undefined;
  const lines = note.slice(split + 2, -1).split('\n');
  if (lines.length > MAX_SIGNATURES) return undefined;
  const signatures = lines.map(parseSignature);
  return signatures.every((signature) => signature !== undefined)
    ? { text: note.slice(0, split + 1), signatures }
    : undefined;
}

function parseSignature(line: string): Signature | undefined {
  const [dash, name = '', base64 = '', ...rest] = line.split(' ');
  const bytes = fromBase64(base64);
  if (dash !== '—' || rest.length > 0 || !isKeyName(name) || !bytes || bytes.length < 5)
    return undefined;
  return { name, keyId: toHex(bytes.subarray(0, 4)), bytes: bytes.subarray(4) };
}
