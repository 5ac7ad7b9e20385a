import {
  atEnd,
  bodyOf,
  malformed,
  readByte,
  readCount,
  readInt16,
  readInt32,
  readOid,
  readText,
  readValue,
  type Cursor,
} from './reader.ts';

// each reads one whole message, its head included, or throws `WireFailure`; values are parts of the message, not copies

/** A `Parse` message. */
export type ParseMessage = {
  readonly name: string;
  readonly text: string;
  /** OIDs; 0 where the server infers one. */
  readonly types: readonly number[];
};

export function readParse(bytes: Buffer, start = 0, end: number = bytes.length): ParseMessage {
  const cursor = bodyOf(bytes, start, end);
  const name = readText(cursor);
  const text = readText(cursor);
  return atEnd(cursor, { name, text, types: listOf(cursor, 4, readOid) });
}

/** A `Bind` message. In it the portal comes first. */
export type BindMessage = {
  readonly portal: string;
  readonly statement: string;
  readonly values: readonly { readonly format: 0 | 1; readonly bytes: Buffer | null }[];
  /** None: text; one: for all columns. */
  readonly resultFormats: readonly (0 | 1)[];
};

export function readBind(bytes: Buffer, start = 0, end: number = bytes.length): BindMessage {
  const cursor = bodyOf(bytes, start, end);
  const portal = readText(cursor);
  const statement = readText(cursor);
  const formats = listOf(cursor, 2, readFormat);
  const given = listOf(cursor, 4, readValue);
  if (formats.length > 1 && formats.length !== given.length) throw malformed();
  const values = given.map((value, at) => ({
    format: (formats.length === 1 ? formats[0] : formats[at]) ?? 0,
    bytes: value,
  }));
  return atEnd(cursor, { portal, statement, values, resultFormats: listOf(cursor, 2, readFormat) });
}

/** An `Execute` message; `maxRows` 0: all. */
export type ExecuteMessage = { readonly portal: string; readonly maxRows: number };

export function readExecute(bytes: Buffer, start = 0, end: number = bytes.length): ExecuteMessage {
  const cursor = bodyOf(bytes, start, end);
  return atEnd(cursor, { portal: readText(cursor), maxRows: readInt32(cursor) });
}

/** What `Describe` and `Close` are about. */
export type NamedMessage = { readonly of: 'statement' | 'portal'; readonly name: string };

export function readDescribe(bytes: Buffer, start = 0, end: number = bytes.length): NamedMessage {
  const cursor = bodyOf(bytes, start, end);
  const of = readByte(cursor);
  if (of !== STATEMENT && of !== PORTAL) throw malformed();
  return atEnd(cursor, { of: of === STATEMENT ? 'statement' : 'portal', name: readText(cursor) });
}

export const readClose = (...message: Parameters<typeof readDescribe>): NamedMessage =>
  readDescribe(...message);

/** The text of a `Query` message. */
export function readQuery(bytes: Buffer, start = 0, end: number = bytes.length): string {
  const cursor = bodyOf(bytes, start, end);
  return atEnd(cursor, readText(cursor));
}

/** A password, in a message that holds nothing else. */
export const readPassword = (message: Buffer): string => readQuery(message);

/** What a client answers first to `AuthenticationSASL`. */
export function readSaslInitial(frame: Buffer): {
  readonly mechanism: string;
  readonly data: string;
} {
  const cursor = bodyOf(frame, 0, frame.length);
  const mechanism = readText(cursor);
  const data = readValue(cursor);
  return atEnd(cursor, { mechanism, data: data?.toString('latin1') ?? '' });
}

/** What it answers to a challenge. */
export const readSaslResponse = (frame: Buffer): string => frame.toString('latin1', 5);

const STATEMENT = 0x53;
const PORTAL = 0x50;

function readFormat(cursor: Cursor): 0 | 1 {
  const format = readInt16(cursor);
  if (format !== 0 && format !== 1) throw malformed();
  return format;
}

function listOf<T>(cursor: Cursor, bytesEach: number, read: (cursor: Cursor) => T): readonly T[] {
  const list: T[] = [];
  for (let count = readCount(cursor, bytesEach); count > 0; count -= 1) list.push(read(cursor));
  return list;
}
