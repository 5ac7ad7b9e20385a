import type { Duplex } from 'node:stream';
import { UpstreamFailure } from '../upstream.ts';
import { createScanner, type EachFrame } from './frames.ts';
import { backendLimits } from './limits.ts';
import { readDataRow, readErrorFields } from './read-backend.ts';
import { writeCopyFail, writeQuery } from './write.ts';

type Rows = readonly (readonly (string | null)[])[];

const LIMITS = backendLimits({ messageBytes: 67_108_864 });

/** Asks by the simple protocol and reads until the server is ready again. All rows, of whichever statement. */
export function askOn(socket: Duplex, sql: string): Promise<Rows> {
  return new Promise((resolve, reject) => {
    const rows: (string | null)[][] = [];
    const scanner = createScanner(LIMITS);
    let state: string | undefined;
    let isOver = false;
    const leave = (): void => {
      isOver = true;
      socket.off('readable', read).off('close', gone).off('end', gone);
    };
    const fail = (failure: UpstreamFailure): void => {
      leave();
      reject(failure);
    };
    const gone = (): void =>
      fail(new UpstreamFailure('unreachable', 'the connection to the database ended', state));
    const one: EachFrame = (type, bytes, start, end) => {
      if (type === ROW) rows.push(readDataRow(bytes, start, end).map(textOf));
      else if (type === ERROR) state ??= readErrorFields(bytes, start, end).get('C') ?? 'XX000';
      else if (type === COPY_IN) socket.write(writeCopyFail(''));
      else if (type === READY) {
        leave();
        if (state === undefined) resolve(rows);
        else reject(new UpstreamFailure('failed', `the database answered ${state}`, state));
        return 'stop';
      }
      return undefined;
    };
    function read(): void {
      try {
        for (let chunk = next(socket); chunk; chunk = next(socket)) {
          const taken = scanner.push(chunk, one);
          // what came behind is whoever's who reads next
          if (taken < chunk.length) return socket.unshift(chunk.subarray(taken));
          if (isOver) return;
        }
      } catch {
        socket.destroy();
        fail(new UpstreamFailure('protocol', 'the database does not answer as PostgreSQL does'));
      }
    }
    if (socket.destroyed) return gone();
    socket.on('readable', read).on('close', gone).on('end', gone);
    socket.write(writeQuery(sql));
  });
}

const next = (socket: Duplex): Buffer | null => socket.read() as Buffer | null;

const textOf = (value: Buffer | null): string | null => (value === null ? null : value.toString());

const ROW = 0x44;
const ERROR = 0x45;
const COPY_IN = 0x47;
const READY = 0x5a;
