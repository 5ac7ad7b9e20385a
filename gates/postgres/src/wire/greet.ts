import type { Socket } from 'node:net';
import type { Credentials, Peer } from '../peer.ts';
import type { PostgresParts } from '../parts.ts';
import { authenticate } from './authenticate.ts';
import type { CancelKeys } from './cancel-keys.ts';
import type { Visit } from './door.ts';
import { WireFailure } from './failure.ts';
import { hangUp, refuse } from './hang-up.ts';
import { isCancel, openChannel, type Channel } from './open-channel.ts';
import { readParameters, VERSION_3_0 } from './packet.ts';
import { introductionOf, refuseWider } from './parameters.ts';
import { readBytes } from './reader.ts';
import type { TlsFront } from './tls-front.ts';
import { int32, message } from './write.ts';

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
  // it may have left while its key was looked at, and would be counted for ever
  if (stream.destroyed) throw new WireFailure('closed', 'the connection ended');
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
