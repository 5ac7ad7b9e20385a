import type { Socket } from 'node:net';
import type { Credentials, Peer } from '../peer.ts';
import type { PostgresParts } from '../parts.ts';
import { authenticate } from './authenticate.ts';
import type { CancelKeys } from './cancel-keys.ts';
import type { Visit } from './door.ts';
import { WireFailure } from './failure.ts';
import { isCancel, openChannel, type Channel } from './open-channel.ts';
import { readParameters, VERSION_3_0 } from './packet.ts';
import { introductionOf, refuseWider } from './parameters.ts';
import { readBytes } from './reader.ts';
import type { TlsFront } from './tls-front.ts';
import { int32, message, writeError } from './write.ts';

/** What a listener knows when somebody comes. */
export type House = {
  readonly tls: TlsFront | undefined;
  /** Without TLS nobody is let in. */
  readonly isTlsRequired: boolean;
  readonly credentials: Credentials;
  readonly databases: PostgresParts['databases'];
  readonly cancelKeys: CancelKeys;
  readonly isClosing: () => boolean;
};

const LATEST = 2;

/** Takes a connection from its first byte to `AuthenticationOk`; undefined where it only came to cancel. */
export async function greet(
  socket: Socket,
  visit: Visit,
  house: House,
): Promise<Omit<Peer, 'onClosing'> | undefined> {
  const channel = await openChannel(socket, house.tls).catch((cause: unknown) => {
    socket.destroy();
    throw cause;
  });
  try {
    if (isCancel(channel)) {
      const { body } = channel.packet;
      house.cancelKeys.use(readBytes(body, body.end - body.at));
      hangUp(channel);
      return undefined;
    }
    return await letIn(channel, visit, house);
  } catch (cause) {
    refuse(channel, cause);
    throw cause;
  }
}

async function letIn(
  channel: Channel,
  visit: Visit,
  house: House,
): Promise<Omit<Peer, 'onClosing'>> {
  const { stream, intake, packet, secure } = channel;
  const minor = packet.code - VERSION_3_0;
  if (minor < 0 || minor > 0xff_ff)
    throw new WireFailure('refused', 'only version 3 of the protocol is spoken here', '0A000');
  const { user, database, parameters, unknown } = introductionOf(readParameters(packet.body));
  refuseClosing(house);
  if (house.isTlsRequired && !secure)
    throw new WireFailure(
      'refused',
      'no encryption',
      '28000',
      'connect with `sslmode=verify-full`',
    );
  if (minor > LATEST || unknown.length > 0)
    stream.write(
      message('v', int32(VERSION_3_0 + Math.min(minor, LATEST)), int32(unknown.length), ...unknown),
    );
  await authenticate(user, {
    channel,
    credentials: house.credentials,
    endPoint: house.tls?.endPoint,
  });
  refuseClosing(house);
  const mounted = house.databases.get(database);
  if (!mounted)
    throw new WireFailure('refused', `there is no database \`${database}\` here`, '3D000');
  refuseWider(parameters, mounted.settings);
  if (visit.pass(database, mounted.settings.connections) === 'full')
    throw new WireFailure('refused', 'too many connections to this database', '53300');
  stream.write(message('R', int32(0)));
  const { key, onCancel, drop } = house.cancelKeys.issue(minor < LATEST ? 4 : 32);
  stream.once('close', drop);
  return {
    agent: user,
    database,
    parameters,
    socket: stream,
    rest: intake.release(),
    cancelKey: key,
    onCancel,
  };
}

function refuseClosing({ isClosing }: House): void {
  if (isClosing()) throw new WireFailure('refused', 'the gate is closing', '57P03');
}

/** Tells a client why, and hangs up. */
function refuse(channel: Channel, cause: unknown): void {
  const failure = cause instanceof WireFailure ? cause : FAILED;
  if (failure.code === 'closed') channel.stream.destroy();
  else hangUp(channel, fatal(failure));
}

/** A `FATAL` of this gate's own. */
export const fatal = ({ sqlState, message: text, hint }: WireFailure): Buffer =>
  writeError({ severity: 'FATAL', code: sqlState, message: text, hint });

const FAILED = new WireFailure('refused', 'the gate failed', 'XX000');
const LINGER_MS = 2_000;

/** Reads on for a while: hanging up on bytes that nobody has read would take the last words back. */
function hangUp({ stream, intake }: Channel, last: Uint8Array = Buffer.alloc(0)): void {
  intake.release();
  stream.resume().end(last);
  const timer = setTimeout(() => stream.destroy(), LINGER_MS);
  stream.once('close', () => clearTimeout(timer));
}
