import { WireFailure } from './failure.ts';
import type { Limits } from './limits.ts';

/**
 * One message: `bytes[start]` is its type, its length field follows, `end` is behind its last byte. `stop` ends the scan of
 * this chunk.
 */
export type EachFrame = (
  type: number,
  bytes: Buffer,
  start: number,
  end: number,
) => 'stop' | undefined | void;

/** Finds where messages begin and end. One per connection and direction. */
export type Scanner = {
  /**
   * Tells each message that is whole, in order, as part of the chunk itself; of a split one, joined bytes. Messages that
   * follow each other in a chunk lie side by side in the same buffer. Gives how much of the chunk it has taken: all of it
   * unless it was stopped. Throws `WireFailure`, and from then on at every call.
   */
  readonly push: (chunk: Buffer, each: EachFrame) => number;
  /** Bytes of a message that is not whole yet. */
  readonly held: () => number;
};

const HEAD = 5;
const LEAST = 512;
const NOTHING: Buffer = Buffer.alloc(0);

/** Makes one. It keeps no more than the part of one message that came, and never more than that message's limit. */
export function createScanner(limits: Limits): Scanner {
  let part = NOTHING;
  let have = 0;
  let failure: WireFailure | undefined;

  /** How long the message at `at` is with its head; its type and length are refused before any of its body is kept. */
  function totalAt(bytes: Buffer, at: number): number {
    const length =
      ((bytes[at + 1] ?? 0) << 24) |
      ((bytes[at + 2] ?? 0) << 16) |
      ((bytes[at + 3] ?? 0) << 8) |
      (bytes[at + 4] ?? 0);
    const longest = limits[bytes[at] ?? 0] ?? 0;
    if (length >= 4 && length <= longest) return length + 1;
    failure = whyNot(longest, length);
    throw failure;
  }

  // ATTACKER: room grows with what came, not with what was announced, and small pieces cost no buffer each
  function take(chunk: Buffer, at: number, total: number): number {
    const size = Math.min(total - have, chunk.length - at);
    if (part.length < have + size) {
      const larger = Buffer.allocUnsafeSlow(
        Math.min(Math.max(total, HEAD), Math.max(LEAST, 2 * part.length, have + size)),
      );
      part.copy(larger, 0, 0, have);
      part = larger;
    }
    chunk.copy(part, have, at, at + size);
    have += size;
    return at + size;
  }

  /** The split message, once it is whole; undefined: all of the chunk belongs to it. */
  function join(chunk: Buffer): { readonly whole: Buffer; readonly at: number } | undefined {
    let at = have < HEAD ? take(chunk, 0, HEAD) : 0;
    if (have < HEAD) return undefined;
    const total = totalAt(part, 0);
    at = take(chunk, at, total);
    if (have < total) return undefined;
    const whole = part.subarray(0, total);
    part = NOTHING;
    have = 0;
    return { whole, at };
  }

  function scan(chunk: Buffer, from: number, each: EachFrame): number {
    const size = chunk.length;
    let at = from;
    while (size - at >= HEAD) {
      const end = at + totalAt(chunk, at);
      if (end > size) break;
      const start = at;
      at = end;
      if (each(chunk[start] ?? 0, chunk, start, end) === 'stop') return at;
    }
    if (at < size) take(chunk, at, size - at < HEAD ? HEAD : totalAt(chunk, at));
    return size;
  }

  return {
    push: (chunk, each) => {
      if (failure) throw failure;
      if (have === 0) return scan(chunk, 0, each);
      const joined = join(chunk);
      if (!joined) return chunk.length;
      const { whole, at } = joined;
      return each(whole[0] ?? 0, whole, 0, whole.length) === 'stop' ? at : scan(chunk, at, each);
    },
    held: () => have,
  };
}

function whyNot(longest: number, length: number): WireFailure {
  if (longest === 0)
    return new WireFailure('unknown-type', 'there is no message of this type here');
  if (length < 4) return new WireFailure('length', 'a message cannot be this short');
  return new WireFailure('too-long', 'the message is too long', '54000');
}
