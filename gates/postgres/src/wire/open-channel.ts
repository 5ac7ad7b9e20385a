import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { WireFailure } from './failure.ts';
import { createIntake, type Intake } from './intake.ts';
import { CANCEL_REQUEST, GSS_REQUEST, readPacket, SSL_REQUEST, type Packet } from './packet.ts';
import type { TlsFront } from './tls-front.ts';

/** A connection up to its first packet that is not about encryption. */
export type Channel = {
  readonly stream: Socket | TLSSocket;
  readonly intake: Intake;
  readonly secure: TLSSocket | undefined;
  readonly packet: Packet;
};

const TLS_RECORD = 0x16;
const YES = Buffer.from('S');
const NO = Buffer.from('N');

/** Answers requests for encryption, each at most once. Throws `WireFailure`. */
export async function openChannel(socket: Socket, tls: TlsFront | undefined): Promise<Channel> {
  let intake = createIntake(socket);
  const first = await intake.bytes(1);
  intake.back(first);
  if (first[0] === TLS_RECORD && tls) return encrypted(await direct(socket, intake, tls));
  for (const asked = new Set<number>(); ;) {
    const packet = await readPacket(intake);
    const { code } = packet;
    if (code !== SSL_REQUEST && code !== GSS_REQUEST)
      return { stream: socket, intake, secure: undefined, packet };
    if (asked.has(code)) throw new WireFailure('malformed', 'encryption was asked for already');
    asked.add(code);
    // ATTACKER: bytes behind the request would pass for encrypted ones (CVE-2021-23222)
    if (intake.ahead() > 0) throw new WireFailure('malformed', 'data came before encryption');
    if (code === SSL_REQUEST && tls) {
      intake.release();
      socket.write(YES);
      return encrypted(await tls.secure(socket));
    }
    socket.write(NO);
  }
}

/** TLS without a request (PostgreSQL 17): only by its name, so no other protocol can be led here. */
async function direct(socket: Socket, intake: Intake, tls: TlsFront): Promise<TLSSocket> {
  socket.unshift(intake.release());
  const secure = await tls.secure(socket);
  if (secure.alpnProtocol === 'postgresql') return secure;
  secure.destroy();
  throw new WireFailure('closed', 'direct TLS without its protocol');
}

async function encrypted(secure: TLSSocket): Promise<Channel> {
  const intake = createIntake(secure);
  const packet = await readPacket(intake);
  if (packet.code === SSL_REQUEST || packet.code === GSS_REQUEST)
    throw new WireFailure('malformed', 'encryption was asked for already');
  return { stream: secure, intake, secure, packet };
}

/** Whether somebody wants to cancel, and not to be let in. */
export const isCancel = ({ packet }: Channel): boolean => packet.code === CANCEL_REQUEST;
