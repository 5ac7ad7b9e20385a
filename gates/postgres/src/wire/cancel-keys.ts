import { randomBytes, randomInt } from 'node:crypto';
import type { Peer } from '../peer.ts';
import { isEqual } from './scram.ts';

/** What clients are told to cancel with: of this listener, no server ever sees them. */
export type CancelKeys = {
  /** `secretBytes`: 4 in protocol 3.0, more in 3.2. */
  readonly issue: (secretBytes: number) => {
    readonly key: Peer['cancelKey'];
    readonly onCancel: Peer['onCancel'];
    readonly drop: () => void;
  };
  /** Calls the listeners of a key. A wrong one does nothing, and its sender hears the same: nothing. */
  readonly use: (body: Uint8Array) => void;
};

/** Makes an empty set. */
export function createCancelKeys(): CancelKeys {
  const all = new Map<
    number,
    { readonly secret: Uint8Array; readonly listeners: (() => void)[] }
  >();
  return {
    issue: (secretBytes) => {
      let process = randomInt(1, 0x7f_ff_ff_ff);
      while (all.has(process)) process = randomInt(1, 0x7f_ff_ff_ff);
      const secret = randomBytes(secretBytes);
      const listeners: (() => void)[] = [];
      all.set(process, { secret, listeners });
      return {
        key: { process, secret },
        onCancel: (listener) => void listeners.push(listener),
        drop: () => void all.delete(process),
      };
    },
    use: (body) => {
      const bytes = Buffer.from(body);
      if (bytes.length < 8) return;
      const one = all.get(bytes.readInt32BE(0));
      if (one && isEqual(bytes.subarray(4), one.secret))
        for (const listener of one.listeners) listener();
    },
  };
}
