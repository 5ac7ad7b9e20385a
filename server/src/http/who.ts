import type { IncomingMessage, ServerResponse } from 'node:http';
import { isSameSecret, type Directory } from '@countersign/core';
import type { PeerCertificate, SessionCookie, Session, Sessions } from '@countersign/identity';
import type { AgentAuth, KnownAgentCaller } from './agent-auth.ts';
import { bearerIn, type Authenticate, type Known } from './auth.ts';
import type { Cookie } from './cookies.ts';

/** A request whose caller is asked for. */
type Asking = {
  readonly request: Pick<IncomingMessage, 'headers' | 'method'>;
  readonly response: Pick<ServerResponse, 'setHeader'>;
  /** Something is decided: a session ended at another gateway a moment ago must not count any more. */
  readonly isFresh: boolean;
  /** The connection is one of the listener for agents, and this is who is at its other end. */
  readonly peer?: PeerCertificate;
  /** URL of what is asked for, where tokens may be for that alone (RFC 8707). */
  readonly resource?: string;
};

/** Whose credential came with a request; at once where it is one of the configuration, which agents' always are. */
export type Who = {
  readonly of: (asking: Asking) => Identified | Promise<Identified>;
  /** The session of the cookie of a request, whatever else it carries. */
  readonly browser: (
    headers: IncomingMessage['headers'],
    how: { readonly isFresh: boolean },
  ) => Promise<Session | undefined>;
};

/** What a request's credential comes to. */
type Identified =
  | Known
  | KnownAgentCaller
  | 'credentials-differ'
  | 'foreign-origin'
  | 'csrf-missing';

export type WhoParts = {
  /** Tokens of the configuration. */
  readonly bearer: Authenticate;
  /** Credentials of agents that are not in it. */
  readonly agents: AgentAuth;
  readonly sessions: Pick<Sessions, 'find'>;
  readonly codec: SessionCookie;
  readonly cookie: Cookie;
  readonly directory: () => Directory;
};

const TERMINAL = 'csp_';

/** Makes the one function that says who calls. An `Authorization` header decides alone; without one, the cookie does. */
export function createWho(parts: WhoParts): Who {
  const { bearer, agents, sessions, codec, cookie, directory } = parts;

  function personOf(session: Session, csrf?: string): Known {
    const person = directory().person(session.person);
    if (person?.active !== true) return 'inactive-person';
    const { id } = person;
    return { kind: 'person', id, person, session, ...(csrf === undefined ? {} : { csrf }) };
  }

  async function byToken({ request, isFresh, resource }: Asking): Promise<Identified> {
    const token = bearerIn(request.headers.authorization);
    if (token === undefined) return 'unauthenticated';
    if (!token.startsWith(TERMINAL)) return agents.bearer(token, resource);
    const session = await sessions.find(token.slice(TERMINAL.length), { isFresh });
    return session?.kind === 'terminal' ? personOf(session) : 'unauthenticated';
  }

  async function byCookie(value: string, asking: Asking): Promise<Identified> {
    const { request, response, isFresh } = asking;
    const read = codec.read(value);
    const session = read && (await sessions.find(read.secret, { isFresh }));
    if (!read || session?.kind !== 'browser') return 'unauthenticated';
    const csrf = codec.csrf(read.secret);
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      // ATTACKER: a page of another site makes browsers send the cookie; which site it was has been compared before this,
      // where the header is there at all
      if (request.headers.origin === undefined) return 'foreign-origin';
      const shown = request.headers['countersign-csrf'];
      if (typeof shown !== 'string' || !isSameSecret(shown, csrf)) return 'csrf-missing';
    }
    if (codec.isStale(read.usedAt))
      response.setHeader('set-cookie', cookie.write(codec.write(read.secret)));
    return personOf(session, csrf);
  }

  /** The agent its certificate names. What else a request carries must be of the same agent; a cookie is not looked at. */
  async function byCertificate(peer: PeerCertificate, asking: Asking): Promise<Identified> {
    const named = agents.peer(peer);
    const { authorization } = asking.request.headers;
    if (typeof named === 'string' || authorization === undefined) return named;
    const known = bearer(authorization);
    const told = known === 'unauthenticated' ? await byToken(asking) : known;
    if (typeof told === 'string') return told;
    return told.kind === 'agent' && told.id === named.id ? named : 'certificate-mismatch';
  }

  /** Two credentials at once are taken only where both are one person's: nobody acts as another without knowing. */
  async function both(known: Identified, value: string): Promise<Identified> {
    if (typeof known === 'string') return known;
    const read = codec.read(value);
    const session = read && (await sessions.find(read.secret));
    return session && (known.kind !== 'person' || session.person !== known.id)
      ? 'credentials-differ'
      : known;
  }

  return {
    of: (asking) => {
      if (asking.peer) return byCertificate(asking.peer, asking);
      const { authorization, cookie: header } = asking.request.headers;
      const value = header === undefined ? undefined : cookie.read(header);
      if (authorization === undefined)
        return value === undefined ? 'unauthenticated' : byCookie(value, asking);
      const known = bearer(authorization);
      if (known !== 'unauthenticated') return value === undefined ? known : both(known, value);
      const found = byToken(asking);
      return value === undefined ? found : found.then((it) => both(it, value));
    },
    browser: async (headers, how) => {
      const value = cookie.read(headers.cookie);
      const read = value === undefined ? undefined : codec.read(value);
      const session = read && (await sessions.find(read.secret, how));
      return session?.kind === 'browser' ? session : undefined;
    },
  };
}
