import type { Duplex } from 'node:stream';

/** What is to be written to a socket, collected while one chunk is worked off and written at once. */
export type Out = {
  /** Adds bytes; what lies side by side in one buffer stays one slice. */
  readonly push: (bytes: Uint8Array, start?: number, end?: number) => void;
  readonly flush: () => void;
  /** Whether the socket takes no more for now: it will emit `drain`. */
  readonly isFull: () => boolean;
};

// below this copying is cheaper than one more part of a write
const SMALL = 16_384;

/** Collects for `socket`. */
export function createOut(socket: Duplex): Out {
  let parts: Uint8Array[] = [];
  let size = 0;
  let last: Uint8Array | undefined;
  let from = 0;
  let to = 0;

  function close(): void {
    if (last === undefined) return;
    parts.push(from === 0 && to === last.length ? last : last.subarray(from, to));
    size += to - from;
    last = undefined;
  }
  return {
    push: (bytes, start = 0, end = bytes.length) => {
      if (last === bytes && to === start) {
        to = end;
        return;
      }
      close();
      last = bytes;
      from = start;
      to = end;
    },
    flush: () => {
      close();
      if (parts.length === 0 || socket.destroyed || socket.writableEnded) {
        parts = [];
        size = 0;
        return;
      }
      write(socket, parts, size);
      parts = [];
      size = 0;
    },
    isFull: () => socket.writableNeedDrain,
  };
}

function write(socket: Duplex, parts: readonly Uint8Array[], size: number): void {
  const [first] = parts;
  if (parts.length === 1 && first) socket.write(first);
  else if (size <= SMALL) socket.write(Buffer.concat(parts, size));
  else {
    socket.cork();
    for (const part of parts) socket.write(part);
    socket.uncork();
  }
}
