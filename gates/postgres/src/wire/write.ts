import type { ReadyStatus } from './read-backend.ts';

/** A message of a type: its parts one after the other; a string is written with its NUL. */
export function message(type: string, ...parts: readonly (string | Uint8Array)[]): Buffer {
  let size = 4;
  for (const part of parts)
    size += typeof part === 'string' ? Buffer.byteLength(part) + 1 : part.length;
  const bytes = Buffer.allocUnsafe(size + 1);
  bytes[0] = type.charCodeAt(0);
  bytes.writeInt32BE(size, 1);
  let at = 5;
  for (const part of parts)
    if (typeof part === 'string') {
      at += bytes.write(part, at);
      bytes[at] = 0;
      at += 1;
    } else {
      bytes.set(part, at);
      at += part.length;
    }
  return bytes;
}

export const int32 = (value: number): Buffer => {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeInt32BE(value | 0, 0);
  return bytes;
};

const int16s = (...values: readonly number[]): Buffer => {
  const bytes = Buffer.allocUnsafe(values.length * 2);
  for (const [at, value] of values.entries()) bytes.writeUInt16BE(value, at * 2);
  return bytes;
};

/** What an `ErrorResponse` or `NoticeResponse` says. */
export type Report = {
  readonly severity: 'ERROR' | 'FATAL' | 'WARNING' | 'NOTICE';
  /** SQLSTATE. */
  readonly code: string;
  readonly message: string;
  readonly detail?: string | undefined;
  readonly hint?: string | undefined;
};

const reported = (type: string, report: Report): Buffer => {
  const fields = [
    `S${report.severity}`,
    `V${report.severity}`,
    `C${report.code}`,
    `M${report.message}`,
  ];
  if (report.detail !== undefined) fields.push(`D${report.detail}`);
  if (report.hint !== undefined) fields.push(`H${report.hint}`);
  // a NUL would end the field, and what follows would read as another
  return message(type, ...fields.map((field) => field.replaceAll('\0', ' ')), Buffer.alloc(1));
};

export const writeError = (report: Report): Buffer => reported('E', report);

export const writeNotice = (report: Report): Buffer => reported('N', report);

export const writeReady = (status: ReadyStatus): Buffer => message('Z', Buffer.from(status));

export const writeParameterStatus = (name: string, value: string): Buffer =>
  message('S', name, value);

export const writeBackendKey = (key: {
  readonly process: number;
  readonly secret: Uint8Array;
}): Buffer => message('K', int32(key.process), key.secret);

export const writeCommandComplete = (tag: string): Buffer => message('C', tag);

export const writeQuery = (text: string): Buffer => message('Q', text);

export const writeParse = (name: string, text: string, types: readonly number[] = []): Buffer =>
  message('P', name, text, int16s(types.length), ...types.map(int32));

/** A `Bind` message; `formats` as in `BindMessage.resultFormats`. */
export const writeBind = (bind: {
  readonly portal: string;
  readonly statement: string;
  readonly values: readonly { readonly format: 0 | 1; readonly bytes: Uint8Array | null }[];
  readonly resultFormats: readonly number[];
}): Buffer => {
  const { portal, statement, values, resultFormats } = bind;
  return message(
    'B',
    portal,
    statement,
    int16s(values.length, ...values.map(({ format }) => format), values.length),
    ...values.flatMap(({ bytes }) => (bytes === null ? [int32(-1)] : [int32(bytes.length), bytes])),
    int16s(resultFormats.length, ...resultFormats),
  );
};

export const writeExecute = (portal: string, maxRows = 0): Buffer =>
  message('E', portal, int32(maxRows));

const letterOf = (of: 'statement' | 'portal'): Buffer =>
  Buffer.from(of === 'statement' ? 'S' : 'P');

export const writeDescribe = (of: 'statement' | 'portal', name: string): Buffer =>
  message('D', letterOf(of), name);

export const writeClose = (of: 'statement' | 'portal', name: string): Buffer =>
  message('C', letterOf(of), name);

export const writeSync = (): Buffer => message('S');

export const writeFlush = (): Buffer => message('H');

export const writeCopyFail = (reason: string): Buffer => message('f', reason);

export const writeTerminate = (): Buffer => message('X');
