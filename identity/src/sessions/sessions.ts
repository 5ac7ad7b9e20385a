import {
  base64url,
  err,
  instant,
  ok,
  sha256,
  type Claim,
  type Clock,
  type Instant,
  type LedgerStore,
  type News,
  type Result,
  type StoredEntry,
} from '@countersign/core';
import type { Roster } from '../roster/roster.ts';
import { say } from '../say.ts';
import type { Session } from '../session.ts';
import type { Because, IdpSessionEvent, SessionEvent, SignedIn } from './event.ts';

/** What a new session is of. */
type Opening = Pick<
  Session,
  'kind' | 'person' | 'provider' | 'authTime' | 'idpSession' | 'amr' | 'areGroupsCut'
> & {
  /** What may be used only once for it: the answer of a provider, a code. */
  readonly once: Claim;
};

/** Sessions of people. The ledger holds them, so that every gateway knows each and whoever ends one ends it everywhere. */
export type Sessions = {
  /** Opens one; its secret is told here and never again. */
  readonly open: (
    opening: Opening,
  ) => Promise<Result<{ readonly secret: string; readonly session: Session }, 'used'>>;
  /**
   * The session of a secret, unless it is over. `isFresh`: as the ledger is at this moment, whichever gateway wrote it last;
   * otherwise as this gateway heard, which may be a moment behind.
   */
  readonly find: (
    secret: string,
    how?: { readonly isFresh: boolean },
  ) => Promise<Session | undefined>;
  /** As the ledger is at this moment. */
  readonly byId: (id: string) => Promise<Session | undefined>;
  readonly end: (id: string, because: Because) => Promise<void>;
  /** Sessions of a person that are not over, newest first. */
  readonly of: (person: string) => Promise<readonly Session[]>;
  /** Ends every session that came from one session at a provider. */
  readonly endAtProvider: (idpSession: string) => Promise<void>;
  readonly close: () => void;
};

export type SessionsParts = {
  readonly store: Pick<LedgerStore, 'append' | 'read' | 'onAppended'>;
  readonly clock: Clock;
  readonly random: (length: number) => Uint8Array;
  readonly roster: Pick<Roster, 'now'>;
  /** Whether the account may sign in at all, as everybody knows it now. */
  readonly isActive: (person: string) => boolean;
  readonly limits: { readonly recentMs: number; readonly absoluteMs: number };
};

/** A session as its streams tell. */
type Told = { readonly session: Session; readonly isEnded: boolean };

const MAX_KEPT = 10_000;
const SECRET_BYTES = 32;
const STREAM = 'session-';
const IDP_STREAM = 'idp-session-';
const SECRET = /^[A-Za-z0-9_-]{43}$/;

/** The id of the session of a secret: only this is kept anywhere. */
const sessionIdOf = (secret: string): string => sha256(secret).slice('sha256:'.length);

