import {
  atEnd,
  bodyOf,
  malformed,
  readByte,
  readCount,
  readInt16,
  readInt32,
  readLooseText,
  readOid,
  readText,
  readValue,
} from './reader.ts';

// each reads one whole message, its head included, or throws `WireFailure`

/** A column as `RowDescription` tells it. */
export type ColumnDescription = {
  readonly name: string;
  /** OID of the relation it comes from; 0: none. */
  readonly relation: number;
  /** 0: none, or the whole row. */
  readonly attnum: number;
  readonly type: number;
  readonly typlen: number;
  readonly typmod: number;
  readonly format: 0 | 1;
};

export function readRowDescription(
  bytes: Buffer,
  start = 0,
  end: number = bytes.length,
): readonly ColumnDescription[] {
  const cursor = bodyOf(bytes, start, end);
  const columns: ColumnDescription[] = [];
  for (let count = readCount(cursor, 19); count > 0; count -= 1) {
    const name = readLooseText(cursor);
    const relation = readOid(cursor);
    const attnum = readInt16(cursor);
    const type = readOid(cursor);
    const typlen = readInt16(cursor);
    const typmod = readInt32(cursor);
    const format = readInt16(cursor);
    if (format !== 0 && format !== 1) throw malformed();
    columns.push({ name, relation, attnum, type, typlen, typmod, format });
  }
  return atEnd(cursor, columns);
}

/** Values of a `DataRow`, parts of the message. */
export function readDataRow(
  bytes: Buffer,
  start = 0,
  end: number = bytes.length,
): readonly (Buffer | null)[] {
  const cursor = bodyOf(bytes, start, end);
  const values: (Buffer | null)[] = [];
  for (let count = readCount(cursor, 4); count > 0; count -= 1) values.push(readValue(cursor));
  return atEnd(cursor, values);
}

/** Fields of an `ErrorResponse` or `NoticeResponse` by their letter. */
export function readErrorFields(
  bytes: Buffer,
  start = 0,
  end: number = bytes.length,
): ReadonlyMap<string, string> {
  const cursor = bodyOf(bytes, start, end);
  const fields = new Map<string, string>();
  for (let letter = readByte(cursor); letter !== 0; letter = readByte(cursor))
    fields.set(String.fromCharCode(letter), readLooseText(cursor));
  return atEnd(cursor, fields);
}

/** What a `CommandComplete` says, such as `SELECT 3`. */
export function readCommandTag(bytes: Buffer, start = 0, end: number = bytes.length): string {
  const cursor = bodyOf(bytes, start, end);
  return atEnd(cursor, readText(cursor));
}

/** A `ParameterStatus` message. */
export function readParameterStatus(
  bytes: Buffer,
  start = 0,
  end: number = bytes.length,
): { readonly name: string; readonly value: string } {
  const cursor = bodyOf(bytes, start, end);
  return atEnd(cursor, { name: readLooseText(cursor), value: readLooseText(cursor) });
}

/** Status of a transaction: idle, within one, within a failed one. */
export type ReadyStatus = 'I' | 'T' | 'E';

/** What `ReadyForQuery` says. */
export function readReady(bytes: Buffer, start = 0, end: number = bytes.length): ReadyStatus {
  const cursor = bodyOf(bytes, start, end);
  const status = String.fromCharCode(readByte(cursor));
  if (status !== 'I' && status !== 'T' && status !== 'E') throw malformed();
  return atEnd(cursor, status);
}
