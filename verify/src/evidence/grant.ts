import { fromBase64url, fromUtf8, utf8 } from '../bytes.ts';
import { canonical } from '../json.ts';
import type { Primitives } from '../primitives.ts';
import { fail, ok, type Result } from '../result.ts';
import type { Course } from './course.ts';
import type { GrantKey } from './grant-key.ts';

/** What could be said of a grant. */
export type GrantCheck = 'valid' | 'not-checked' | 'not-included';

/** A compact JWS taken apart. Nothing of it is verified. */
export type Token = {
  readonly kid: string;
  readonly claims: string;
  readonly signed: Uint8Array;
  readonly signature: Uint8Array;
};

const HEADER = /^\{"alg":"EdDSA","kid":"([\w-]{43})","typ":"countersign-grant\+jwt"\}$/;

/** Reads a grant's token; undefined for every spelling and header but the one a grant has (GR-1). */
export function readToken(token: string): Token | undefined {
  const parts = token.split('.');
  const [head, body, signature] = parts.map((part) => fromBase64url(part));
  if (parts.length !== 3 || !head || !body || signature?.length !== 64) return undefined;
  const kid = HEADER.exec(fromUtf8(head) ?? '')?.[1];
  const claims = fromUtf8(body);
  if (kid === undefined || claims === undefined) return undefined;
  return { kid, claims, signed: utf8(token.slice(0, token.lastIndexOf('.'))), signature };
}

/**
 * An included grant says what the events say, to the byte (GR-2, GR-3), and one of the keys signed it.
 * Without keys the signature is not checked, and nothing is claimed about it.
 */
export async function checkGrant(
  { isSignedBy }: Primitives,
  text: string,
  course: Course,
  by: { readonly issuer: string; readonly keys: readonly GrantKey[] },
): Promise<Result<GrantCheck>> {
  const token = readToken(text);
  if (!token) return fail('extra-malformed', 'the grant is not a compact JWS of a grant');
  if (token.claims !== claimsOf(course, by.issuer))
    return fail('grant-mismatch', 'the grant does not say what the events say');
  if (by.keys.length === 0) return ok('not-checked');
  const key = by.keys.find(({ kid }) => kid === token.kid);
  return key && (await isSignedBy(key.publicKey, token.signed, token.signature))
    ? ok('valid')
    : fail('grant-signature-invalid', 'none of the grant keys signed the grant');
}

/** The claims that follow from the events; there is one spelling of them. */
function claimsOf({ proposed, judged, asked, grant }: Course, issuer: string): string | undefined {
  if (!proposed || !judged || !grant) return undefined;
  const from = Math.floor(grant.notBefore / 1_000);
  return canonical({
    iss: issuer,
    aud: grant.audience,
    sub: proposed.lineage.agent,
    jti: grant.id,
    iat: from,
    nbf: from,
    exp: Math.floor(grant.useBy / 1_000),
    act: proposed.actionId,
    digest: proposed.digest,
    pol: judged.policyDigest,
    ...(asked ? { apr: asked.approvalId } : {}),
  });
}
