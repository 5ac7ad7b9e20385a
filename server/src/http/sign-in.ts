import type { MySession, Role, SignedOut } from '@countersign/api';
import { toIso, type Clock, type Instant, type Person } from '@countersign/core';
import type {
  Roster,
  Session,
  Sessions,
  SessionCookie,
  SignIn,
  SignInRefusal,
  Terminals,
} from '@countersign/identity';
import type { Log } from '../log.ts';
import { assuranceOf } from './assurance.ts';
import type { Cookies } from './cookies.ts';
import {
  json,
  redirect,
  personOf,
  type Caller,
  type Exchange,
  type Handlers,
  type Reply,
} from './exchange.ts';
import { refuse } from './refuse.ts';
import { isAdministrator, isAuditor } from './rights.ts';
import type { Access } from '../config/config.ts';
import type { Who } from './who.ts';

/** What signing in and out over HTTP needs. */
export type SignInParts = {
  readonly signIn: SignIn;
  readonly sessions: Sessions;
  readonly terminals: Terminals;
  readonly roster: Pick<Roster, 'change'>;
  readonly codec: SessionCookie;
  readonly cookies: Cookies;
  readonly who: Who;
  readonly clock: Clock;
  readonly publicUrl: string;
  /** Rights by group, as configured now. */
  readonly access: () => Access;
  readonly log: Pick<Log, 'warn'>;
};

type SignInRoutes = Pick<
  Handlers,
  | 'me'
  | 'mySessions'
  | 'signOutEverywhere'
  | 'terminal'
  | 'token'
  | 'providers'
  | 'login'
  | 'callback'
  | 'logout'
>;

/** How long a browser has to come back. */
export const LOGIN_SECONDS = 600;

/** How people sign in and out, and who they are then. */
export function signInRoutes(parts: SignInParts): SignInRoutes {
  const { signIn, sessions, terminals, roster, cookies, clock } = parts;
  return {
    me: ({ caller }) => json(200, meOf(caller)),
    mySessions: async (exchange) => {
      const { id } = personOf(exchange);
      const own = sessionOf(exchange)?.id;
      const items = (await sessions.of(id)).map((one) => itemOf(one, own));
      return json(200, { items });
    },
    signOutEverywhere: async (exchange) => {
      const { id: person } = personOf(exchange);
      const changed = await roster.change<never>((_, at) => ({
        ok: true,
        value: { events: [{ type: 'person.signed-out', at, by: person, person }] },
      }));
      if (!changed.ok) return refuse(exchange, changed.error);
      return cleared(cookies, {});
    },
    terminal: (exchange) => {
      const session = sessionOf(exchange);
      // a token that could make further tokens would never end
      return session?.kind === 'browser'
        ? json(200, { code: terminals.codeFor(session, exchange.body.challenge) })
        : refuse(exchange, 'browser-only');
    },
    token: async (exchange) => {
      const { code, verifier } = exchange.body;
      const redeemed = await terminals.redeem(code, verifier);
      if (!redeemed.ok) return refuse(exchange, redeemed.error);
      const { secret, session } = redeemed.value;
      const { person: id, expiresAt } = session;
      return json(200, { token: `csp_${secret}`, id, expiresAt: toIso(expiresAt) });
    },
    providers: () =>
      json(200, {
        items: signIn.providers.map(({ settings: { id, name }, downSince }) => ({
          id,
          name,
          isUp: downSince() === undefined,
        })),
      }),
    login: (exchange) => login(parts, exchange),
    callback: (exchange) => callback(parts, exchange),
    logout: async (exchange) => {
      const session = sessionOf(exchange);
      if (session) await sessions.end(session.id, 'signed-out');
      const url = session?.kind === 'browser' ? await signIn.endUrl(session) : undefined;
      return cleared(cookies, url === undefined ? {} : { url });
    },
  };

  function meOf(caller: Caller): object {
    if (caller.kind !== 'person') return { kind: caller.kind, id: caller.id };
    const { id, person, session, csrf } = caller;
    const { name, groups, reach } = person;
    return {
      kind: caller.kind,
      id,
      name,
      groups,
      roles: rolesOf(person, parts.access()),
      reach,
      ...(session && { session: mySession(caller, session, csrf) }),
    };
  }

  function mySession(caller: Caller, session: Session, csrf: string | undefined): MySession {
    const { provider, authTime, recentUntil, expiresAt, areGroupsCut } = session;
    return {
      ...(csrf === undefined ? {} : { csrf }),
      provider,
      ...(authTime > 0 && { authTime: toIso(authTime) }),
      isRecent: clock() < recentUntil,
      expiresAt: toIso(expiresAt),
      assurance: assuranceOf(caller, clock()),
      ...(areGroupsCut && { areGroupsCut }),
    };
  }
}

