import { randomBytes } from 'node:crypto';
import { canonical } from '@countersign/core';
import type { Link, Opening, Reply, Upstream } from '../link.ts';
import { initializing } from './eras.ts';
import { toLegacy } from './to-legacy.ts';
import { type ModernLink, toModern, type ToModern } from './to-modern.ts';

/** What bridges may keep. */
export type BridgeLimits = ToModern & {
  /** Sessions that are kept, of each kind; the one not used for the longest time goes first. */
  readonly maxSessions: number;
  /** How long a session without any request is kept. */
  readonly idleMs: number;
};

const LIMITS: BridgeLimits = {
  holdMs: 300_000,
  maxHeld: 256,
  maxSessions: 1_000,
  idleMs: 3_600_000,
};

const TICKET = /^bridge-[A-Za-z0-9_-]{22}$/;

/** Sessions by key, the one used last at the end; whichever goes is ended. */
function createShelf<T>({
  max,
  idleMs,
  isIdle,
  end,
}: {
  readonly max: number;
  readonly idleMs: number;
  readonly isIdle: (one: T) => boolean;
  readonly end: (one: T) => Promise<void>;
}) {
  const kept = new Map<string, { readonly one: T; readonly at: number }>();
  const drop = async (key: string): Promise<void> => {
    const found = kept.get(key);
    kept.delete(key);
    if (found) await end(found.one);
  };
  const sweep = (): void => {
    const before = performance.now() - idleMs;
    for (const [key, { one, at }] of kept) {
      const isOver = kept.size > max || at < before;
      if (!isOver) return;
      if (isIdle(one)) void drop(key);
    }
  };
  const put = (key: string, one: T): void => {
    kept.delete(key);
    kept.set(key, { one, at: performance.now() });
    sweep();
  };
  return {
    put,
    drop,
    find: (key: string): T | undefined => {
      const found = kept.get(key)?.one;
      if (found) put(key, found);
      return found;
    },
    end: () => Promise.all([...kept.keys()].map(drop)).then(() => undefined),
  };
}

/** Puts a bridge between wherever a server does not speak the era that is asked for. */
export function withBridges(upstream: Upstream, limits: Partial<BridgeLimits> = {}): Upstream {
  const { maxSessions, idleMs, ...hold } = { ...LIMITS, ...limits };
  const max = maxSessions;
  const modern = createShelf<ModernLink>({
    max,
    idleMs,
    isIdle: (link) => link.isIdle(),
    end: (link) => link.end(),
  });
  const legacy = createShelf<Session>({
    max,
    idleMs,
    isIdle: () => true,
    end: ({ end }) => end(),
  });
  // sessions that were ended here stay so; the set is bounded, and a forgotten one only comes up empty
  const ended = new Set<string>();
  const opening = new Map<string, Promise<Opened>>();

  const bridge = (link: Link, who: Opening, ticket: string): Link => {
    const session = toLegacy(link, who, ticket);
    const close = async (): Promise<void> => {
      ended.add(ticket);
      if (ended.size > 10 * max) ended.delete([...ended][0] ?? '');
      await legacy.drop(ticket);
    };
    const closing = { ...session, close };
    legacy.put(ticket, { link: closing, end: session.close });
    return closing;
  };

  const openModern = async (who: Opening, key: string): Promise<Opened> => {
    const link = await upstream.open('modern', { ...who, initialize: initializing(who.client) });
    if ('unavailable' in link || link.era === 'modern') return link;
    const made = toModern(link, hold, who.agent);
    const renewing: ModernLink = {
      ...made,
      request: async (...asked) => {
        const reply = await made.request(...asked);
        if (reply.is !== 'unsent' || reply.isGone !== true) return reply;
        // a modern client knows of no session that could be over, and nothing ran
        if (modern.find(key) === renewing) await modern.drop(key);
        const fresh = await openShared(who);
        return 'unavailable' in fresh
          ? { is: 'unsent', why: fresh.unavailable }
          : withoutGone(await fresh.request(...asked));
      },
    };
    modern.put(key, renewing);
    return renewing;
  };
  const openShared = (who: Opening): Promise<Opened> => {
    const key = keyOf(who);
    const found = modern.find(key);
    if (found) return Promise.resolve(found);
    const under = opening.get(key) ?? openModern(who, key).finally(() => opening.delete(key));
    opening.set(key, under);
    return under;
  };
  const attachBridge = async (ticket: string, who: Opening): Promise<Link | undefined> => {
    if (ended.has(ticket)) return undefined;
    const found = legacy.find(ticket);
    if (found) return found.link;
    // another replica opened it: nothing but its log level and its subscriptions was there
    const link = await upstream.open('legacy', who);
    return 'unavailable' in link || link.era === 'legacy' ? undefined : bridge(link, who, ticket);
  };

  return {
    ...upstream,
    open: async (era, who) => {
      if (era === 'legacy') {
        const link = await upstream.open('legacy', who);
        if ('unavailable' in link || link.era === 'legacy') return link;
        return bridge(link, who, `bridge-${randomBytes(16).toString('base64url')}`);
      }
      return openShared(who);
    },
    attach: (ticket, who) =>
      TICKET.test(ticket) ? attachBridge(ticket, who) : upstream.attach(ticket, who),
    close: async () => {
      await Promise.all([modern.end(), legacy.end()]);
      await upstream.close();
    },
  };
}

/** A legacy session that is kept here. Ending it because there are too many is not closing it. */
type Session = { readonly link: Link; readonly end: () => Promise<void> };

type Opened = Link | { readonly unavailable: string };

/** Twice is enough: whose sessions are over at once is not pressed. */
const withoutGone = (reply: Reply): Reply =>
  reply.is === 'unsent' ? { is: 'unsent', why: reply.why } : reply;

/** Who shares a session of a legacy server: one agent with one client that can be asked the same things. */
const keyOf = ({ agent, client }: Opening): string => canonical({ agent, client });
