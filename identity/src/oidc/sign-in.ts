import { err, instant, ok, type Clock, type Instant, type Result } from '@countersign/core';
import { keyed } from '../keyed.ts';
import type { Session } from '../session.ts';
import type { Sessions } from '../sessions/sessions.ts';
import { readClaims, type Verified } from './claims.ts';
import { ownPath } from './own-path.ts';
import type { Admission } from './people.ts';
import { createProvider, type Provider } from './provider.ts';
import { refusal, refusalOf, type SignInRefusal } from './refusal.ts';
import type { ProviderSettings } from './settings.ts';
import { createTransactions, TRANSACTION_MS, type Transaction } from './transaction.ts';

/** What somebody who wants to sign in asks for. */
export type Wish = {
  readonly next: string;
  readonly isStepUp: boolean;
  /** Session of the person who wants the other account as one more of theirs. */
  readonly linkTo?: Session;
};

/** Somebody signed in: their new session, and where they wanted to go. */
export type SignedIn = {
  readonly secret: string;
  readonly session: Session;
  readonly next: string;
  /** The provider named more groups than it tells, so what was known before stays. */
  readonly areGroupsCut: boolean;
};

/** Signing in by identity providers (OpenID Connect, authorization code with PKCE, state and nonce). */
export type SignIn = {
  readonly providers: readonly Provider[];
  /** Where to send the browser, and what it has to bring back. */
  readonly begin: (
    provider: string,
    wish: Wish,
  ) => Promise<Result<{ readonly url: string; readonly transaction: string }, SignInRefusal>>;
  /** What became of it: `url` is where the browser came back to. `current` is the session it had meanwhile. */
  readonly finish: (
    provider: string,
    arrived: {
      readonly url: URL;
      readonly transaction: string | undefined;
      readonly current: Session | undefined;
    },
  ) => Promise<Result<SignedIn, SignInRefusal>>;
  /** Where the provider ends its own session; undefined where it offers nothing. */
  readonly endUrl: (session: Session) => Promise<string | undefined>;
};

export type SignInParts = {
  readonly providers: readonly ProviderSettings[];
  readonly publicUrl: string;
  readonly key: Uint8Array;
  readonly clock: Clock;
  readonly admit: Admission;
  readonly sessions: Pick<Sessions, 'open' | 'end'>;
  /** A provider is asked to prove again whom it vouched for longer ago than this. */
  readonly absoluteMs: number;
};

const SKEW_MS = 30_000;

/** Where a provider sends browsers back to. */
export const callbackOf = (publicUrl: string, provider: string): string =>
  `${publicUrl}/auth/callback/${provider}`;

