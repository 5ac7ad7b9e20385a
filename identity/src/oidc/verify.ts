import { err, ok, type Instant, type Result } from '@countersign/core';
import { readClaims, type Claims, type Verified } from './claims.ts';
import type { Provider } from './provider.ts';
import { refusal, refusalOf, type SignInRefusal } from './refusal.ts';
import type { Transaction } from './transaction.ts';

/** `auth_time` is in whole seconds, by another clock. */
const SKEW_MS = 30_000;

/**
 * Who the answer of a provider vouches for: state, issuer, code, PKCE, signature, algorithm, audience, times and nonce
 * are checked, and what the provider's settings demand besides.
 */
export async function verify(
  provider: Provider,
  url: URL,
  transaction: Transaction,
): Promise<Result<Verified, SignInRefusal>> {
  const claims = await claimsOf(provider, url, transaction);
  if (!claims.ok) return claims;
  const verified = readClaims(claims.value, provider.settings);
  // whether it is checked must not depend on what the provider makes of `max_age`
  if (verified.ok && transaction.isStepUp && !isSince(verified.value, transaction.begunAt))
    return err(refusal('sign-in-again', 'the identity provider did not ask again who you are'));
  return verified;
}

/** The claims of the ID token that an answer leads to, once all that does not depend on the provider's settings is checked. */
export async function claimsOf(
  provider: Provider,
  url: URL,
  { verifier, state, nonce }: Pick<Transaction, 'verifier' | 'state' | 'nonce'>,
): Promise<Result<Claims, SignInRefusal>> {
  const oidc = await import('openid-client');
  const configuration = await provider.configuration().catch(() => undefined);
  if (!configuration) return err(unreachable(provider));
  try {
    const tokens = await oidc.authorizationCodeGrant(configuration, url, {
      ...(verifier === '' ? {} : { pkceCodeVerifier: verifier }),
      expectedState: state,
      expectedNonce: nonce,
      idTokenExpected: true,
    });
    return ok(tokens.claims() ?? {});
  } catch (error) {
    return err(refusalOf(error));
  }
}

const isSince = ({ authTime }: Verified, begunAt: Instant): boolean =>
  authTime > 0 && authTime + SKEW_MS >= begunAt;

/** The provider is down, or is not what it must be. */
export const unreachable = ({ settings }: Provider): SignInRefusal =>
  refusal('provider-unreachable', `\`${settings.id}\` cannot be reached now`);
