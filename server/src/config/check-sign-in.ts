import { DEVELOPMENT } from '@countersign/identity';
import { isLoopbackHost } from '../loopback.ts';
import type { Config } from './config.ts';
import { nearest } from './nearest.ts';
import type { Report } from './problem.ts';

/** What only shows when signing in is looked at beside everything else. */
export function checkSignIn(config: Config, report: Report): void {
  checkDevelopment(config, report);
  checkProviders(config, report);
  checkIdentities(config, report);
  const { idleMs, absoluteMs } = config.signIn;
  if (idleMs > absoluteMs)
    report({
      code: 'bad-value',
      path: ['sign_in', 'idle'],
      message: 'is longer than `absolute`',
      hint: 'write a shorter time than that',
    });
}

/** An identity provider that believes everybody is for this machine only. */
function checkDevelopment({ signIn, publicUrl, listen }: Config, report: Report): void {
  if (!signIn.development) return;
  const isHere =
    isLoopbackHost(listen.host) &&
    (publicUrl === undefined || isLoopbackHost(new URL(publicUrl).hostname));
  const path = ['sign_in', 'development'];
  if (!isHere)
    report({
      code: 'not-loopback',
      path,
      message: 'anyone could be anyone, and others can reach this gateway',
      hint: 'leave it out and list an identity provider under `providers`',
    });
  else if (publicUrl === undefined && listen.port === 0)
    report({
      code: 'bad-value',
      path,
      message: 'needs an address that is known before the gateway listens',
      hint: 'write a port in `listen`, or `public_url`',
    });
}

function checkProviders({ signIn }: Config, report: Report): void {
  const seen = new Set<string>(signIn.development ? [DEVELOPMENT] : []);
  for (const [i, { id }] of signIn.providers.entries()) {
    if (seen.has(id))
      report({
        code: 'duplicate-id',
        path: ['sign_in', 'providers', i, 'id'],
        message: `\`${id}\` is already the id of a provider`,
        hint: 'give every provider an id of its own',
      });
    seen.add(id);
  }
}

/** One identity is one person: otherwise whoever is found first would be who signs in. */
function checkIdentities({ people, signIn }: Config, report: Report): void {
  const known = signIn.providers.map(({ id }) => id);
  const seen = new Map<string, string>();
  for (const [i, { id, identities }] of people.entries())
    for (const [j, { provider, subject }] of identities.entries()) {
      const path = ['people', i, 'identities', j];
      const meant = nearest(provider, known);
      if (!known.includes(provider))
        report({
          code: 'unknown-provider',
          path: [...path, 'provider'],
          message: `\`${provider}\` is not listed under \`sign_in.providers\``,
          hint: meant === undefined ? 'add it there' : `did you mean \`${meant}\`?`,
        });
      const key = JSON.stringify([provider, subject]);
      const first = seen.get(key);
      if (first !== undefined)
        report({
          code: 'duplicate-id',
          path: [...path, 'subject'],
          message: `is already who \`${first}\` is`,
          hint: 'give each person identities of their own',
        });
      seen.set(key, first ?? id);
    }
}
