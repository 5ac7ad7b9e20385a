import { nearest } from './nearest.ts';
import type { Config } from './config.ts';
import type { Path, Report } from './problem.ts';

/** What only shows when connections are looked at beside each other and beside the identity providers. */
export function checkScim({ scim, directories, signIn }: Config, report: Report): void {
  const known = signIn.providers.map(({ id }) => id);
  const isProvider = (provider: string, path: Path): void => {
    const meant = nearest(provider, known);
    if (!known.includes(provider))
      report({
        code: 'unknown-provider',
        path: [...path, 'provider'],
        message: `\`${provider}\` is not listed under \`sign_in.providers\``,
        hint: meant === undefined ? 'add it there' : `did you mean \`${meant}\`?`,
      });
  };
  for (const [list, entries] of Object.entries({ scim, directories }))
    for (const [i, { provider }] of entries.entries()) isProvider(provider, [list, i]);
  const ids = new Set<string>();
  const tokens = new Map<string, string>();
  for (const [i, { id, tokenDigest, previousTokenDigest }] of scim.entries()) {
    const at = ['scim', i];
    if (ids.has(id))
      report({
        code: 'duplicate-id',
        path: [...at, 'id'],
        message: `\`${id}\` is already the id of a connection`,
        hint: 'give every connection an id of its own',
      });
    ids.add(id);
    for (const [key, digest] of Object.entries({
      token: tokenDigest,
      previous_token: previousTokenDigest,
    })) {
      const first = digest === undefined ? undefined : tokens.get(digest);
      if (first !== undefined)
        report({
          code: 'duplicate-token',
          path: [...at, key],
          message: `is already a token of \`${first}\``,
          hint: 'make a token for each: who holds it is who they are',
        });
      if (digest !== undefined) tokens.set(digest, id);
    }
  }
}
