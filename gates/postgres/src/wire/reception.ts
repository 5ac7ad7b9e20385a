import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Peer } from '../peer.ts';
import { createCancelKeys } from './cancel-keys.ts';
import { createDoor } from './door.ts';
import { WireFailure } from './failure.ts';
import { greet, type House } from './greet.ts';
import { fatal } from './hang-up.ts';
import type { ListenOptions } from './listen.ts';
import { createTlsFront } from './tls-front.ts';

/** What becomes of connections from their first byte until somebody serves them. */
export type Reception = {
  /** Never throws. */
  readonly receive: (socket: Socket) => Promise<void>;
  /** Lets nobody in any more, and tells those who are in. */
  readonly close: () => void;
  /** Everybody has left. */
  readonly end: () => void;
};

const LINGER_MS = 2_000;
const FULL = fatal(new WireFailure('refused', 'too many connections', '53300'));

/** Makes one. */
export function createReception(options: ListenOptions): Reception {
  const { limits, parts, onPeer } = options;
  const door = createDoor(limits);
  const closing = new Set<() => void>();
  const inside = new Set<Duplex>();
  let isClosing = false;
  const house: House = {
    tls: options.tls && createTlsFront(options.tls),
    isTlsRequired: options.isTlsRequired ?? false,
    credentials: options.credentials,
    databases: parts.databases,
    cancelKeys: createCancelKeys(),
    isClosing: () => isClosing,
  };
  const onClosingOf =
    (socket: Socket): Peer['onClosing'] =>
    (listener) => {
      closing.add(listener);
      socket.once('close', () => closing.delete(listener));
      if (isClosing) listener();
    };
  // ATTACKER: whoever was told goodbye need not read it, nor hang up
  const ended = new WeakSet<Duplex>();
  const sweep = setInterval(() => {
    for (const stream of inside)
      if (ended.has(stream)) stream.destroy();
      else if (stream.writableEnded) ended.add(stream);
  }, limits.lingerMs ?? LINGER_MS).unref();
  return {
    receive: async (socket) => {
      const visit = door.enter(socket.remoteAddress ?? '');
      if (!visit) return socket.end(FULL).destroySoon();
      socket.once('close', visit.leave);
      const timer = setTimeout(() => socket.destroy(), limits.handshakeMs);
      try {
        const peer = await greet(socket, visit, house);
        if (!peer) return;
        inside.add(peer.socket);
        socket.once('close', () => inside.delete(peer.socket));
        onPeer({ ...peer, onClosing: onClosingOf(socket) });
      } catch (cause) {
        const { code, sqlState } = cause instanceof WireFailure ? cause : BROKEN;
        if (code !== 'closed') parts.log('postgres-client-refused', { code, sqlState });
      } finally {
        clearTimeout(timer);
      }
    },
    close: () => {
      isClosing = true;
      for (const listener of closing) listener();
    },
    end: () => clearInterval(sweep),
  };
}

const BROKEN = { code: 'failed', sqlState: 'XX000' } as const;
