import type { Duplex } from 'node:stream';
import { WireFailure } from './failure.ts';
import type { Limits } from './limits.ts';
import { createScanner } from './frames.ts';

/** Reads a connection piece by piece before its messages flow: nothing more is taken from it than is asked for. */
export type Intake = {
  /** Exactly so many bytes. Throws `WireFailure` when the connection ends before. */
  readonly bytes: (size: number) => Promise<Buffer>;
  /** One whole message with its head. */
  readonly frame: (limits: Limits) => Promise<Buffer>;
  /** Bytes that came and were not asked for, as far as is known. */
  readonly ahead: () => number;
  /** Puts bytes back, to be read first. */
  readonly back: (bytes: Buffer) => void;
  /** Ends the reading; what came and was not asked for. */
  readonly release: () => Buffer;
};

const NOBODY = (): void => undefined;

/** Begins to read. */
export function createIntake(socket: Duplex): Intake {
  let have: Buffer = Buffer.alloc(0);
  let isOver = false;
  let wake: () => void = NOBODY;
  const look = (): void => wake();
  const end = (): void => {
    isOver = true;
    wake();
  };
  socket.on('readable', look).on('end', end).on('close', end).on('error', end);
  const take = (): void => {
    const chunk = socket.read() as Buffer | null;
    if (chunk) have = have.length === 0 ? chunk : Buffer.concat([have, chunk]);
  };
  const bytes = async (size: number): Promise<Buffer> => {
    for (take(); have.length < size; take()) {
      if (isOver || socket.destroyed) throw new WireFailure('closed', 'the connection ended');
      await new Promise<void>((resolve) => void (wake = resolve));
    }
    const wanted = have.subarray(0, size);
    have = have.subarray(size);
    return wanted;
  };
  return {
    bytes,
    frame: async (limits) => {
      const head = Buffer.from(await bytes(5));
      let whole: Buffer = head;
      const scanner = createScanner(limits);
      const keep = (_: number, frame: Buffer): void => void (whole = frame);
      scanner.push(head, keep);
      if (scanner.held() === 0) return whole;
      scanner.push(await bytes(head.readInt32BE(1) - 4), keep);
      return whole;
    },
    ahead: () => {
      take();
      return have.length;
    },
    back: (again) => void (have = Buffer.concat([again, have])),
    release: () => {
      take();
      socket.off('readable', look).off('end', end).off('close', end).off('error', end);
      const rest = have;
      have = Buffer.alloc(0);
      return rest;
    },
  };
}
