import { isUtf8 } from 'node:buffer';
import { WireFailure } from './failure.ts';

/** A place in a message; every read moves it, and none goes beyond `end`. */
export type Cursor = { readonly bytes: Buffer; at: number; readonly end: number };

const HEAD = 5;
const REPLACEMENT = '\u{fffd}';

/** The body of a whole message; `start` is where its type is. */
export function bodyOf(bytes: Buffer, start: number, end: number): Cursor {
  if (end - start < HEAD || end > bytes.length || start < 0) throw malformed();
  return { bytes, at: start + HEAD, end };
}

/** What does not read as its type says. */
export const malformed = (): WireFailure =>
  new WireFailure('malformed', 'the message does not read as its type says');

/** Where `size` bytes begin that are there. */
function step(cursor: Cursor, size: number): number {
  const { at } = cursor;
  if (size < 0 || cursor.end - at < size) throw malformed();
  cursor.at = at + size;
  return at;
}

export const readByte = (cursor: Cursor): number => cursor.bytes[step(cursor, 1)] ?? 0;

export const readInt16 = (cursor: Cursor): number => cursor.bytes.readInt16BE(step(cursor, 2));

export const readInt32 = (cursor: Cursor): number => cursor.bytes.readInt32BE(step(cursor, 4));

export const readOid = (cursor: Cursor): number => cursor.bytes.readUInt32BE(step(cursor, 4));

/** Bytes themselves, not a copy. */
export function readBytes(cursor: Cursor, size: number): Buffer {
  const at = step(cursor, size);
  return cursor.bytes.subarray(at, at + size);
}

/** A value: its length and its bytes, -1 for NULL. */
export function readValue(cursor: Cursor): Buffer | null {
  const size = readInt32(cursor);
  return size === -1 ? null : readBytes(cursor, size);
}

/** How many follow: never negative, and not more than there are bytes for. */
export function readCount(cursor: Cursor, bytesEach: number): number {
  const count = cursor.bytes.readUInt16BE(step(cursor, 2));
  if (count * bytesEach > cursor.end - cursor.at) throw malformed();
  return count;
}

/** A text of ours or a client's: valid UTF-8 up to the first NUL (a parser behind would silently stop there too). */
export function readText(cursor: Cursor): string {
  const bytes = terminated(cursor);
  const text = bytes.toString();
  // what is not valid became this character; it may also be meant
  if (text.includes(REPLACEMENT) && !isUtf8(bytes))
    throw new WireFailure('text', 'a text is not valid UTF-8', '22021');
  return text;
}

/** A text a server wrote, in whatever encoding it has before it is told ours. */
export const readLooseText = (cursor: Cursor): string => terminated(cursor).toString();

function terminated(cursor: Cursor): Buffer {
  const stop = cursor.bytes.indexOf(0, cursor.at);
  if (stop === -1 || stop >= cursor.end) throw malformed();
  const text = cursor.bytes.subarray(cursor.at, stop);
  cursor.at = stop + 1;
  return text;
}

/** Nothing may follow. */
export function atEnd<T>(cursor: Cursor, value: T): T {
  if (cursor.at !== cursor.end) throw malformed();
  return value;
}
