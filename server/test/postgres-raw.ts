import type { Socket } from 'node:net';
import pg from 'pg';

// A client that sends the very bytes it is told to, for what no driver would send. `pg` only logs it in.

/** A message of the server. */
export type Frame = { readonly type: string; readonly body: Buffer };

export type Raw = {
  readonly send: (...frames: readonly Buffer[]) => void;
  /** What the server says up to its next ReadyForQuery, or until it hangs up. */
  readonly ready: () => Promise<readonly Frame[]>;
  /** Sends, and waits until the server is ready. */
  readonly ask: (...frames: readonly Buffer[]) => Promise<readonly Frame[]>;
  /** All it ever said, greeting excluded. */
  readonly said: () => Buffer;
  readonly isOver: () => boolean;
  readonly drop: () => void;
};

/** Logs in and takes the connection over. */
export async function openRaw(config: pg.ClientConfig): Promise<Raw> {
  const client = new pg.Client(config);
  client.on('error', () => undefined);
  await client.connect();
  const { stream } = (client as unknown as { connection: { stream: Socket } }).connection;
  stream.removeAllListeners('data').removeAllListeners('end').removeAllListeners('close');
  const everything: Buffer[] = [];
  const frames: Frame[] = [];
  let rest: Buffer = Buffer.alloc(0);
  let isOver = false;
  let wake: (() => void) | undefined;
  stream.on('data', (chunk: Buffer) => {
    everything.push(chunk);
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 5 && rest.length > rest.readInt32BE(1)) {
      const end = 1 + rest.readInt32BE(1);
      frames.push({ type: String.fromCharCode(rest[0] ?? 0), body: rest.subarray(5, end) });
      rest = rest.subarray(end);
    }
    wake?.();
  });
  stream.on('close', () => {
    isOver = true;
    wake?.();
  });
  const ready: Raw['ready'] = async () => {
    for (;;) {
      const at = frames.findIndex(({ type }) => type === 'Z');
      if (at >= 0) return frames.splice(0, at + 1);
      if (isOver) return frames.splice(0);
      await new Promise<void>((resolve) => (wake = resolve));
    }
  };
  const send: Raw['send'] = (...all) => void stream.write(Buffer.concat(all));
  return {
    send,
    ready,
    ask: (...all) => {
      send(...all);
      return ready();
    },
    said: () => Buffer.concat(everything),
    isOver: () => isOver,
    drop: () => stream.destroy(),
  };
}

/** A message of the client; a text is written with its NUL. */
export function frame(type: string, ...parts: readonly (string | Uint8Array)[]): Buffer {
  const body = Buffer.concat(
    parts.map((part) => (typeof part === 'string' ? Buffer.from(`${part}\0`) : part)),
  );
  const head = Buffer.alloc(5);
  head.write(type, 'latin1');
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

const int16 = (value: number): Buffer => Buffer.from([value >> 8, value & 255]);
export const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
export const Q = (text: string): Buffer => frame('Q', text);
export const P = (name: string, text: string): Buffer => frame('P', name, text, int16(0));
export const B = (portal: string, statement: string, ...values: readonly string[]): Buffer =>
  frame(
    'B',
    portal,
    statement,
    int16(0),
    int16(values.length),
    ...values.flatMap((value) => [int32(Buffer.byteLength(value)), Buffer.from(value)]),
    int16(0),
  );
export const D = (of: 'S' | 'P', name: string): Buffer => frame('D', Buffer.from(of), name);
export const E = (portal: string, rows = 0): Buffer => frame('E', portal, int32(rows));
export const C = (of: 'S' | 'P', name: string): Buffer => frame('C', Buffer.from(of), name);
export const S: Buffer = frame('S');

/** Types of messages, one letter each; the status of ReadyForQuery beside its own. */
export const letters = (frames: readonly Frame[]): string =>
  frames.map(({ type, body }) => (type === 'Z' ? `Z${body.toString()}` : type)).join(' ');

/** A field of the first error there is. */
export function errorOf(frames: readonly Frame[], field: string): string | undefined {
  const error = frames.find(({ type }) => type === 'E')?.body.toString('utf8');
  return error
    ?.split('\0')
    .find((one) => one.startsWith(field))
    ?.slice(1);
}
