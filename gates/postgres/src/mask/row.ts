import { malformed } from '../wire/reader.ts';
import type { ColumnMask } from './column.ts';
import { NOTHING } from './scan.ts';

const HEAD = 7; // type, length, how many values
const CHUNK = 65_536;
const SHORT = 64; // below that a loop is quicker than a copy

/**
 * Makes what masks the rows of one result. Values that pass are not decoded and are copied with their neighbours; a row in
 * which nothing changes is not copied at all. A row that does not have the described columns is not passed on.
 */
export function createRowMask(columns: readonly ColumnMask[]): (message: Buffer) => Buffer {
  const count = columns.length;
  const starts = new Int32Array(count);
  const sizes = new Int32Array(count);
  const found: (Buffer | undefined)[] = columns.map(() => undefined);
  let chunk = NOTHING;
  let used = 0;

  /** Where each value lies, and how many bytes the row has when it is masked; -1: as it is. */
  function measure(row: Buffer): number {
    if (row.length < HEAD || int16(row, 5) !== count) throw malformed();
    let total = row.length;
    let isChanged = false;
    let at = HEAD;
    for (let i = 0; i < count; i++) {
      if (at + 4 > row.length) throw malformed();
      const size = int32(row, at);
      at += 4;
      if (size < -1 || (size > 0 && at + size > row.length)) throw malformed();
      starts[i] = at;
      sizes[i] = size;
      const held = size > 0 ? size : 0;
      const masked = sizeOf(i, row, at, size);
      if (masked !== SAME) {
        total += (masked > 0 ? masked : 0) - held;
        isChanged = true;
      }
      at += held;
    }
    if (at !== row.length) throw malformed();
    return isChanged ? total : -1;
  }

  /** Bytes of one value when it is masked; -1: NULL. */
  function sizeOf(i: number, row: Buffer, at: number, size: number): number {
    const column = columns[i];
    if (!column || column.does === 'clear') return SAME;
    if (column.does === 'constant') {
      if (column.bytes !== NOTHING) return column.bytes.length;
      return size === -1 ? SAME : -1;
    }
    if (size === -1) return SAME;
    if (column.does === 'cover') return column.size;
    const bytes = column.scan(row, at, at + size);
    found[i] = bytes;
    return bytes === undefined ? SAME : bytes === NOTHING ? -1 : bytes.length;
  }

  function room(size: number): Buffer {
    if (size > CHUNK / 4) return Buffer.allocUnsafeSlow(size);
    if (used + size > chunk.length) {
      chunk = Buffer.allocUnsafeSlow(CHUNK);
      used = 0;
    }
    used += size;
    return chunk.subarray(used - size, used);
  }

  function write(row: Buffer, total: number): Buffer {
    const out = room(total);
    let from = 0; // of what is not copied yet
    let to = 0;
    for (let i = 0; i < count; i++) {
      const column = columns[i];
      const start = starts[i] ?? 0;
      const size = sizes[i] ?? -1;
      if (!column || column.does === 'clear') continue;
      if (column.does === 'scan' && !found[i]) continue;
      if (size === -1 && (column.does !== 'constant' || column.bytes === NOTHING)) continue;
      to = copy(row, from, start - 4, out, to);
      to = value(column, i, { row, start, size, out, to });
      from = start + (size > 0 ? size : 0);
    }
    copy(row, from, row.length, out, to);
    setInt32(out, 1, total - 1);
    return out;
  }

  function value(column: ColumnMask, i: number, { row, start, size, out, to }: Place): number {
    if (column.does === 'cover') {
      setInt32(out, to, column.size);
      column.write(row, start, start + size, out, to + 4);
      return to + 4 + column.size;
    }
    const bytes = (column.does === 'constant' ? column.bytes : found[i]) ?? NOTHING;
    found[i] = undefined;
    setInt32(out, to, bytes === NOTHING ? -1 : bytes.length);
    out.set(bytes, to + 4);
    return to + 4 + bytes.length;
  }

  return (row) => {
    const total = measure(row);
    return total === -1 ? row : write(row, total);
  };
}

const SAME = -2;

type Place = {
  readonly row: Buffer;
  readonly start: number;
  readonly size: number;
  readonly out: Buffer;
  readonly to: number;
};

/** The end of what was copied. */
function copy(from: Buffer, start: number, end: number, to: Buffer, at: number): number {
  const size = end - start;
  if (size > SHORT) to.set(from.subarray(start, end), at);
  else for (let i = 0; i < size; i++) to[at + i] = from[start + i] ?? 0;
  return at + size;
}

const int16 = (bytes: Buffer, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);

const int32 = (bytes: Buffer, at: number): number =>
  ((bytes[at] ?? 0) << 24) |
  ((bytes[at + 1] ?? 0) << 16) |
  ((bytes[at + 2] ?? 0) << 8) |
  (bytes[at + 3] ?? 0);

function setInt32(bytes: Buffer, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}
