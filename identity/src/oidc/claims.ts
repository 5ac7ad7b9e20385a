import { err, instant, ok, type Instant, type Result } from '@countersign/core';
import { refusal, type SignInRefusal } from './refusal.ts';
import type { ProviderSettings } from './settings.ts';

/** Who an identity provider vouches for. */
export type Verified = {
  readonly provider: string;
  readonly issuer: string;
  readonly subject: string;
  /** When they proved to it who they are; 0 where it does not say. */
  readonly authTime: Instant;
  readonly name?: string;
  readonly email?: string;
  /** What they are called there; may be another's later. */
  readonly userName?: string;
  /** Absent: it says nothing of groups. */
  readonly groups?: readonly string[];
  /** It says that there are more groups than it tells. */
  readonly areGroupsCut: boolean;
  /** Its own session. */
  readonly sid?: string;
  readonly amr?: readonly string[];
  /** Entra: a member's object in their tenant, which never is another's; absent for guests and elsewhere. */
  readonly entra?: Entra;
};

/** A member of an Entra tenant. */
export type Entra = { readonly tenant: string; readonly object: string };

/** Claims of a checked ID token. */
export type Claims = Readonly<Record<string, unknown>>;

/** Okta cuts a longer list without saying so. */
const MOST_GROUPS = 100;
const MAX_TEXT = 256;

/** What the claims of a checked ID token say, where this installation takes such people at all. */
export function readClaims(
  claims: Claims,
  settings: ProviderSettings,
): Result<Verified, SignInRefusal> {
  const subject = claims[settings.subjectClaim];
  if (typeof subject !== 'string' || subject === '')
    return err(refusal('sign-in-invalid', `the ID token has no \`${settings.subjectClaim}\``));
  const foreign = whyForeign(claims, settings);
  if (foreign !== undefined) return err(refusal('sign-in-refused', foreign));
  const amr = texts(claims['amr']);
  if (settings.amr.length > 0 && !settings.amr.some((one) => amr?.includes(one)))
    return err(
      refusal('sign-in-refused', `this sign-in needs one of ${settings.amr.join(', ')} (\`amr\`)`),
    );
  if (settings.acrValues.length > 0 && !settings.acrValues.includes(String(claims['acr'])))
    return err(refusal('sign-in-refused', `this sign-in needs another level (\`acr\`)`));
  const authTime = claims['auth_time'];
  const entra = entraOf(claims);
  return ok({
    provider: settings.id,
    issuer: settings.issuer,
    subject,
    authTime: instant(typeof authTime === 'number' ? Math.floor(authTime * 1_000) : 0),
    ...textMember('name', claims['name'] ?? claims['preferred_username']),
    ...textMember('email', claims['email']),
    ...textMember('userName', claims['preferred_username']),
    ...textMember('sid', claims['sid']),
    ...(amr && { amr }),
    ...(entra && { entra }),
    ...groupsIn(claims, settings),
  });
}

/** The one function that says who is not of the house. */
function whyForeign(claims: Claims, settings: ProviderSettings): string | undefined {
  const { hostedDomain, tenant, requiredClaims } = settings;
  if (hostedDomain !== undefined && claims['hd'] !== hostedDomain)
    return 'the account is of another organization (`hd`)';
  if (tenant !== undefined && claims['tid'] !== tenant)
    return 'the account is of another tenant (`tid`)';
  if (tenant !== undefined && isGuest(claims)) return 'the account is a guest of the tenant';
  const missing = Object.entries(requiredClaims).find(([name, value]) => !has(claims[name], value));
  return missing && `the account is not one that may sign in here (\`${missing[0]}\`)`;
}

const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Tenant and object of a member, where an ID token of Entra says so. */
export function entraOf(claims: Claims): Entra | undefined {
  const { tid: tenant, oid: object } = claims;
  const isMember = isGuid(tenant) && isGuid(object) && !isGuest(claims);
  return isMember ? { tenant: tenant.toLowerCase(), object: object.toLowerCase() } : undefined;
}

const isGuid = (value: unknown): value is string => typeof value === 'string' && GUID.test(value);

/** Entra: `acct` 1 is a guest; a guest's home stands in `idp`. */
const isGuest = (claims: Claims): boolean =>
  claims['acct'] === 1 || isElsewhere(claims['idp'], claims['iss']);

const isElsewhere = (idp: unknown, iss: unknown): boolean => idp !== undefined && idp !== iss;

const has = (claim: unknown, value: string): boolean =>
  Array.isArray(claim) ? claim.includes(value) : String(claim) === value;

const texts = (value: unknown): readonly string[] | undefined =>
  Array.isArray(value) && value.every((one) => typeof one === 'string') ? value : undefined;

const textMember = <N extends string>(name: N, value: unknown): { readonly [K in N]?: string } =>
  typeof value === 'string' && value !== ''
    ? ({ [name]: value.slice(0, MAX_TEXT).toWellFormed() } as { readonly [K in N]?: string })
    : {};

function groupsIn(
  claims: Claims,
  { groups }: ProviderSettings,
): Pick<Verified, 'groups' | 'areGroupsCut'> {
  if (!groups) return { areGroupsCut: false };
  const told = texts(claims[groups.claim]);
  // Entra names where the rest is to be asked for instead (overage)
  const named = claims['_claim_names'];
  const isOverage = typeof named === 'object' && named !== null && groups.claim in named;
  if (isOverage || (told && told.length >= MOST_GROUPS)) return { areGroupsCut: true };
  const known = (told ?? []).flatMap((name) =>
    Object.hasOwn(groups.map, name) ? [groups.map[name] ?? name] : [],
  );
  return { groups: [...new Set(known)].toSorted(), areGroupsCut: false };
}
