import type { IncomingMessage, ServerResponse } from 'node:http';
import { PROBLEMS, type ProblemCode, type Route } from '@countersign/api';
import type { PeerCertificate } from '@countersign/identity';
import { isLoopbackPeer } from '../loopback.ts';
import type { Access } from '../config/config.ts';
import { redirect, type Caller, type Exchange, type Reply } from './exchange.ts';
import { createHome } from './home.ts';
import { createOriginCheck, type Sender } from './origin.ts';
import { readBody } from './read-body.ts';
import { readQuery } from './read-query.ts';
import { refuse } from './refuse.ts';
import { isAdministrator } from './rights.ts';
import type { Found } from './router.ts';
import type { Who } from './who.ts';

/** A request as it arrived, with the route its method and path lead to. */
export type Arrival = {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
  /** The other end, where it came by the listener for agents. */
  readonly peer?: PeerCertificate;
  readonly found: Found;
  /** What stands after `?`. */
  readonly query: string;
};

/** A request that passed every check of its route, or the answer that says which one it did not. */
export type Admitted =
  | { readonly exchange: Exchange; readonly caller: Caller }
  | { readonly reply: Reply; readonly caller: Caller };

export type AdmitParts = {
  readonly publicUrl: string;
  /** Rights by group, as configured now. */
  readonly access: () => Access;
  readonly who: Who;
  /** Resolves when this gateway has heard everything that is known of people, whichever gateway wrote it. */
  readonly current: () => Promise<unknown>;
  /** Asks again what the groups of a person are, where a directory tells them; false when it does not say in time. */
  readonly recheck: (person: string) => Promise<boolean>;
  readonly bodyBytes: number;
  readonly isDraining: () => boolean;
};

const NOBODY: Caller = Object.freeze({ kind: 'nobody', id: '' });

/** Everything that is checked before a handler sees a request: where from, which route, who, and what it carries. */
export function createAdmission(parts: AdmitParts): (arrival: Arrival) => Promise<Admitted> {
  const strange = createOriginCheck(parts.publicUrl);
  const home = createHome(parts.publicUrl);

  /** The caller of a route, or why they may not call it. */
  async function identify(
    route: Route,
    { request, response, requestId, peer }: Arrival,
  ): Promise<Caller | { reply: Reply }> {
    if (route.callers.length === 0) return NOBODY;
    const isFresh = isDeciding(route);
    const found = parts.who.of({ request, response, isFresh, ...(peer && { peer }) });
    const known = found instanceof Promise ? await found : found;
    if (typeof known === 'string')
      return { reply: refuse({ requestId }, known, { headers: challengeOf(known) }) };
    const barred = whyNotCaller(route, known, parts.access());
    return barred ? { reply: refuse({ requestId }, barred) } : known;
  }

  return async (arrival) => {
    const { request, response, requestId, found } = arrival;
    const wrong = arrival.peer ? whyNotAgent(request) : strange(senderOf(arrival));
    if (wrong) return no(refuse(arrival, wrong));
    if (!found) return no(refuse(arrival, 'no-such-route'));
    if ('allow' in found) {
      const headers = ['allow', found.allow.join(', ')];
      return no(refuse(arrival, 'method-not-allowed', { headers }));
    }
    const { route, param } = found;
    const moved = home(route, request);
    if (moved !== undefined) return no(redirect(303, moved));
    if (parts.isDraining() && route.method === 'POST') return no(refuse(arrival, 'shutting-down'));
    // a person may have been removed at another gateway a moment ago: what they decide is decided on what is known now
    // and so is what is released: a stop or a revoked key holds on every gateway from the moment it was acknowledged
    if (isDeciding(route) || route.id === 'redeem') await parts.current();
    const caller = await identify(route, arrival);
    if ('reply' in caller) return no(caller.reply);
    if (isAnswer(route) && caller.kind === 'person' && !(await parts.recheck(caller.id)))
      return no(refuse(arrival, 'directory-unavailable'), caller); // R2
    const query = readQuery(route, arrival.query);
    if (!query.ok) return no(refuse(arrival, 'invalid-request', query.error), caller);
    const body = route.body && (await readBody(request, route, parts.bodyBytes, arrival));
    if (body && !body.ok) return no(body.reply, caller);
    // ATTACKER: a body may be sent as slowly as the socket allows, until a credential is not good any more
    const known = body ? await identify(route, arrival) : caller;
    if ('reply' in known) return no(known.reply);
    const rest = { request, response, requestId, route, param, caller: known, query: query.value };
    // the table ties each route to the type of its body
    return { exchange: { ...rest, body: body?.value } as Exchange, caller: known };
  };
}

/** What a 401 has to say (RFC 9110 §15.5.2). */
const challengeOf = (code: ProblemCode): readonly string[] =>
  PROBLEMS[code].status === 401 ? ['www-authenticate', 'Bearer'] : [];

const senderOf = ({ request: { headers, socket }, found }: Arrival): Sender => ({
  headers,
  isLocal: isLoopbackPeer(socket.remoteAddress),
  isProbe: isProbe(found),
});

/** Where certificates are asked for no page of ours is: a browser that comes was tricked into it. */
const whyNotAgent = ({ headers }: IncomingMessage): 'foreign-origin' | undefined =>
  headers.origin === undefined ? undefined : 'foreign-origin';

/** Whether it may be a person who changes something. */
const isDeciding = ({ method, callers }: Route): boolean =>
  method === 'POST' && callers.includes('person');

const ANSWERS: readonly Route['id'][] = [
  'vote',
  'voteTogether',
  'confirm',
  'edit',
  'revoke',
  'breakGlass',
  'reviewGlass',
  'proposeWaiver',
  'endorseWaiver',
  'revokeWaiver',
];

/** Whether it decides on an action, so that what the caller is must be known now. */
const isAnswer = ({ id }: Route): boolean => ANSWERS.includes(id);

const PROBES: readonly Route['id'][] = ['healthz', 'readyz'];

const isProbe = (found: Found): boolean =>
  found !== undefined && 'route' in found && PROBES.includes(found.route.id);

const no = (reply: Reply, caller: Caller = NOBODY): Admitted => ({ reply, caller });

/** R7: which side of the house a credential belongs to, and which right it needs, is a property of the route, checked in one place. */
function whyNotCaller(
  { callers, needs }: Route,
  caller: Caller,
  access: Access,
): 'humans-only' | 'agents-only' | 'administrators-only' | undefined {
  const { kind } = caller;
  if (kind !== 'nobody' && !callers.includes(kind))
    return kind === 'person' || callers.includes('agent') ? 'agents-only' : 'humans-only';
  if (needs === undefined) return undefined;
  const may = kind === 'person' && isAdministrator(caller.person, access);
  return may ? undefined : 'administrators-only';
}