/** Roles are given by groups, as configured; none of them lets anybody vote. */
const rolesOf = (person: Person, access: Access): readonly Role[] => [
  ...(isAdministrator(person, access) ? (['administrator'] as const) : []),
  ...(isAuditor(person, access) ? (['auditor'] as const) : []),
];

const sessionOf = ({ caller }: Pick<Exchange, 'caller'>): Session | undefined =>
  caller.kind === 'person' ? caller.session : undefined;

const itemOf = (session: Session, own: string | undefined): object => {
  const { id, kind, provider, openedAt, expiresAt } = session;
  const times = { openedAt: toIso(openedAt), expiresAt: toIso(expiresAt) };
  return { id, kind, provider, ...times, isThis: id === own };
};

const cleared = ({ session }: Cookies, body: SignedOut): Reply => ({
  ...json(200, body),
  headers: ['set-cookie', session.clear()],
});

async function login(
  { signIn, cookies, who, clock }: SignInParts,
  exchange: Exchange<'login'>,
): Promise<Reply> {
  const { query, param, request } = exchange;
  const isLinking = query['link'] === '1';
  const current = await who.browser(request.headers, { isFresh: true });
  if (isLinking) {
    const refused = whyNoLink(exchange, current, clock());
    if (refused) return refused;
  }
  const begun = await signIn.begin(param, {
    next: String(query['next'] ?? '/'),
    isStepUp: query['step_up'] === '1',
    ...(isLinking && current && { linkTo: current }),
  });
  if (!begun.ok) return told(exchange, begun.error);
  const { url, transaction } = begun.value;
  return redirect(302, url, ['set-cookie', cookies.login.write(transaction, LOGIN_SECONDS)]);
}

/** ATTACKER: a page of theirs could lead the browser through a sign-in as them, and make their account one of the person's. */
export function whyNoLink(
  exchange: Pick<Exchange, 'request' | 'requestId'>,
  current: Session | undefined,
  now: Instant,
): Reply | undefined {
  if (exchange.request.headers['sec-fetch-site'] !== 'same-origin')
    return refuse(exchange, 'foreign-origin');
  if (!current) return refuse(exchange, 'unauthenticated');
  return now < current.recentUntil ? undefined : refuse(exchange, 'sign-in-again');
}

async function callback(parts: SignInParts, exchange: Exchange<'callback'>): Promise<Reply> {
  const { signIn, cookies, codec, who, publicUrl, log } = parts;
  const { param, request } = exchange;
  const { headers } = request;
  const finished = await signIn.finish(param, {
    url: new URL(`${publicUrl}${request.url ?? ''}`),
    transaction: cookies.login.read(headers.cookie),
    current: await who.browser(headers, { isFresh: true }),
  });
  const done = ['set-cookie', cookies.login.clear()];
  if (!finished.ok) return told(exchange, finished.error, done);
  const { secret, session, next } = finished.value;
  if (session.areGroupsCut) log.warn('groups-incomplete', { provider: param, id: session.person });
  return redirect(302, next, [...done, 'set-cookie', cookies.session.write(codec.write(secret))]);
}

/** People read it on the sign-in page; programs as a problem. */
function told(
  exchange: Exchange<'login'> | Exchange<'callback'>,
  { code, detail }: SignInRefusal,
  headers: readonly string[] = [],
): Reply {
  const { accept = '' } = exchange.request.headers;
  return accept.includes('text/html')
    ? redirect(303, `/sign-in?problem=${code}`, headers, code)
    : refuse(exchange, code, { detail, headers });
}
