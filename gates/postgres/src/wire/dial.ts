import type { X509Certificate } from 'node:crypto';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { UpstreamFailure } from '../upstream.ts';
import { createIntake } from './intake.ts';
import { SSL_REQUEST, startupPacket } from './packet.ts';

/** Where a database listens, and how it is spoken to. */
export type Address = {
  /** A name, an address, or the folder of a Unix socket (which is never encrypted). */
  readonly host: string;
  readonly port: number;
  /** `verify-full`: it must show a certificate for this host; `require`: encrypted, whoever it is. */
  readonly tls: 'disable' | 'require' | 'verify-full';
  /** PEM of the authorities to believe in place of the system's. */
  readonly ca?: string;
};

/** A connection before its startup message. */
export type Dialed = {
  readonly socket: Duplex;
  readonly certificate: X509Certificate | undefined;
  /** It has shown that it is the server that was meant. */
  readonly isVerified: boolean;
};

const unreachable = (): UpstreamFailure =>
  new UpstreamFailure('unreachable', 'the database cannot be reached');

/** Connects and encrypts; an aborted signal destroys what there is. Throws `UpstreamFailure`. */
export async function dial(address: Address, signal: AbortSignal): Promise<Dialed> {
  const { host, port, tls } = address;
  const isLocal = host.startsWith('/');
  const socket = connectTcp(isLocal ? { path: `${host}/.s.PGSQL.${port}` } : { host, port });
  socket.on('error', () => undefined).setNoDelay(true);
  // a connection of hours that does nothing must be noticed when its other end is gone
  socket.setKeepAlive(true, 60_000);
  const abort = (): void => void socket.destroy();
  signal.addEventListener('abort', abort, { once: true });
  try {
    if (signal.aborted) throw unreachable();
    await happens(socket, 'connect');
    if (isLocal || tls === 'disable')
      return { socket, certificate: undefined, isVerified: isLocal };
    return await encrypt(socket, address);
  } catch (cause) {
    socket.destroy();
    throw cause instanceof UpstreamFailure ? cause : unreachable();
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

async function encrypt(socket: Socket, { host, tls, ca }: Address): Promise<Dialed> {
  const intake = createIntake(socket);
  socket.write(startupPacket(SSL_REQUEST));
  const answer = (await intake.bytes(1)).toString('latin1');
  // ATTACKER: bytes behind the answer were not encrypted, and would be read as if they were (CVE-2021-23222)
  const isAlone = intake.release().length === 0;
  if (answer === 'N') throw new UpstreamFailure('protocol', 'the database speaks no TLS');
  if (answer !== 'S' || !isAlone)
    throw new UpstreamFailure('protocol', 'the database does not answer as PostgreSQL does');
  const isVerified = tls === 'verify-full';
  const secure = connectTls({
    socket,
    host,
    ...(isIP(host) === 0 && { servername: host }),
    ...(ca !== undefined && { ca }),
    rejectUnauthorized: isVerified,
    minVersion: 'TLSv1.2',
    ALPNProtocols: ['postgresql'],
  });
  const failed = new Promise<never>((_, reject) =>
    secure.on('error', () =>
      reject(
        new UpstreamFailure('protocol', 'no TLS with the database, or its certificate is not good'),
      ),
    ),
  );
  await Promise.race([happens(secure, 'secureConnect'), failed]);
  return { socket: secure, certificate: secure.getPeerX509Certificate(), isVerified };
}

function happens(socket: Duplex, event: 'connect' | 'secureConnect'): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (): void => reject(unreachable());
    socket.once('close', fail).once(event, () => {
      socket.off('close', fail);
      resolve();
    });
  });
}
