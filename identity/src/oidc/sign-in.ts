import { err, instant, ok, type Clock, type LedgerStore, type Result } from '@countersign/core';
import { keyed } from '../keyed.ts';
import type { Roster } from '../roster/roster.ts';
import type { Session } from '../session.ts';
import type { Sessions } from '../sessions/sessions.ts';
import { authorizationUrl, endSessionUrl } from './addresses.ts';
import { endAt, type LoggedOut } from './logout.ts';
import { ownPath } from './own-path.ts';
import type { Admission } from './people.ts';
import { createProvider, type Provider } from './provider.ts';
import { refusal, type SignInRefusal } from './refusal.ts';
import type { ProviderSettings } from './settings.ts';
import { createTransactions, TRANSACTION_MS, type Transaction } from './transaction.ts';
import { unreachable, verify } from './verify.ts';

/** What somebody who wants to sign in asks for. */
type Wish = {
  readonly next: string;
  readonly isStepUp: boolean;
  /** Session of the person who wants the other account as one more of theirs. */
  readonly linkTo?: Session;
};

/** Somebody signed in: their new session, and where they wanted to go. */
type SignedIn = {
  readonly secret: string;
  readonly session: Session;
  readonly next: string;
};

/** A browser came back. */
type Arrival = {
  readonly url: URL;
  readonly transaction: string | undefined;
  /** The session it has meanwhile. */
  readonly current: Session | undefined;
};

/** Signing in by identity providers (OpenID Connect, authorization code with PKCE, state and nonce). */
export type SignIn = {
  readonly providers: readonly Provider[];
  /** Where to send the browser, and what it has to bring back. */
  readonly begin: (
    provider: string,
    wish: Wish,
  ) => Promise<Result<{ readonly url: string; readonly transaction: string }, SignInRefusal>>;
  readonly finish: (provider: string, arrived: Arrival) => Promise<Result<SignedIn, SignInRefusal>>;
  /** Where the provider ends its own session; undefined where it offers nothing. */
  readonly endUrl: (session: Session) => Promise<string | undefined>;
  /** A provider says that a session of its own is over (back-channel logout): so are those that came from it. */
  readonly loggedOut: (provider: string, token: string) => Promise<LoggedOut>;
};

export type SignInParts = {
  readonly providers: readonly ProviderSettings[];
  readonly publicUrl: string;
  readonly key: Uint8Array;
  readonly clock: Clock;
  readonly admit: Admission;
  /** The account of an identity, if there is one. */
  readonly personOf: (provider: ProviderSettings, subject: string) => string | undefined;
  readonly sessions: Pick<Sessions, 'open' | 'end' | 'of' | 'endAtProvider'>;
  readonly roster: Pick<Roster, 'change'>;
  readonly store: Pick<LedgerStore, 'append' | 'read'>;
  /** A provider is asked to prove again whom it vouched for longer ago than this. */
  readonly absoluteMs: number;
};

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
    if (!provider) return err(unknown);
    if (next === undefined)
      return err(refusal('sign-in-invalid', '`next` is not a path of this gateway'));
    const oidc = await import('openid-client');
    const transaction: Transaction = {
      provider: id,
      state: oidc.randomState(),
      nonce: oidc.randomNonce(),
      verifier: oidc.randomPKCECodeVerifier(),
      next,
      begunAt: clock(),
      isStepUp: wish.isStepUp,
      ...(wish.linkTo && { linkTo: wish.linkTo.id }),
    };
    const url = await authorizationUrl(provider, transaction, { publicUrl, absoluteMs }).catch(
      () => undefined,
    );
    if (url === undefined) return err(unreachable(provider));
    return ok({ url, transaction: transactions.write(transaction) });
  }

  async function finish(id: string, arrived: Arrival): ReturnType<SignIn['finish']> {
    const { url, current } = arrived;
    const provider = named(id);
    if (!provider) return err(unknown);
    const transaction = arrived.transaction && transactions.read(arrived.transaction);
    // ATTACKER: the answer of one provider is not taken as that of another (mix-up), nor in another browser (login CSRF)
    if (!transaction || transaction.provider !== id || !isOf(url, transaction))
      return err(refusal('sign-in-expired', 'this browser began no such sign-in, or too long ago'));
    const { linkTo } = transaction;
    if (linkTo !== undefined && current?.id !== linkTo)
      return err(refusal('sign-in-expired', 'the session that wanted the link is over'));
    const verified = await verify(provider, url, transaction);
    if (!verified.ok) return verified;
    const { issuer, sid, amr, authTime, areGroupsCut } = verified.value;
    const admitted = await admit(verified.value, provider.settings, linkTo && current?.person);
    if (!admitted.ok) return admitted;
    const opened = await sessions.open({
      kind: 'browser',
      person: admitted.value,
      provider: id,
      authTime,
      ...(sid === undefined ? {} : { idpSession: keyed(key, 'sid', issuer, sid) }),
      ...(amr && { amr }),
      ...(areGroupsCut && { areGroupsCut }),
      once: {
        name: `sign-in:${keyed(key, 'state', transaction.state)}`,
        until: instant(clock() + TRANSACTION_MS),
      },
    });
    if (!opened.ok) return err(refusal('sign-in-expired', 'this sign-in was finished before'));
    // a session that was there before is never gone on with: nobody can plant one and wait for who signs in
    if (current) await sessions.end(current.id, 'replaced');
    return ok({ ...opened.value, next: transaction.next });
  }

  return {
    providers,
    begin,
    finish,
    endUrl: async (session) => {
      const provider = named(session.provider);
      return provider && endSessionUrl(provider, publicUrl);
    },
    loggedOut: async (id, token) => {
      const provider = named(id);
      return provider ? endAt(provider, token, parts) : err('unknown-provider');
    },
  };
}

const isOf = (url: URL, { state }: Transaction): boolean => url.searchParams.get('state') === state;

const unknown: SignInRefusal = refusal('unknown-provider', 'there is no such identity provider');
