import { fromBase64, toBase64 } from './hash.ts';
import { formatNote, parseNote, type NoteSigner } from './note.ts';

/** What a log says of itself: which log, how long, which root (32 bytes). */
export type Checkpoint = {
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
};

/** The text of a C2SP tlog-checkpoint, without extension lines. */
export function formatCheckpoint({ origin, size, root }: Checkpoint): string {
  if (!/^[^\n]+$/.test(origin)) throw new RangeError('an origin is one line');
  if (!Number.isSafeInteger(size) || size < 0 || root.length !== 32)
    throw new RangeError('not a head of a log');
  return `${origin}\n${size}\n${toBase64(root)}\n`;
}

/** Reads a checkpoint's text; undefined for every spelling but the one `formatCheckpoint` writes. */
export function parseCheckpoint(text: string): Checkpoint | undefined {
  const [origin = '', digits = '', base64 = '', end, ...rest] = text.split('\n');
  const size = Number(digits);
  const root = fromBase64(base64);
  if (end !== '' || rest.length > 0 || origin === '' || root?.length !== 32) return undefined;
  if (!/^(0|[1-9]\d*)$/.test(digits) || !Number.isSafeInteger(size)) return undefined;
  return { origin, size, root };
}

/** The checkpoint a signed note is about. Says nothing about who signed it. */
export function readCheckpoint(note: string): Checkpoint | undefined {
  const parsed = parseNote(note);
  return parsed && parseCheckpoint(parsed.text);
}

/** Signs a head as the log whose origin is the signer's name. */
export function signCheckpoint(
  head: { readonly size: number; readonly root: Uint8Array },
  signer: NoteSigner,
): string {
  const text = formatCheckpoint({ origin: signer.name, ...head });
  return formatNote(text, [signer.sign(text)]);
}
