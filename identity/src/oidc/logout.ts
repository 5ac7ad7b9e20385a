import { err, ok, type Clock, type Result } from '@countersign/core';
import type { JWTPayload, JWTVerifyGetKey, JWTVerifyOptions } from 'jose';
import { keyed } from '../keyed.ts';
import type { Roster } from '../roster/roster.ts';
import { say } from '../say.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { Provider } from './provider.ts';
import type { ProviderSettings } from './settings.ts';

/** What became of a logout token: nothing, or why it is none. */
export type LoggedOut = Result<
  undefined,
  'unknown-provider' | 'provider-unreachable' | 'logout-invalid' | 'logout-repeated' | 'busy'
>;

export type LogoutParts = {
  readonly key: Uint8Array;
  readonly clock: Clock;
  readonly sessions: Pick<Sessions, 'endAtProvider' | 'end' | 'of'>;
  readonly roster: Pick<Roster, 'change'>;
  readonly store: Parameters<typeof say>[0];
  readonly personOf: (provider: ProviderSettings, subject: string) => string | undefined;
};

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
/** Older ones are refused, so a token that was kept is of no use. */
const MAX_AGE_S = 150;
const SKEW_S = 30;

/** OpenID Connect Back-Channel Logout 1.0 §2.6, every step. */
export async function endAt(
  provider: Provider,
  token: string,
  parts: LogoutParts,
): Promise<LoggedOut> {
  const { key, clock, store, sessions } = parts;
  const keys = await provider.keys().catch(() => undefined);
  if (!keys) return err('provider-unreachable');
  const claims = await checked(provider, token, keys);
  const { jti, sid, sub } = claims ?? {};
  const isOfOne = typeof sid === 'string' || typeof sub === 'string';
  if (!claims || !isLogout(claims) || typeof jti !== 'string' || !isOfOne)
    return err('logout-invalid');
  const { issuer } = provider.settings;
  const stream = `logout-${keyed(key, 'logout', issuer, jti)}`;
  if ((await store.read(stream)).length > 0) return err('logout-repeated');
  if (typeof sid === 'string') await sessions.endAtProvider(keyed(key, 'sid', issuer, sid));
  const ended = sub === undefined ? ok(undefined) : await endPerson(provider, sub, claims, parts);
  if (!ended.ok) return ended;
  // last: a provider that was told of a failure sends the same token again
  await say(store, stream, ([already]) =>
    already ? undefined : { event: { type: 'logout.received', at: clock() } },
  );
  return ok(undefined);
}

/** Signed by a key of the provider, for us, just now; undefined otherwise. */
async function checked(
  { settings }: Provider,
  token: string,
  keys: JWTVerifyGetKey,
): Promise<JWTPayload | undefined> {
  const { jwtVerify } = await import('jose');
  const wanted: JWTVerifyOptions = {
    issuer: settings.issuer,
    audience: settings.clientId,
    algorithms: [...settings.algorithms],
    typ: 'logout+jwt',
    requiredClaims: ['iat', 'jti'],
    maxTokenAge: MAX_AGE_S,
    clockTolerance: SKEW_S,
  };
  return jwtVerify(token, keys, wanted).then(
    ({ payload }) => payload,
    () => undefined,
  );
}

/** Says that it is one, and is not an ID token in disguise. */
function isLogout(claims: JWTPayload): boolean {
  const { events, nonce } = claims as { readonly events?: unknown; readonly nonce?: unknown };
  const told = typeof events === 'object' && events !== null && EVENT in events;
  return told && nonce === undefined;
}

/** Without a session of its own the provider means all of them; with one, also those that do not say which they came from. */
async function endPerson(
  { settings }: Provider,
  sub: string,
  { sid }: JWTPayload,
  { roster, sessions, personOf }: LogoutParts,
): Promise<LoggedOut> {
  const person = personOf(settings, sub);
  if (person === undefined) return ok(undefined);
  if (sid !== undefined) {
    for (const { id, provider, idpSession } of await sessions.of(person))
      if (provider === settings.id && idpSession === undefined)
        await sessions.end(id, 'signed-out');
    return ok(undefined);
  }
  const changed = await roster.change<never>((_, at) =>
    ok({ events: [{ type: 'person.signed-out', at, by: `provider:${settings.id}`, person }] }),
  );
  return changed.ok ? ok(undefined) : err('busy');
}
