import { WireFailure } from './failure.ts';
import type { Limits } from './limits.ts';

/** One message: `bytes[start]` is its type, its length field follows, `end` is behind its last byte. */
export type EachFrame = (type: number, bytes: Buffer, start: number, end: number) => void;

/** Finds where messages begin and end. One per connection and direction. */
export type Scanner = {
  /**
   * Tells each message that is whole, in order, as part of the chunk itself; of a split one, joined bytes. Messages that
   * follow each other in a chunk lie side by side in the same buffer. Throws `WireFailure`, and from then on at every call.
   */
  readonly push: (chunk: Buffer, each: EachFrame) => void;
  /** Bytes of a message that is not whole yet. */
  readonly held: () => number;
};

const HEAD = 5;
const LEAST = 512;

/** Makes one. It keeps no more than the part of one message that came, and never more than that message's limit. */
export function createScanner(limits: Limits): Scanner {
  let part: Buffer = Buffer.alloc(0);
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

  /** Goes on with the split message; where in the chunk the next one begins. */
  function join(chunk: Buffer, each: EachFrame): number {
    let at = have < HEAD ? take(chunk, 0, HEAD) : 0;
    if (have < HEAD) return at;
    const total = totalAt(part, 0);
    at = take(chunk, at, total);
    if (have < total) return at;
    const whole = part;
    part = Buffer.alloc(0);
    have = 0;
    each(whole[0] ?? 0, whole, 0, total);
    return at;
  }

  return {
    push: (chunk, each) => {
      if (failure) throw failure;
      const size = chunk.length;
      let at = have > 0 ? join(chunk, each) : 0;
      while (size - at >= HEAD) {
        const end = at + totalAt(chunk, at);
        if (end > size) break;
        each(chunk[at] ?? 0, chunk, at, end);
        at = end;
      }
      if (at < size) take(chunk, at, size - at < HEAD ? HEAD : totalAt(chunk, at));
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
