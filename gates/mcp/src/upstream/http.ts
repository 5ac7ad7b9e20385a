import type { Link, Opening, Reply, Upstream, UpstreamState } from '../link.ts';
import { createWire } from './exchange.ts';
import { createLegacyHttpLink, initialize, type HttpParts } from './legacy-http.ts';
import { LIMITS, type Limits } from './limits.ts';
import { readTicket, writeTicket } from './ticket.ts';

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

/** An MCP server over Streamable HTTP. */
export function createHttpUpstream(settings: HttpSettings): Upstream {
  const limits = { ...LIMITS, ...settings.limits };
  const url = new URL(settings.url);
  const wire = createWire(url, {
    connectMs: limits.connectMs,
    ...(settings.ca === undefined ? {} : { ca: settings.ca }),
  });
  const parts: HttpParts = { wire, headers: lowered(settings.headers), limits };
  let state: Pick<UpstreamState, 'is' | 'why'> = { is: 'unused' };

  const openLegacy = async (opening: Opening): Promise<Link | { readonly unavailable: string }> => {
    const session = await initialize(parts, opening);
    if ('is' in session) {
      state = { is: 'down', why: whyOf(session) };
      return { unavailable: whyOf(session) };
    }
    state = { is: 'up' };
    return createLegacyHttpLink(parts, session, writeTicket(session));
  };
  return {
    name: settings.name,
    open: (_era, opening) => openLegacy(opening),
    attach: async (ticket) => {
      const session = readTicket(ticket);
      return session && createLegacyHttpLink(parts, session, ticket);
    },
    state: () => ({ name: settings.name, kind: 'http', restarts: 0, ...state }),
    close: async () => wire.close(),
  };
}

function whyOf(reply: Reply): string {
  if (reply.is === 'broken' || reply.is === 'unsent') return reply.why;
  return 'the server refuses to begin a session';
}

const lowered = (headers: Readonly<Record<string, string>> = {}): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
