import type { SigningKey, Digest } from '../crypto.ts';
import type { Ready } from '../approval/approval.ts';
import type { ActionId, ApprovalId, GrantId } from '../ids.ts';
import { instant, type Instant } from '../time.ts';
import { openJws, signJws, type Jwk } from './jws.ts';

const TYP = 'countersign-grant+jwt';

/** What a yes becomes (docs/spec/grant.md). Times are seconds (RFC 7519); the store's record is exact to the ms. */
export type GrantClaims = {
  readonly iss: string;
  /** The one executor that may redeem it. */
  readonly aud: string;
  /** The agent it was granted to. */
  readonly sub: string;
  readonly jti: GrantId;
  readonly iat: number;
  readonly nbf: number;
  readonly exp: number;
  readonly act: ActionId;
  readonly digest: Digest;
  readonly pol: Digest;
  readonly apr?: ApprovalId;
};

/** The signed, single-use, time-bound permission for one action digest. The same state gives the same token. */
export function sealGrant(
  { proposed, judged, asked, grant }: Ready,
  issuer: string,
  key: SigningKey,
): string {
  const seconds = Math.floor(grant.notBefore / 1000);
  const claims: GrantClaims = {
    iss: issuer,
    aud: grant.audience,
    sub: proposed.lineage.agent,
    jti: grant.id,
    iat: seconds,
    nbf: seconds,
    exp: Math.floor(grant.useBy / 1000),
    act: proposed.actionId,
    digest: proposed.digest,
    pol: judged.judgement.policyDigest,
    ...(asked ? { apr: asked.approvalId } : {}),
  };
  return signJws(claims, TYP, key);
}

export type GrantProblem = 'grant-invalid' | 'grant-expired' | 'wrong-audience';

/** Verifies a grant offline: signature, issuer, audience, time. Says nothing about whether it was redeemed. */
export function openGrant(
  token: string,
  expect: {
    readonly issuer: string;
    readonly audience: string;
    readonly keys: readonly Jwk[];
    /** What was granted before is not believed. */
    readonly since?: Instant | undefined;
  },
  now: Instant,
): GrantClaims | GrantProblem {
  const claims = openJws(token, TYP, expect.keys) as GrantClaims | undefined;
  if (!claims || claims.iss !== expect.issuer) return 'grant-invalid';
  if (claims.aud !== expect.audience) return 'wrong-audience';
  // R4, GR-9: it may have been redeemed in the entries that the ledger's epoch began without
  if (claims.nbf * 1000 < (expect.since ?? 0)) return 'grant-expired';
  // exp is rounded down, so a token never outlives the record
  if (now < instant(claims.nbf * 1000) || now >= instant(claims.exp * 1000)) return 'grant-expired';
  return claims;
}
