import { constants, X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import { endPointOf } from './end-point.ts';
import { WireFailure } from './failure.ts';

/** What the gate shows clients, and whom it believes; PEM. */
export type TlsMaterial = {
  readonly cert: string;
  readonly key: string;
  /** Authorities of clients' certificates. Without: none is asked for. */
  readonly clientCa?: string;
};

/** The TLS end of a listener. */
export type TlsFront = {
  /** Answers a handshake on a connection. Throws `WireFailure`. */
  readonly secure: (socket: Socket) => Promise<TLSSocket>;
  /** What SCRAM binds to (RFC 5929); undefined where the certificate has no such thing. */
  readonly endPoint: Buffer | undefined;
};

const addressOf = (socket: Socket): string =>
  [socket.remoteAddress, socket.remotePort, socket.localAddress, socket.localPort].join(' ');

/** Makes one. Throws unless certificate and key fit. */
export function createTlsFront({ cert, key, clientCa }: TlsMaterial): TlsFront {
  const waiting = new Map<string, (secure: TLSSocket) => void>();
  // never listens: only a server of Node's says whether a certificate of a client is good
  const server = createServer({
    cert,
    key,
    minVersion: 'TLSv1.2',
    ALPNProtocols: ['postgresql'],
    // who has no certificate shows a key; a wrong one is refused in words
    ...(clientCa !== undefined && { ca: clientCa, requestCert: true, rejectUnauthorized: false }),
    // a resumed session would carry what was believed of a certificate then
    secureOptions: constants.SSL_OP_NO_TICKET,
  });
  server.on('tlsClientError', (_, secure) => secure.destroy());
  server.on('secureConnection', (secure) => {
    const address = addressOf(secure);
    const take = waiting.get(address);
    waiting.delete(address);
    if (take) take(secure);
    else secure.destroy();
  });
  return {
    endPoint: endPointOf(new X509Certificate(cert)),
    secure: (socket) =>
      new Promise((resolve, reject) => {
        const address = addressOf(socket);
        const fail = (): void => {
          waiting.delete(address);
          reject(new WireFailure('closed', 'the TLS handshake failed'));
        };
        socket.once('close', fail);
        waiting.set(address, (secure) => {
          socket.off('close', fail);
          secure.on('error', () => undefined);
          resolve(secure);
        });
        server.emit('connection', socket);
      }),
  };
}
