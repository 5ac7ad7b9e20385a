import { err, ok, type Clock, type Result } from '@countersign/core';
import { createProvider, type Provider } from '../oidc/provider.ts';
import { refusal, type SignInRefusal } from '../oidc/refusal.ts';
import type { ProviderSettings } from '../oidc/settings.ts';
import { createTransactions, type Transaction } from '../oidc/transaction.ts';
import { claimsOf, unreachable } from '../oidc/verify.ts';
import type { Session } from '../session.ts';
import type { ChatAccounts, RefusedLink } from './accounts.ts';
import { chatAccountOf, type ChatPlace } from './claims.ts';

/** Where an account of a chat is proved, and as what this gateway is known there. */
export type ChatSource = ChatPlace &
  Pick<ProviderSettings, 'issuer' | 'clientId' | 'clientSecret' | 'algorithms'>;

/** Why no account was connected: one word, and a sentence for people. */
export type ChatRefusal = Omit<SignInRefusal, 'code'> & {
  readonly code: SignInRefusal['code'] | 'chat-off' | 'chat-taken' | 'chat-foreign';
};

/** Connecting accounts of chats, from a session of the console and from nowhere else (L34). */
export type Linking = {
  readonly places: readonly ChatPlace[];
  /** Where to send the browser, and what it has to bring back. */
  readonly begin: (
    place: string,
    session: Session,
  ) => Promise<Result<{ readonly url: string; readonly transaction: string }, ChatRefusal>>;
  readonly finish: (place: string, arrived: Arrival) => Promise<Result<undefined, ChatRefusal>>;
};

/** A browser came back. */
type Arrival = {
  readonly url: URL;
  readonly transaction: string | undefined;
  /** The session it has meanwhile. */
  readonly current: Session | undefined;
};

export type LinkingParts = {
  readonly sources: readonly ChatSource[];
  readonly publicUrl: string;
  readonly key: Uint8Array;
  readonly clock: Clock;
  readonly accounts: Pick<ChatAccounts, 'link' | 'refused'>;
};

type Source = { readonly place: ChatSource; readonly provider: Provider };

/** Makes the connecting; nobody is asked anything before somebody wants it. */
export function createLinking(parts: LinkingParts): Linking {
  const { publicUrl, key, clock, accounts } = parts;
  const sources = parts.sources.map((place): Source => ({
    place,
    provider: createProvider(settingsOf(place), clock),
  }));
  // sealed for another purpose than sign-ins: one is never taken for the other
  const transactions = createTransactions(key, clock, 'chat transaction');
  const named = (id: string): Source | undefined => sources.find(({ place }) => place.id === id);

  async function begin(id: string, session: Session): ReturnType<Linking['begin']> {
    const source = named(id);
    if (!source) return err(off);
    const oidc = await import('openid-client');
    const configuration = await source.provider.configuration().catch(() => undefined);
    if (!configuration) return err(unreachable(source.provider));
    const isPkce = configuration.serverMetadata().supportsPKCE();
    const transaction: Transaction = {
      provider: id,
      state: oidc.randomState(),
      nonce: oidc.randomNonce(),
      verifier: isPkce ? oidc.randomPKCECodeVerifier() : '',
      next: '',
      begunAt: clock(),
      isStepUp: false,
      linkTo: session.id,
    };
    const { state, nonce, verifier } = transaction;
    const url = oidc.buildAuthorizationUrl(configuration, {
      redirect_uri: `${publicUrl}/auth/chat/${id}/callback`,
      scope: SCOPES.join(' '),
      state,
      nonce,
      ...(isPkce && {
        code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      }),
      ...(source.place.kind === 'slack' && { team: source.place.tenant }),
    });
    return ok({ url: url.href, transaction: transactions.write(transaction) });
  }

  async function finish(
    id: string,
    { url, transaction: brought, current }: Arrival,
  ): ReturnType<Linking['finish']> {
    const source = named(id);
    if (!source) return err(off);
    const { place, provider } = source;
    const refused = async (
      because: RefusedLink,
      why: ChatRefusal,
      account?: Parameters<ChatAccounts['refused']>[3],
    ): Promise<Result<undefined, ChatRefusal>> => {
      if (current) await accounts.refused(current.person, place.kind, because, account);
      return err(why);
    };
    const transaction = brought === undefined ? undefined : transactions.read(brought);
    // ATTACKER: an answer that another browser, another session or another provider has fetched makes nobody's account theirs
    const isTheirs =
      transaction?.provider === id && url.searchParams.get('state') === transaction.state;
    if (!current || !transaction || !isTheirs || transaction.linkTo !== current.id)
      return refused('mixed-up', strange);
    const claims = await claimsOf(provider, url, transaction);
    if (!claims.ok && claims.error.code === 'provider-unreachable') return claims;
    if (!claims.ok) return refused('not-vouched', claims.error);
    const account = chatAccountOf(place, claims.value);
    if (!account.ok)
      return account.error === 'foreign'
        ? refused('foreign', foreign)
        : refused('not-vouched', refusal('sign-in-invalid', 'the ID token names no account'));
    const linked = await accounts.link(current.person, account.value, current.person);
    if (linked.ok) return linked;
    return linked.error === 'chat-taken'
      ? refused('taken', taken, account.value)
      : err({ code: linked.error, detail: 'too much changes at once' });
  }

  return {
    places: sources.map(({ place: { id, kind, tenant } }) => ({ id, kind, tenant })),
    begin,
    finish,
  };
}

const SCOPES = ['openid', 'profile'];

const settingsOf = ({
  id,
  issuer,
  clientId,
  clientSecret,
  algorithms,
}: ChatSource): ProviderSettings => ({
  id,
  name: id,
  issuer,
  clientId,
  ...(clientSecret === undefined ? {} : { clientSecret }),
  scopes: SCOPES,
  subjectClaim: 'sub',
  isProvisioned: false,
  acrValues: [],
  amr: [],
  requiredClaims: {},
  algorithms,
});

const off: ChatRefusal = { code: 'chat-off', detail: 'no account of that can be connected here' };
const strange = refusal(
  'sign-in-expired',
  'this session began nothing of the kind, or too long ago',
);
const foreign: ChatRefusal = {
  code: 'chat-foreign',
  detail: 'the account is a guest, or of another organization',
};
const taken: ChatRefusal = {
  code: 'chat-taken',
  detail: 'the account is connected to somebody else',
};
