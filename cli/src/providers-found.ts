import type { Config } from '@countersign/server';

type Entry = Config['signIn']['providers'][number];

/** What a provider says of itself, looked at from here. */
export type ProviderFound = { readonly id: string; readonly problem?: string };

const TIMEOUT_MS = 5_000;

/** Asks every identity provider what it is, as the gateway will. */
export const lookAtProviders = ({ signIn }: Config): Promise<readonly ProviderFound[]> =>
  Promise.all(
    signIn.providers.map(async (entry) => {
      const problem = await problemOf(entry).catch(() => 'does not answer');
      return { id: entry.id, ...(problem === undefined ? {} : { problem }) };
    }),
  );

async function problemOf({ issuer, algorithms }: Entry): Promise<string | undefined> {
  const address = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const answer = await fetch(address, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!answer.ok) return `answers ${answer.status} at ${address}`;
  const said = (await answer.json()) as {
    readonly issuer?: unknown;
    readonly id_token_signing_alg_values_supported?: readonly unknown[];
    readonly code_challenge_methods_supported?: readonly unknown[];
  };
  if (said.issuer !== issuer)
    return `calls itself ${JSON.stringify(said.issuer)}, not as configured`;
  const signs = said.id_token_signing_alg_values_supported ?? ['RS256'];
  if (!algorithms.some((one) => signs.includes(one)))
    return `signs by ${signs.join(', ')}, none of which is among \`algorithms\``;
  const methods = said.code_challenge_methods_supported;
  return methods && !methods.includes('S256') ? 'does not take PKCE (S256)' : undefined;
}
