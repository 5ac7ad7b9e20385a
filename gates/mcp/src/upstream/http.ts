import type { Link, Opening, Reply, ServerSaid, Upstream, UpstreamState } from '../link.ts';
import type { HttpParts } from './exchange.ts';
import { createLegacyHttpLink, initialize } from './legacy-http.ts';
import { LIMITS, type Limits } from './limits.ts';
import { createModernHttpLink, discover, type Discovered } from './modern-http.ts';
import { readTicket, writeTicket } from './ticket.ts';
import { createWire } from './wire.ts';

/** A server that is reached over Streamable HTTP. */
export type HttpSettings = {
  readonly name: string;
  readonly url: string;
  /** The gate's own credentials for it; nothing of a client's is ever passed on. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Certificates (PEM) to trust instead of the system's. */
  readonly ca?: string;
  readonly limits?: Partial<Limits>;
};

type Opened = Link | { readonly unavailable: string };

const FRESH_MS = 300_000;
const MAX_KEPT = 1_024;

/** An MCP server over Streamable HTTP. Which eras it speaks is asked once and remembered, and asked again when it answers like a stranger. */
export function createHttpUpstream(settings: HttpSettings): Upstream {
  const limits = { ...LIMITS, ...settings.limits };
  const wire = createWire(new URL(settings.url), {
    ...limits,
    ...(settings.ca === undefined ? {} : { ca: settings.ca }),
  });
  const parts: HttpParts = { wire, headers: lowered(settings.headers), limits };
  let state: Pick<UpstreamState, 'is' | 'why'> = { is: 'unused' };
  const down = (why: string): { readonly unavailable: string } => {
    state = { is: 'down', why };
    return { unavailable: why };
  };
  const modern = createDiscovery(parts);
  const attached = createAttached(parts);

  const openModern = async ({ client }: Opening): Promise<Opened | 'none'> => {
    const said = await modern.ask();
    if (said === 'none') return said;
    if ('unavailable' in said) return down(said.unavailable);
    state = { is: 'up' };
    return createModernHttpLink(parts, said, { client, onStranger: modern.forget });
  };
  const openLegacy = async (opening: Opening): Promise<Opened | Reply> => {
    const session = await initialize(parts, opening);
    if ('is' in session) return session;
    state = { is: 'up' };
    return createLegacyHttpLink(parts, session, writeTicket(session));
  };
  const open: Upstream['open'] = async (era, opening) => {
    const first = era === 'modern' ? await openModern(opening) : 'none';
    if (first !== 'none') return first;
    const second = await openLegacy(opening);
    if (!('is' in second)) return second;
    if (!isRefusal(second)) return down(whyOf(second));
    // no session to be had; what it said of modern versions before may be out of date
    modern.forget();
    const last = await openModern(opening);
    return last === 'none' ? down(whyOf(second)) : last;
  };
  return {
    name: settings.name,
    open,
    attach: async (ticket, opening) => {
      if (ticket !== 'modern') return attached(ticket);
      const link = await openModern(opening);
      return typeof link === 'string' || 'unavailable' in link ? undefined : link;
    },
    state: () => ({ name: settings.name, kind: 'http', restarts: 0, ...state }),
    close: async () => wire.close(),
  };
}

/** Links of sessions by their tickets. INVARIANT: a link is made of its ticket alone, so one that is kept is never out of date. */
function createAttached(parts: HttpParts): (ticket: string) => Link | undefined {
  const kept = new Map<string, Link>();
  return (ticket) => {
    const known = kept.get(ticket);
    if (known) return known;
    const session = readTicket(ticket);
    const link = session && createLegacyHttpLink(parts, session, ticket);
    if (!link) return undefined;
    const [oldest] = kept.keys();
    if (kept.size >= MAX_KEPT && oldest !== undefined) kept.delete(oldest);
    const close = (): Promise<void> => {
      kept.delete(ticket);
      return link.close();
    };
    const closing = { ...link, close };
    kept.set(ticket, closing);
    return closing;
  };
}

/** What a server says of its modern versions: asked by one, known to all, renewed behind their backs. */
function createDiscovery(parts: HttpParts): {
  readonly ask: () => Promise<Discovered>;
  readonly forget: () => void;
} {
  let known: { readonly said: ServerSaid | 'none'; readonly until: number } | undefined;
  let asking: Promise<Discovered> | undefined;
  const renew = (): Promise<Discovered> =>
    (asking ??= discover(parts).then((said) => {
      asking = undefined;
      if (said === 'none' || !('unavailable' in said))
        known = { said, until: performance.now() + FRESH_MS };
      return said;
    }));
  return {
    ask: async () => {
      if (known === undefined) return renew();
      if (performance.now() >= known.until) void renew();
      return known.said;
    },
    forget: () => (known = undefined),
  };
}

/** Whether a server heard `initialize` and does not want it, rather than being out of reach. */
const isRefusal = (reply: Reply & { readonly status?: number }): boolean =>
  reply.is === 'answered' ||
  (reply.status !== undefined && ![401, 403, 502, 503, 504].includes(reply.status));

function whyOf(reply: Reply): string {
  if (reply.is === 'broken' || reply.is === 'unsent') return reply.why;
  return 'the server refuses to begin a session';
}

const lowered = (headers: Readonly<Record<string, string>> = {}): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
