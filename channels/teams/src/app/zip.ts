import { crc32 } from 'node:zlib';

/** A file of an archive. */
export type Packed = { readonly name: string; readonly data: Buffer };

/** 1980-01-01, so that the same files are the same archive whenever it is made. */
const EPOCH = { time: 0, date: 33 };
const UTF8 = 0x0800;

/** A ZIP archive whose files are kept as they are (APPNOTE 6.3.9, method 0). */
export function zip(files: readonly Packed[]): Buffer {
  const local: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const { name, data } of files) {
    const title = Buffer.from(name);
    const shared = sharedPart(title, data);
    const head = Buffer.alloc(4);
    head.writeUInt32LE(0x04034b50, 0);
    local.push(head, shared, title, data);
    central.push(entry(shared, offset), title);
    offset += head.length + shared.length + title.length + data.length;
  }
  const size = central.reduce((sum, { length }) => sum + length, 0);
  return Buffer.concat([...local, ...central, end(files.length, size, offset)]);
}

/** What a file's own header and its entry in the directory have in common. */
function sharedPart(title: Buffer, data: Buffer): Buffer {
  const out = Buffer.alloc(26);
  out.writeUInt16LE(20, 0);
  out.writeUInt16LE(UTF8, 2);
  out.writeUInt16LE(EPOCH.time, 6);
  out.writeUInt16LE(EPOCH.date, 8);
  out.writeUInt32LE(crc32(data), 10);
  out.writeUInt32LE(data.length, 14);
  out.writeUInt32LE(data.length, 18);
  out.writeUInt16LE(title.length, 22);
  return out;
}

function entry(shared: Buffer, offset: number): Buffer {
  const out = Buffer.alloc(46);
  out.writeUInt32LE(0x02014b50, 0);
  out.writeUInt16LE(20, 4);
  out.set(shared, 6);
  out.writeUInt32LE(offset, 42);
  return out;
}

function end(count: number, size: number, offset: number): Buffer {
  const out = Buffer.alloc(22);
  out.writeUInt32LE(0x06054b50, 0);
  out.writeUInt16LE(count, 8);
  out.writeUInt16LE(count, 10);
  out.writeUInt32LE(size, 12);
  out.writeUInt32LE(offset, 16);
  return out;
}
