import type { Clock, Incoming } from '@countersign/core';
import { serviceAt, withoutSlash, type Bot } from '../settings.ts';
import { readActivity, type Activity } from './activity.ts';
import type { Keys } from './keys.ts';

/** Why something that claims to come from the connector is not listened to. */
export type NotAdmitted =
  | 'method'
  | 'no-token'
  | 'token'
  | 'keys-unavailable'
  | 'malformed'
  | 'endorsement'
  | 'channel'
  | 'service-url'
  | 'service-host'
  | 'tenant'
  | 'person';

/** The status each is answered with. */
export const STATUS: Readonly<Record<NotAdmitted, number>> = {
  method: 405,
  'no-token': 401,
  token: 401,
  'keys-unavailable': 503,
  malformed: 400,
  endorsement: 403,
  channel: 403,
  'service-url': 403,
  'service-host': 403,
  tenant: 403,
  person: 403,
};

type Admitted = { readonly ok: true; readonly activity: Activity };
type Refused = { readonly ok: false; readonly because: NotAdmitted };

const ISSUER = 'https://api.botframework.com';
const CHANNEL = 'msteams';
const SKEW_SECONDS = 300;

/** Listens to the connector of this bot and this tenant, and to nobody else. */
export function createAdmission(
  bot: Bot,
  { keys, clock }: { readonly keys: () => Promise<Keys>; readonly clock: Clock },
): (incoming: Incoming) => Promise<Admitted | Refused> {
  return async ({ method, headers, body }) => {
    if (method !== 'POST') return refused('method');
    const token = bearer(headers['authorization']);
    if (token === undefined) return refused('no-token');
    const signed = await verify(bot, token, { keys, clock });
    if (typeof signed === 'string') return refused(signed);
    const activity = readActivity(body);
    if (!activity) return refused('malformed');
    const because = whyNot(bot, activity, signed);
    return because ? refused(because) : { ok: true, activity };
  };
}

const refused = (because: NotAdmitted): Refused => ({ ok: false, because });

const MOST_CHARACTERS = 16_384;

function bearer(header: string | readonly string[] | undefined): string | undefined {
  const match = typeof header === 'string' ? /^Bearer ([\w.~+/=-]+)$/i.exec(header) : undefined;
  return match?.[1] !== undefined && match[1].length <= MOST_CHARACTERS ? match[1] : undefined;
}

/** What a good token says. */
type Signed = { readonly serviceUrl: unknown; readonly endorsed: readonly string[] };

async function verify(
  { appId }: Bot,
  token: string,
  { keys, clock }: { readonly keys: () => Promise<Keys>; readonly clock: Clock },
): Promise<Signed | 'token' | 'keys-unavailable'> {
  const { errors, jwtVerify } = await import('jose');
  let found: Keys;
  try {
    found = await keys();
  } catch {
    return 'keys-unavailable';
  }
  try {
    const { payload, protectedHeader } = await jwtVerify(token, found.find, {
      issuer: ISSUER,
      audience: appId,
      algorithms: ['RS256'],
      requiredClaims: ['iss', 'aud', 'exp', 'serviceurl'],
      clockTolerance: SKEW_SECONDS,
      currentDate: new Date(clock()),
    });
    const { kid } = protectedHeader;
    return {
      serviceUrl: payload['serviceurl'],
      endorsed: kid === undefined ? [] : found.endorsed(kid),
    };
  } catch (error) {
    const isAbout = error instanceof errors.JOSEError && TOKEN_FAULTS.has(error.code);
    return isAbout ? 'token' : 'keys-unavailable';
  }
}

/** Faults of a token; any other is one of fetching the keys, and may be over the next time. */
const TOKEN_FAULTS = new Set([
  'ERR_JOSE_ALG_NOT_ALLOWED',
  'ERR_JOSE_NOT_SUPPORTED',
  'ERR_JWKS_MULTIPLE_MATCHING_KEYS',
  'ERR_JWKS_NO_MATCHING_KEY',
  'ERR_JWS_INVALID',
  'ERR_JWS_SIGNATURE_VERIFICATION_FAILED',
  'ERR_JWT_CLAIM_VALIDATION_FAILED',
  'ERR_JWT_EXPIRED',
  'ERR_JWT_INVALID',
]);

/** Everything that has to hold of an activity besides its token. ATTACKER: the token is bound to the address, not to the body. */
function whyNot(bot: Bot, activity: Activity, signed: Signed): NotAdmitted | undefined {
  const { serviceUrl, channelId, conversation, type } = activity;
  if (channelId !== CHANNEL) return 'channel';
  if (!signed.endorsed.includes(CHANNEL)) return 'endorsement';
  if (typeof signed.serviceUrl !== 'string') return 'service-url';
  if (withoutSlash(signed.serviceUrl) !== withoutSlash(serviceUrl)) return 'service-url';
  if (!serviceAt(serviceUrl, bot)) return 'service-host';
  if (conversation.tenant !== bot.tenant) return 'tenant';
  if (activity.tenant !== undefined && activity.tenant !== bot.tenant) return 'tenant';
  const isPersonal = type === 'invoke' || type === 'message';
  return isPersonal && activity.from.user === undefined ? 'person' : undefined;
}
