import type { Clock, Instant } from '@countersign/core';
import type { JWTVerifyGetKey } from 'jose';
import type { Configuration, ServerMetadata } from 'openid-client';
import type { ProviderSettings } from './settings.ts';

/** An identity provider that is asked for what it is when somebody wants to sign in, and again when that failed. */
export type Provider = {
  readonly settings: ProviderSettings;
  /** Throws while it cannot be reached or is not what it must be. */
  readonly configuration: () => Promise<Configuration>;
  /** Keys it signs with; asked for anew, not too often, where one is unknown. Throws while it cannot be reached. */
  readonly keys: () => Promise<JWTVerifyGetKey>;
  /** Since when it could not be reached; undefined while nothing is known against it. */
  readonly downSince: () => Instant | undefined;
};

const AGAIN_MS = 5_000;
const TIMEOUT_S = 5;
/** What a provider says of itself is believed this long. */
const FRESH_MS = 3_600_000;
const SKEW_S = 30;
const COOLDOWN_MS = 30_000;

/** Makes a provider; nothing is asked of it yet, so one that is down keeps nobody from starting. */
export function createProvider(settings: ProviderSettings, clock: Clock): Provider {
  let known: { readonly configuration: Configuration; readonly at: Instant } | undefined;
  let failed:
    | { readonly since: Instant; readonly at: Instant; readonly error: unknown }
    | undefined;
  let asking: Promise<Configuration> | undefined;
  let keys: { readonly address: string; readonly find: JWTVerifyGetKey } | undefined;

  async function configuration(): Promise<Configuration> {
    const now = clock();
    if (known && (now - known.at < FRESH_MS || (failed && now - failed.at < AGAIN_MS)))
      return known.configuration;
    if (failed && now - failed.at < AGAIN_MS) throw failed.error;
    return (asking ??= ask());
  }

  async function ask(): Promise<Configuration> {
    try {
      const found = await discover(settings);
      known = { configuration: found, at: clock() };
      failed = undefined;
      return found;
    } catch (error) {
      const at = clock();
      failed = { since: failed?.since ?? at, at, error };
      // what it said before still holds: its keys are asked for anew whenever one is unknown
      if (known) return known.configuration;
      throw error;
    } finally {
      asking = undefined;
    }
  }

  return {
    settings,
    configuration,
    keys: async () => {
      const { jwks_uri: address } = (await configuration()).serverMetadata();
      if (address === undefined) throw new TypeError('the provider names no keys');
      if (keys?.address !== address) keys = { address, find: await remoteKeys(address) };
      return keys.find;
    },
    downSince: () => failed?.since,
  };
}

async function remoteKeys(address: string): Promise<JWTVerifyGetKey> {
  const { createRemoteJWKSet } = await import('jose');
  const limits = { timeoutDuration: TIMEOUT_S * 1_000, cooldownDuration: COOLDOWN_MS };
  return createRemoteJWKSet(new URL(address), limits);
}

async function discover(settings: ProviderSettings): Promise<Configuration> {
  // loaded when first needed: most of the memory of signing in, and of none of the rest
  const oidc = await import('openid-client');
  const { issuer, clientId, clientSecret, algorithms } = settings;
  const isPlain = new URL(issuer).protocol === 'http:'; // the configuration allows that for this machine only
  const found = await oidc.discovery(new URL(issuer), clientId, undefined, oidc.None(), {
    timeout: TIMEOUT_S,
    execute: isPlain ? [oidc.allowInsecureRequests] : [],
  });
  const server: ServerMetadata = { ...found.serverMetadata() };
  // to the letter: it is part of who somebody is
  if (server.issuer !== issuer) throw new TypeError('the issuer calls itself otherwise');
  const offered = server.id_token_signing_alg_values_supported ?? ['RS256'];
  // in the body where that is taken: in the header providers disagree about how to spell it
  const isPosted =
    server.token_endpoint_auth_methods_supported?.includes('client_secret_post') === true;
  const authOf = isPosted ? oidc.ClientSecretPost : oidc.ClientSecretBasic;
  const auth = clientSecret === undefined ? oidc.None() : authOf(clientSecret);
  const made = new oidc.Configuration(
    // INVARIANT: only what is allowed here and offered there is ever accepted; an empty list accepts nothing
    {
      ...server,
      id_token_signing_alg_values_supported: offered.filter((alg) => algorithms.includes(alg)),
    },
    clientId,
    { [oidc.clockTolerance]: SKEW_S },
    auth,
  );
  made.timeout = TIMEOUT_S;
  if (isPlain) oidc.allowInsecureRequests(made);
  // the signature of an ID token is checked although it comes over TLS
  oidc.enableNonRepudiationChecks(made);
  return made;
}
