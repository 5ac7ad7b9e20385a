import { createServer, type AddressInfo, type Socket } from 'node:net';
import type { Credentials, Peer } from '../peer.ts';
import type { PostgresParts } from '../parts.ts';
import { createReception } from './reception.ts';
import type { TlsMaterial } from './tls-front.ts';

/** Where clients come in, and what they may cost before they have shown who they are. */
export type ListenOptions = {
  readonly host: string;
  readonly port: number;
  readonly tls?: TlsMaterial;
  /** Lets nobody in without TLS. */
  readonly isTlsRequired?: boolean;
  readonly limits: {
    /** Most connections at once, of everybody. */
    readonly connections: number;
    /** Most from one address that have not shown who they are. */
    readonly unauthenticated: number;
    /** Longest time until a client has shown who it is. */
    readonly handshakeMs: number;
    /** Time to hang up for whoever was told goodbye. */
    readonly lingerMs?: number;
  };
  readonly credentials: Credentials;
  readonly parts: Pick<PostgresParts, 'databases' | 'log'>;
  /** A client that has shown who it is. Must not throw. */
  readonly onPeer: (peer: Peer) => void;
};

/** An open listener. */
export type Listener = {
  readonly port: number;
  /** How many there are now, strangers too. */
  readonly connections: () => number;
  /** Lets nobody else in, asks each peer to end when nothing runs, and cuts off what has not ended by then. */
  readonly close: (graceMs?: number) => Promise<void>;
};

/** Opens it. Throws what the operating system says. */
export async function listen(options: ListenOptions): Promise<Listener> {
  const sockets = new Set<Socket>();
  const reception = createReception(options);
  const how = { noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 };
  const server = createServer(how, (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
    void reception.receive(socket);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(options.port, options.host, resolve);
  }).catch((cause: unknown) => {
    reception.end();
    throw cause;
  });
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => sockets.size,
    close: async (graceMs = 0) => {
      reception.close();
      const over = new Promise((resolve) => void server.close(resolve));
      const timer = setTimeout(() => sockets.forEach((socket) => socket.destroy()), graceMs);
      await over;
      clearTimeout(timer);
      reception.end();
    },
  };
}
