import type { VNode } from 'preact';
import { place, safeNext } from '../app/router.ts';
import { get } from '../http/client.ts';
import { useResource } from '../http/resource.ts';
import { Banner, Empty, Loaded } from '../ui/parts.tsx';
import type { ProviderList } from '../wire.ts';
import { Mark } from './mark.tsx';

/** Where people sign in: one button per identity provider. */
export function SignInPage(): VNode {
  const providers = useResource('providers', () => get<ProviderList>('/auth/providers'));
  const next = safeNext(place.value.query.get('next'));
  const problem = place.value.query.get('problem');
  return (
    <main class="alone sign-in">
      <Mark />
      <h1>Sign in to Countersign</h1>
      <p class="dim">Agents ask here. People read, and decide.</p>
      {problem === null ? null : (
        <Banner tone="warn" title="You are not signed in">
          {PROBLEMS[problem] ?? 'Please try again.'}
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
                {provider.isUp ? '' : ' (did not answer)'}
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

/** Why a sign-in did not succeed, by the code of the problem. */
const PROBLEMS: Readonly<Record<string, string>> = {
  'sign-in-expired': 'It took too long. Please begin again.',
  'sign-in-refused': 'Your identity provider said no.',
  'sign-in-invalid': 'What your identity provider answered does not hold. Tell your administrator.',
  'sign-in-again': 'Your identity provider did not ask you anew, as it was asked to. Try again.',
  'provider-unreachable': 'Your identity provider does not answer. Try again in a moment.',
  'not-provisioned': 'You have no account here yet. Ask an administrator.',
  'inactive-person': 'Your account is not active. Ask an administrator.',
  'already-linked': 'That account belongs to somebody else here.',
  unauthenticated: 'Sign in first.',
};

/** The provider that comes with the gateway, for trying things out. */
const isDevelopment = ({ id }: ProviderList['items'][number]): boolean => id === 'development';
