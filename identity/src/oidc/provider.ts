import type { Clock, Instant } from '@countersign/core';
import type { Configuration, ServerMetadata } from 'openid-client';
import type { ProviderSettings } from './settings.ts';

/** An identity provider that is asked for what it is when somebody wants to sign in, and again when that failed. */
export type Provider = {
  readonly settings: ProviderSettings;
  /** Throws while it cannot be reached or is not what it must be. */
  readonly configuration: () => Promise<Configuration>;
  /** Since when it could not be reached; undefined while nothing is known against it. */
  readonly downSince: () => Instant | undefined;
};

const AGAIN_MS = 5_000;
const TIMEOUT_S = 5;
/** What a provider says of itself is believed this long. */
const FRESH_MS = 3_600_000;
const SKEW_S = 30;

/** Makes a provider; nothing is asked of it yet, so one that is down keeps nobody from starting. */
export function createProvider(settings: ProviderSettings, clock: Clock): Provider {
  let known: { readonly configuration: Configuration; readonly at: Instant } | undefined;
  let failed:
    | { readonly since: Instant; readonly at: Instant; readonly error: unknown }
    | undefined;
  let asking: Promise<Configuration> | undefined;

  async function ask(): Promise<Configuration> {
    try {
      const configuration = await discover(settings);
      known = { configuration, at: clock() };
      failed = undefined;
      return configuration;
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
    configuration: async () => {
      const now = clock();
      if (known && (now - known.at < FRESH_MS || (failed && now - failed.at < AGAIN_MS)))
        return known.configuration;
      if (failed && now - failed.at < AGAIN_MS) throw failed.error;
      return (asking ??= ask());
    },
    downSince: () => failed?.since,
  };
}

async function discover(settings: ProviderSettings): Promise<Configuration> {
  // loaded when first needed: most of the memory of signing in, and of none of the rest
  const oidc = await import('openid-client');
  const { issuer, clientId, clientSecret, algorithms } = settings;
  const isPlain = new URL(issuer).protocol === 'http:'; // the configuration allows that for this machine only
  const auth = clientSecret === undefined ? oidc.None() : oidc.ClientSecretBasic(clientSecret);
  const found = await oidc.discovery(new URL(issuer), clientId, undefined, auth, {
    timeout: TIMEOUT_S,
    execute: isPlain ? [oidc.allowInsecureRequests] : [],
  });
  const server: ServerMetadata = { ...found.serverMetadata() };
  const offered = server.id_token_signing_alg_values_supported ?? ['RS256'];
  const configuration = new oidc.Configuration(
    // INVARIANT: only what is allowed here and offered there is ever accepted; an empty list accepts nothing
    {
      ...server,
      id_token_signing_alg_values_supported: offered.filter((alg) => algorithms.includes(alg)),
    },
    clientId,
    { [oidc.clockTolerance]: SKEW_S },
    auth,
  );
  configuration.timeout = TIMEOUT_S;
  if (isPlain) oidc.allowInsecureRequests(configuration);
  // the signature of an ID token is checked although it comes over TLS
  oidc.enableNonRepudiationChecks(configuration);
  return configuration;
}
