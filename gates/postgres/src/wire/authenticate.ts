import type { Credentials } from '../peer.ts';
import { WireFailure } from './failure.ts';
import { PASSWORD_LIMITS } from './limits.ts';
import type { Channel } from './open-channel.ts';
import { readPassword, readSaslInitial, readSaslResponse } from './read-frontend.ts';
import { challengeOf, proveOf } from './scram-server.ts';
import { PLAIN, PLUS } from './scram.ts';
import { int32, message } from './write.ts';

type Asks = {
  readonly channel: Pick<Channel, 'stream' | 'intake' | 'secure'>;
  readonly credentials: Credentials;
  /** What SCRAM may bind to. */
  readonly endPoint: Buffer | undefined;
};

const CLEAR = 3;
const SASL = 10;
const CONTINUE = 11;
const FINAL = 12;

/** Lets a client show that it is the agent it names, or throws `WireFailure` in the same words whatever was wrong. */
export async function authenticate(agent: string, asks: Asks): Promise<void> {
  const { channel, credentials } = asks;
  const certificate = channel.secure?.getPeerX509Certificate();
  if (channel.secure && certificate) {
    const named = channel.secure.authorized
      ? credentials.ofCertificate(certificate.raw)
      : undefined;
    if (named === agent) return;
    throw new WireFailure('refused', 'the certificate is not that of this user', '28000');
  }
  const account = credentials.scram(agent);
  const isRight =
    channel.secure && account.isAskedInClear
      ? await byKey(agent, asks)
      : await byScram(agent, asks);
  if (!isRight)
    throw new WireFailure(
      'refused',
      'password authentication failed',
      '28P01',
      'the user is the id of an agent, the password one of its keys',
    );
}

async function byKey(agent: string, { channel, credentials }: Asks): Promise<boolean> {
  channel.stream.write(message('R', int32(CLEAR)));
  const key = readPassword(await channel.intake.frame(PASSWORD_LIMITS));
  return credentials.ofKey(agent, key);
}

async function byScram(agent: string, { channel, credentials, endPoint }: Asks): Promise<boolean> {
  const { stream, intake, secure } = channel;
  const certificate = secure ? endPoint : undefined;
  const offers = certificate ? [PLUS, PLAIN] : [PLAIN];
  stream.write(message('R', int32(SASL), ...offers, ''));
  const { mechanism, data } = readSaslInitial(await intake.frame(PASSWORD_LIMITS));
  if (!offers.includes(mechanism)) throw new WireFailure('malformed', 'malformed SCRAM message');
  const challenge = challengeOf(data, credentials.scram(agent), { mechanism, certificate });
  stream.write(message('R', int32(CONTINUE), Buffer.from(challenge.text)));
  const answer = readSaslResponse(await intake.frame(PASSWORD_LIMITS));
  // asked anew: a key may have been revoked between the two
  const final = proveOf(challenge, answer, credentials.scram(agent).keys);
  if (final === undefined) return false;
  stream.write(message('R', int32(FINAL), Buffer.from(final)));
  return true;
}