/** Makes signing in; no provider is asked anything before somebody wants it. */
export function createSignIn(parts: SignInParts): SignIn {
  const { publicUrl, key, clock, admit, sessions, absoluteMs } = parts;
  const providers = parts.providers.map((settings) => createProvider(settings, clock));
  const transactions = createTransactions(key, clock);
  const named = (id: string): Provider | undefined =>
    providers.find(({ settings }) => settings.id === id);

  async function begin(id: string, wish: Wish): ReturnType<SignIn['begin']> {
    const provider = named(id);
    const next = ownPath(wish.next);
    if (!provider) return err(unknown());
    if (next === undefined)
      return err(refusal('sign-in-invalid', '`next` is not a path of this gateway'));
    const oidc = await import('openid-client');
    const configuration = await provider.configuration().catch(() => undefined);
    if (!configuration) return err(unreachable(provider));
    const verifier = oidc.randomPKCECodeVerifier();
    const transaction: Transaction = {
      provider: id,
      state: oidc.randomState(),
      nonce: oidc.randomNonce(),
      verifier,
      next,
      begunAt: clock(),
      isStepUp: wish.isStepUp,
      ...(wish.linkTo && { linkTo: wish.linkTo.id }),
    };
    const { settings } = provider;
    const url = oidc.buildAuthorizationUrl(configuration, {
      redirect_uri: callbackOf(publicUrl, id),
      scope: settings.scopes.join(' '),
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state: transaction.state,
      nonce: transaction.nonce,
      // asks for `auth_time` as well, which is what makes a sign-in recent
      ...(wish.isStepUp
        ? { max_age: '0', prompt: 'login' }
        : { max_age: String(Math.floor(absoluteMs / 1_000)) }),
      ...(settings.acrValues.length > 0 && { acr_values: settings.acrValues.join(' ') }),
      ...(settings.hostedDomain !== undefined && { hd: settings.hostedDomain }),
    });
    return ok({ url: url.href, transaction: transactions.write(transaction) });
  }

  async function finish(
    id: string,
    { url, transaction: sealed, current }: Parameters<SignIn['finish']>[1],
  ): ReturnType<SignIn['finish']> {
    const provider = named(id);
    if (!provider) return err(unknown());
    const transaction = sealed === undefined ? undefined : transactions.read(sealed);
    // ATTACKER: the answer of one provider is not taken as that of another (mix-up), nor in another browser (login CSRF)
    if (transaction?.provider !== id || url.searchParams.get('state') !== transaction.state)
      return err(refusal('sign-in-expired', 'this browser began no such sign-in, or too long ago'));
    const { linkTo } = transaction;
    if (linkTo !== undefined && current?.id !== linkTo)
      return err(refusal('sign-in-expired', 'the session that wanted the link is over'));
    const verified = await verify(provider, url, transaction);
    if (!verified.ok) return verified;
    const admitted = await admit(verified.value, provider.settings, linkTo && current?.person);
    if (!admitted.ok) return admitted;
    const { sid, amr, authTime, issuer } = verified.value;
    const opened = await sessions.open({
      kind: 'browser',
      person: admitted.value,
      provider: id,
      authTime,
      ...(sid === undefined ? {} : { idpSession: keyed(key, 'sid', issuer, sid) }),
      ...(amr && { amr }),
      once: {
        name: `sign-in:${keyed(key, 'state', transaction.state)}`,
        until: instant(clock() + TRANSACTION_MS),
      },
    });
    if (!opened.ok) return err(refusal('sign-in-expired', 'this sign-in was finished before'));
    // a session that was there before is never gone on with: nobody can plant one and wait for who signs in
    if (current) await sessions.end(current.id, 'replaced');
    const { areGroupsCut } = verified.value;
    return ok({ ...opened.value, next: transaction.next, areGroupsCut });
  }

  async function verify(
    provider: Provider,
    url: URL,
    transaction: Transaction,
  ): Promise<Result<Verified, SignInRefusal>> {
    const oidc = await import('openid-client');
    const configuration = await provider.configuration().catch(() => undefined);
    if (!configuration) return err(unreachable(provider));
    try {
      const tokens = await oidc.authorizationCodeGrant(configuration, url, {
        pkceCodeVerifier: transaction.verifier,
        expectedState: transaction.state,
        expectedNonce: transaction.nonce,
        idTokenExpected: true,
      });
      const verified = readClaims(tokens.claims() ?? {}, provider.settings);
      if (verified.ok && transaction.isStepUp && !isSince(verified.value, transaction.begunAt))
        return err(refusal('sign-in-again', 'the identity provider did not ask again who you are'));
      return verified;
    } catch (error) {
      return err(refusalOf(error));
    }
  }

  return { providers, begin, finish, endUrl: (session) => endUrl(named(session.provider)) };

  async function endUrl(provider: Provider | undefined): Promise<string | undefined> {
    const configuration = await provider?.configuration().catch(() => undefined);
    if (!provider || configuration?.serverMetadata().end_session_endpoint === undefined)
      return undefined;
    const oidc = await import('openid-client');
    // without the ID token, which would have to be kept: the provider asks the person instead
    return oidc.buildEndSessionUrl(configuration, {
      post_logout_redirect_uri: `${publicUrl}/sign-in`,
    }).href;
  }
}

/** `auth_time` is in whole seconds, by another clock. */
const isSince = ({ authTime }: Verified, begunAt: Instant): boolean =>
  authTime > 0 && authTime + SKEW_MS >= begunAt;

const unknown = (): SignInRefusal =>
  refusal('unknown-provider', 'there is no such identity provider');

const unreachable = ({ settings }: Provider): SignInRefusal =>
  refusal('provider-unreachable', `\`${settings.id}\` cannot be reached now`);
