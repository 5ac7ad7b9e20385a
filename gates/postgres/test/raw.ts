import type { Duplex } from 'node:stream';
import { dial } from '../src/wire/dial.ts';
import { createScanner } from '../src/wire/frames.ts';
import { backendLimits } from '../src/wire/limits.ts';
import { logIn } from '../src/wire/log-in.ts';
import {
  readCommandTag,
  readDataRow,
  readErrorFields,
  readReady,
} from '../src/wire/read-backend.ts';

const PATIENCE_MS = 2_500;

/** A client that sends what it is told, and tells each answer as a short text: `T`, `D a|b`, `C SELECT 1`, `E 42501`, `Z I`. */
export type RawClient = {
  readonly socket: Duplex;
  readonly send: (...messages: readonly Uint8Array[]) => void;
  /** Answers up to the one that starts so, and without what was told before. */
  readonly until: (start: string, count?: number) => Promise<string[]>;
  readonly errors: ReadonlyMap<string, string>[];
  readonly close: () => void;
};

export async function openRaw(
  port: number,
  who: { readonly user: string; readonly password: string; readonly database: string },
): Promise<RawClient> {
  const { user, password, database } = who;
  const dialed = await dial(
    { host: '127.0.0.1', port, tls: 'disable' },
    AbortSignal.timeout(5_000),
  );
  await logIn(dialed, { parameters: new Map(Object.entries({ user, database })), password });
  const { socket } = dialed;
  const scanner = createScanner(backendLimits({ messageBytes: 10_000_000 }));
  const told: string[] = [];
  const errors: ReadonlyMap<string, string>[] = [];
  let look = (): void => undefined;
  socket.on('data', (chunk: Buffer) => {
    scanner.push(chunk, (type, bytes, start, end) => {
      if (type === 0x45) errors.push(readErrorFields(bytes, start, end));
      told.push(shown(type, bytes, start, end));
    });
    look();
  });
  socket
    .on('error', () => undefined)
    .on('close', () => {
      told.push('closed');
      look();
    });
  return {
    socket,
    errors,
    send: (...messages) => void socket.write(Buffer.concat(messages)),
    until: (start, count = 1) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(
          () => reject(new Error(`no \`${start}\` after ${told.join(', ')}`)),
          PATIENCE_MS,
        );
        look = () => {
          let left = count;
          const at = told.findIndex((one) => one.startsWith(start) && (left -= 1) === 0);
          const last = at === -1 ? told.indexOf('closed') : at;
          if (last === -1) return;
          if (at === -1 && start !== 'E')
            reject(
              new Error(`closed after ${told.join(', ')} ${[...(errors.at(-1) ?? [])].join(' ')}`),
            );
          clearTimeout(timer);
          look = () => undefined;
          resolve(told.splice(0, last + 1));
        };
        look();
      }),
    close: () => socket.destroy(),
  };
}

function shown(type: number, bytes: Buffer, start: number, end: number): string {
  const letter = String.fromCharCode(type);
  if (letter === 'D')
    return `D ${readDataRow(bytes, start, end)
      .map((value) => value?.toString() ?? 'null')
      .join('|')}`;
  if (letter === 'C') return `C ${readCommandTag(bytes, start, end)}`;
  if (letter === 'Z') return `Z ${readReady(bytes, start, end)}`;
  if (letter === 'E' || letter === 'N')
    return `${letter} ${readErrorFields(bytes, start, end).get('C') ?? ''}`;
  return letter === 'd' ? `d ${bytes.toString('utf8', start + 5, end).trim()}` : letter;
}
