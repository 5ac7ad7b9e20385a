import { verifierAside, type Verifier } from '@countersign/identity';
import type { Config } from './config.ts';

/** By agent: what the database gate knows its token of the configuration by. */
export type Verifiers = ReadonlyMap<string, Verifier>;

/**
 * Made of the tokens that agents of the configuration name, where a gate needs them; the tokens themselves are not kept.
 * `tokenOf` follows a reference as it stands in the data.
 */
export async function verifiersOf(
  config: Config,
  data: unknown,
  tokenOf: (ref: string) => string | undefined,
): Promise<Verifiers> {
  if (!config.postgres.listen) return new Map();
  const { agents = [] } = data as { readonly agents?: readonly { readonly token?: string }[] };
  const made = config.agents.map(async ({ id }, i) => {
    const token = tokenOf(agents[i]?.token ?? '');
    return token === undefined ? [] : [[id, await verifierAside(id, token)] as const];
  });
  return new Map((await Promise.all(made)).flat());
}
