import type { VNode } from 'preact';
import { place, safeNext } from '../app/router.ts';
import { get } from '../http/client.ts';
import { useResource } from '../http/resource.ts';
import { Banner, Empty, Loaded } from '../ui/parts.tsx';
import type { ProviderItem } from '../wire.ts';
import { Mark } from './mark.tsx';

/** Where people sign in: one button per identity provider. */
export function SignInPage(): VNode {
  const providers = useResource('providers', () =>
    get<{ items: readonly ProviderItem[] }>('/auth/providers'),
  );
  const next = safeNext(place.value.query.get('next'));
  const problem = place.value.query.get('problem');
  return (
    <main class="alone sign-in">
      <Mark />
      <h1>Sign in to Countersign</h1>
      <p class="dim">Agents ask here. People read, and decide.</p>
      {problem === null ? null : (
        <Banner tone="warn" title="You are not signed in">
          {/^[a-z-]{1,40}$/.test(problem) ? problem.replaceAll('-', ' ') : 'please try again'}.
        </Banner>
      )}
      <Loaded of={providers} what="ways to sign in">
        {({ items }) => (
          <>
            {items.length === 0 ? (
              <Empty title="No identity provider is configured">
                Name one under <code>sign_in</code> in countersign.yaml. Until then people answer
                from the terminal with their token.
              </Empty>
            ) : null}
            {items.map((provider) => (
              <a
                key={provider.id}
                class="button primary"
                href={`/auth/login/${provider.id}?next=${encodeURIComponent(next)}`}
              >
                Continue with {provider.name}
              </a>
            ))}
            {items.some(isDevelopment) ? (
              <Banner tone="warn" title="Development sign-in">
                Anyone who can open this page can be anyone. It exists on this machine only.
              </Banner>
            ) : null}
          </>
        )}
      </Loaded>
    </main>
  );
}

const isDevelopment = ({ id, isDevelopment: is }: ProviderItem): boolean =>
  is === true || id === 'development';