/** Makes the sessions of an installation. */
export function createSessions(parts: SessionsParts): Sessions {
  const { store, clock, random, roster, isActive, limits } = parts;
  const kept = new Map<string, Told>();
  let heard = 0;

  const stop = store.onAppended(({ stream }: News) => {
    if (stream.startsWith(STREAM)) kept.delete(stream.slice(STREAM.length));
    else if (stream.startsWith(IDP_STREAM)) forget(stream.slice(IDP_STREAM.length));
    else return;
    heard++;
  });
  function forget(idpSession: string): void {
    for (const [id, { session }] of kept) if (session.idpSession === idpSession) kept.delete(id);
  }

  async function read(id: string): Promise<Told | undefined> {
    const before = heard;
    const session = toldIn(id, await store.read(STREAM + id), limits.recentMs);
    if (!session) return undefined;
    const { idpSession } = session.session;
    const isEndedThere =
      idpSession !== undefined && (await store.read(IDP_STREAM + idpSession)).length > 0;
    const told = { ...session, isEnded: session.isEnded || isEndedThere };
    // what was heard meanwhile may be newer than what was read
    if (heard === before) keep(id, told);
    return told;
  }
  function keep(id: string, told: Told): void {
    kept.delete(id);
    kept.set(id, told);
    const [oldest] = kept.keys();
    if (kept.size > MAX_KEPT && oldest !== undefined) kept.delete(oldest);
  }

  /** Every reason why a session is over, in one place. */
  function isOver({ session, isEnded }: Told): boolean {
    const { person, openedAt, expiresAt } = session;
    const signedOutAt = roster.now().people.accounts.get(person)?.signedOutAt;
    return (
      isEnded ||
      clock() >= expiresAt ||
      !isActive(person) ||
      (signedOutAt !== undefined && signedOutAt >= openedAt)
    );
  }

  async function look(id: string, isFresh: boolean): Promise<Session | undefined> {
    const told = (isFresh ? undefined : kept.get(id)) ?? (await read(id));
    return told && !isOver(told) ? told.session : undefined;
  }

  async function open({ once, ...of }: Opening): ReturnType<Sessions['open']> {
    const secret = base64url(random(SECRET_BYTES));
    const id = sessionIdOf(secret);
    const at = clock();
    const expiresAt = instant(at + limits.absoluteMs);
    // first, so that every session there is can be listed
    await say(store, `person-${of.person}`, () => ({
      event: {
        type: 'person.signed-in',
        at,
        session: id,
        kind: of.kind,
        provider: of.provider,
      } satisfies SignedIn,
    }));
    const event = { type: 'session.opened', at, ...of, expiresAt } satisfies SessionEvent;
    const said = await say(store, STREAM + id, () => ({ event, claims: [once] }));
    if (!said.ok) return err('used');
    const session = sessionOf(id, event, limits.recentMs);
    return ok({ secret, session });
  }

  return {
    open,
    find: async (secret, { isFresh } = { isFresh: false }) =>
      SECRET.test(secret) ? look(sessionIdOf(secret), isFresh) : undefined,
    byId: (id) => look(id, true),
    end: async (id, because) => {
      await say(store, STREAM + id, (entries) =>
        entries.length === 1
          ? { event: { type: 'session.ended', at: clock(), because } satisfies SessionEvent }
          : undefined,
      );
    },
    of: async (person) => {
      const since = clock() - limits.absoluteMs;
      const ids = (await store.read(`person-${person}`)).flatMap(({ entry }) => {
        const event = JSON.parse(entry) as SignedIn | { readonly type: 'other' };
        return event.type === 'person.signed-in' && event.at > since ? [event.session] : [];
      });
      const found = await Promise.all(ids.toReversed().map((id) => look(id, false)));
      return found.filter((session) => session !== undefined);
    },
    endAtProvider: async (idpSession) => {
      await say(store, IDP_STREAM + idpSession, ([first]) =>
        first
          ? undefined
          : { event: { type: 'idp-session.ended', at: clock() } satisfies IdpSessionEvent },
      );
    },
    close: stop,
  };
}

function toldIn(id: string, entries: readonly StoredEntry[], recentMs: number): Told | undefined {
  const [opened, ...rest] = entries.map(({ entry }) => JSON.parse(entry) as SessionEvent);
  if (opened?.type !== 'session.opened') return undefined;
  // whatever follows ends it: words of a newer gateway never keep a session alive
  return { session: sessionOf(id, opened, recentMs), isEnded: rest.length > 0 };
}

function sessionOf(
  id: string,
  event: Extract<SessionEvent, { readonly type: 'session.opened' }>,
  recentMs: number,
): Session {
  const { kind, person, provider, authTime, at, expiresAt, idpSession, amr, areGroupsCut } = event;
  const recentUntil: Instant = instant(authTime === 0 ? 0 : authTime + recentMs);
  return Object.freeze({
    id,
    kind,
    person,
    provider,
    authTime,
    recentUntil,
    openedAt: at,
    expiresAt,
    ...(idpSession === undefined ? {} : { idpSession }),
    ...(amr === undefined ? {} : { amr }),
    ...(areGroupsCut && { areGroupsCut }),
  });
}
