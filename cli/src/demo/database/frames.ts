/** Bytes of a message of PostgreSQL's protocol 3: a type, a length that counts itself, a body. */
export function frame(type: string, ...parts: readonly (string | Uint8Array)[]): Buffer {
  const body = Buffer.concat(
    parts.map((part) => (typeof part === 'string' ? Buffer.from(`${part}\0`) : part)),
  );
  const head = Buffer.alloc(5);
  head.write(type, 'latin1');
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

export const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};

/** An `ErrorResponse`. */
export const errorFrame = (severity: 'ERROR' | 'FATAL', state: string, text: string): Buffer =>
  frame('E', `S${severity}`, `V${severity}`, `C${state}`, `M${text}`, Buffer.of(0));

/** Texts ended by NUL, until an empty one or the end. */
export function textsOf(bytes: Buffer): readonly string[] {
  const texts = bytes.toString('utf8').split('\0');
  const end = texts.indexOf('');
  return end === -1 ? texts : texts.slice(0, end);
}

/** Takes whole messages from the front of what came. */
export type Inbox = {
  readonly add: (chunk: Buffer) => void;
  /** The next message whole; the first of a connection has no type byte. */
  readonly next: (hasType: boolean) => Buffer | undefined;
};

const MOST = 16 * 1024 * 1024;

export function createInbox(): Inbox {
  let waiting: Buffer = Buffer.alloc(0);
  return {
    add: (chunk) => {
      waiting = Buffer.concat([waiting, chunk]);
    },
    next: (hasType) => {
      const head = hasType ? 5 : 4;
      if (waiting.length < head) return undefined;
      const length = waiting.readInt32BE(head - 4) + head - 4;
      if (length < head || length > MOST) throw new RangeError('a message of no possible length');
      if (waiting.length < length) return undefined;
      const message = waiting.subarray(0, length);
      waiting = waiting.subarray(length);
      return message;
    },
  };
}
