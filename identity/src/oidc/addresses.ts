import type { Provider } from './provider.ts';
import type { Transaction } from './transaction.ts';

/** Where a provider sends browsers back to. */
const callbackOf = (publicUrl: string, provider: string): string =>
  `${publicUrl}/auth/callback/${provider}`;

/** Where a browser is sent to sign in. Throws while the provider cannot be reached. */
export async function authorizationUrl(
  provider: Provider,
  { state, nonce, verifier, isStepUp }: Transaction,
  at: { readonly publicUrl: string; readonly absoluteMs: number },
): Promise<string> {
  const oidc = await import('openid-client');
  const { id, scopes, acrValues, hostedDomain } = provider.settings;
  const url = oidc.buildAuthorizationUrl(await provider.configuration(), {
    redirect_uri: callbackOf(at.publicUrl, id),
    scope: scopes.join(' '),
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
    // asks for `auth_time` as well, which is what makes a sign-in recent
    ...(isStepUp
      ? { max_age: '0', prompt: 'login' }
      : { max_age: String(Math.floor(at.absoluteMs / 1_000)) }),
    ...(acrValues.length > 0 && { acr_values: acrValues.join(' ') }),
    ...(hostedDomain !== undefined && { hd: hostedDomain }),
  });
  return url.href;
}

/**
 * Where a provider ends its own session (RP-initiated logout); undefined where it offers nothing. Without the ID token,
 * which would have to be kept: the provider asks the person instead.
 */
export async function endSessionUrl(
  provider: Provider,
  publicUrl: string,
): Promise<string | undefined> {
  const configuration = await provider.configuration().catch(() => undefined);
  if (configuration?.serverMetadata().end_session_endpoint === undefined) return undefined;
  const oidc = await import('openid-client');
  return oidc.buildEndSessionUrl(configuration, {
    post_logout_redirect_uri: `${publicUrl}/sign-in`,
  }).href;
}
