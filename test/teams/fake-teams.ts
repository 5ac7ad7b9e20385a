// A strict local Bot connector with its token endpoint and signing keys: takes what Teams takes, refuses the rest.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TeamsSettings } from '@countersign/channel-teams';
import type { Incoming, Outgoing } from '@countersign/core';
import type { SentCard } from './card-schema.ts';
import { readCard, type Read } from './read-card.ts';
import {
  answered,
  APP_ID,
  authorizationOf,
  buttonOf,
  listen,
  must,
  publicKey,
  SECRET,
  TENANT,
  textOf,
  wrongMessage,
  type Activity,
  type Answered,
  type Signing,
} from './wire.ts';

/** Somebody in the tenant, as the vendor describes them. */
type Someone = {
  readonly user: string;
  readonly name: string;
  readonly userRole?: string;
  readonly tenantId?: string;
  readonly userPrincipalName?: string;
  /** False: the bot is not installed for them. */
  readonly isReachable?: boolean;
};

/** What goes wrong with deliveries until something else is said. */
type TeamsFault = 'down' | 'lost' | 'silent' | 'limited' | 'broken' | 'barred';

export type Message = {
  readonly id: string;
  readonly card: SentCard;
  readonly replyTo?: string;
};

type Conversation = {
  readonly id: string;
  readonly kind: 'personal' | 'groupChat' | 'channel';
  readonly members: string[];
  readonly messages: Message[];
};

type State = {
  fault?: TeamsFault | undefined;
  endorsements: readonly string[];
  /** The metadata of its keys cannot be had. */
  isKeyless: boolean;
  /** Seconds a token is good for. */
  expiresIn: number;
  /** When what it signs is signed. */
  now: number;
  rosterDown: boolean;
};

/** The fake, as tests work it. */
export type FakeTeams = {
  readonly origin: string;
  readonly serviceUrl: string;
  readonly settings: TeamsSettings;
  readonly state: State;
  readonly counts: {
    readonly tokens: number;
    readonly keys: number;
    readonly refreshes: number;
    readonly members: number;
  };
  /** Everything it did not take. */
  readonly refusals: readonly string[];
  readonly addPerson: (one: Someone) => void;
  readonly addConversation: (
    id: string,
    kind: Conversation['kind'],
    members: readonly string[],
  ) => void;
  /** The conversation of the bot with one person. */
  readonly personal: (user: string) => string;
  readonly messages: (at: string) => readonly Message[];
  readonly remove: (at: string, id: string) => void;
  /** Every token it gave out is worth nothing any more. */
  readonly spurn: () => void;
  readonly fail: (fault: TeamsFault | undefined) => Promise<void>;
  readonly activityOf: (as: string, at: string, more: Activity) => Activity;
  readonly invoke: (as: string, at: string, action: object) => Activity;
  /** Signs an activity and has the bot take it. */
  readonly tell: (activity: Activity, signing?: Signing) => Promise<Outgoing>;
  /** What a client makes of an answer: the card in its place, or a sentence. */
  readonly answered: (outgoing: Outgoing) => Answered;
  /** The card a person has in front of them: clients ask for their own view, one after the other. */
  readonly shownTo: (as: string, at: string, message: Message) => Promise<SentCard>;
  readonly look: (as: string, at: string, message: Message) => Promise<Read>;
  /** Looks at a message and presses a button on it. */
  readonly press: (as: string, at: string, how: Press) => Promise<Answered>;
  readonly say: (as: string, at: string, text: string) => Promise<Outgoing>;
  readonly close: () => Promise<void>;
};

/** Makes and starts it. `send` carries what it sends to the bot. */
export async function startFakeTeams(
  send: (incoming: Incoming) => Promise<Outgoing>,
): Promise<FakeTeams> {
  const people = new Map<string, Someone & { readonly mri: string }>();
  const conversations = new Map<string, Conversation>();
  const tokens = new Set<string>();
  const refusals: string[] = [];
  const counts = { tokens: 0, keys: 0, refreshes: 0, members: 0 };
  const state: State = {
    endorsements: ['msteams'],
    isKeyless: false,
    expiresIn: 3_600,
    now: 1_700_000_000_000,
    rosterDown: false,
  };
  let last = 1_700_000_000_000;
  let isPressing = false;
  let server = await listen(answer);
  const { port } = server.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;
  const serviceUrl = `${origin}/teams`;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await textOf(request);
    const url = new URL(request.url ?? '/', origin);
    const reply = (status: number, value?: unknown, headers = {}): void => {
      if (status >= 400) refusals.push(`${request.method} ${url.pathname}: ${status}`);
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(value === undefined ? '' : JSON.stringify(value));
    };
    if (url.pathname === '/token') return token(request, body, reply);
    if (url.pathname === '/metadata')
      return state.isKeyless
        ? reply(503)
        : reply(200, { issuer: 'https://api.botframework.com', jwks_uri: `${origin}/keys` });
    if (url.pathname === '/keys') {
      counts.keys++;
      return reply(200, { keys: [{ ...(await publicKey()), endorsements: state.endorsements }] });
    }
    const prefix = '/teams/v3/conversations';
    if (!url.pathname.startsWith(prefix)) return reply(404);
    const path = url.pathname.slice(prefix.length).split('/').slice(1).map(decodeURIComponent);
    const bearer = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
    const isDelivery = request.method !== 'GET' && path.length > 0;
    if (!tokens.has(bearer) || (isDelivery && state.fault === 'barred')) return reply(401);
    if (request.method === 'GET') return roster(path, url, reply);
    if (isDelivery && state.fault === 'limited') return reply(429, {}, { 'retry-after': '2' });
    if (isDelivery && state.fault === 'broken') return reply(500, {});
    if (isDelivery && state.fault === 'silent') return;
    if (isDelivery && state.fault === 'lost')
      return deliver(request.method ?? '', path, body, () => response.destroy());
    if (path.length === 0) return begin(body, reply);
    return deliver(request.method ?? '', path, body, reply);
  }

  type Reply = (status: number, value?: unknown) => void;

  function token(request: IncomingMessage, body: string, reply: Reply): void {
    const form = new URLSearchParams(body);
    const isAsItShould =
      request.method === 'POST' &&
      request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') &&
      form.get('grant_type') === 'client_credentials' &&
      form.get('scope') === 'https://api.botframework.com/.default';
    if (!isAsItShould) return reply(400, { error: 'invalid_request' });
    if (form.get('client_id') !== APP_ID || form.get('client_secret') !== SECRET)
      return reply(401, { error: 'invalid_client' });
    counts.tokens++;
    const access_token = `token-${randomUUID()}`;
    tokens.add(access_token);
    reply(200, { token_type: 'Bearer', expires_in: state.expiresIn, access_token });
  }

  const described = (user: string): object => {
    const { isReachable: _, mri: own, user: objectId, ...one } = must(people.get(user));
    return { id: own, objectId, ...one };
  };

  function roster([id = '', what, mri]: readonly string[], url: URL, reply: Reply): void {
    const found = conversations.get(id);
    if (!found) return reply(404, {});
    if (state.rosterDown) return reply(503);
    if (what === 'members' && mri) {
      counts.members++;
      const member = found.members.find((user) => people.get(user)?.mri === mri);
      return member ? reply(200, described(member)) : reply(404, {});
    }
    if (what !== 'pagedmembers') return reply(404, {});
    const size = Number(url.searchParams.get('pageSize'));
    if (!(size >= 50 && size <= 500)) return reply(400, {});
    reply(200, { members: found.members.slice(0, size).map(described) });
  }

  function begin(body: string, reply: Reply): void {
    const { bot, isGroup, members, tenantId } = JSON.parse(body) as {
      readonly bot: { readonly id: string };
      readonly isGroup: boolean;
      readonly members: readonly { readonly id: string }[];
      readonly tenantId: string;
    };
    const user = String(members[0]?.id);
    if (bot.id !== `28:${APP_ID}` || isGroup) return reply(400, {});
    if (tenantId !== TENANT) return reply(403, {});
    const one = people.get(user);
    if (!one || one.isReachable === false)
      return reply(403, { error: { code: 'BotNotInConversationRoster' } });
    reply(201, { id: personal(user).id });
  }

  function deliver(method: string, path: readonly string[], body: string, reply: Reply): void {
    const [id = '', activities, activity] = path;
    const [conversation = '', thread] = id.split(';messageid=');
    const found = conversations.get(conversation);
    if (!found || activities !== 'activities') return reply(404, {});
    const message = JSON.parse(body) as Record<string, unknown>;
    const wrong = wrongMessage(message);
    if (wrong.length > 0) {
      refusals.push(...wrong);
      return reply(400, { error: { code: 'BadSyntax' } });
    }
    const [{ content }] = message['attachments'] as [{ content: SentCard }];
    if (method === 'PUT') {
      const at = found.messages.findIndex((one) => one.id === activity);
      if (at < 0) return reply(404, {});
      found.messages[at] = { ...must(found.messages[at]), card: content };
      return reply(200, { id: activity });
    }
    if (method !== 'POST') return reply(405);
    const replyTo = thread ?? activity ?? (message['replyToId'] as string | undefined);
    const made = String(++last);
    found.messages.push({ id: made, card: content, ...(replyTo !== undefined && { replyTo }) });
    reply(201, { id: made });
  }

  const personal = (user: string): Conversation => {
    const id = `a:${user}`;
    const made = conversations.get(id) ?? { id, kind: 'personal', members: [user], messages: [] };
    conversations.set(id, made);
    return made;
  };

  const activityOf = (as: string, at: string, more: Activity): Activity => {
    // what is said in a thread comes with the thread
    const { kind } = must(conversations.get(at.split(';')[0] ?? ''));
    const { mri, name } = must(people.get(as));
    return {
      id: `f:${randomUUID()}`,
      channelId: 'msteams',
      serviceUrl: `${serviceUrl}/`,
      from: { id: mri, name, aadObjectId: as },
      recipient: { id: `28:${APP_ID}`, name: 'Countersign' },
      conversation: { id: at, tenantId: TENANT, conversationType: kind },
      channelData: { tenant: { id: TENANT } },
      ...more,
    };
  };

  async function tell(activity: Activity, signing: Signing = {}): Promise<Outgoing> {
    const seconds = Math.floor(state.now / 1_000);
    return send({
      method: 'POST',
      headers: {
        authorization: await authorizationOf(serviceUrl, seconds, signing),
        'content-type': 'application/json',
      },
      body: Buffer.from(signing.body ?? JSON.stringify(activity)),
    });
  }

  const invoke = (as: string, at: string, action: object): Activity =>
    activityOf(as, at, {
      type: 'invoke',
      name: 'adaptiveCard/action',
      value: { action: { type: 'Action.Execute', ...action }, trigger: 'manual' },
    });

  /** The card a person has in front of them: clients ask for their own view, one after the other. */
  async function shownTo(as: string, at: string, { card }: Message): Promise<SentCard> {
    const { members } = must(conversations.get(at));
    const { refresh } = card;
    const isAsked = refresh?.userIds
      ? refresh.userIds.includes(must(people.get(as)).mri)
      : members.length <= 60;
    if (!refresh || !isAsked) return card;
    if (isPressing) throw new TypeError('clients ask one after the other');
    isPressing = true;
    try {
      counts.refreshes++;
      const { verb, data } = refresh.action;
      return answered(await tell(invoke(as, at, { verb, data }))).card ?? card;
    } finally {
      isPressing = false;
    }
  }

  return {
    origin,
    serviceUrl,
    state,
    counts,
    refusals,
    settings: {
      id: 'teams-main',
      appId: APP_ID,
      tenant: TENANT,
      secret: SECRET,
      serviceUrl,
      tokenUrl: `${origin}/token`,
      openIdMetadata: `${origin}/metadata`,
    },
    addPerson: (one: Someone): void => {
      people.set(one.user, { userRole: 'user', tenantId: TENANT, ...one, mri: `29:${one.user}` });
    },
    addConversation: (id: string, kind: Conversation['kind'], members: readonly string[]): void => {
      conversations.set(id, { id, kind, members: [...members], messages: [] });
    },
    personal: (user: string): string => personal(user).id,
    messages: (at: string): readonly Message[] => conversations.get(at)?.messages ?? [],
    remove: (at: string, id: string): void => {
      const { messages } = must(conversations.get(at));
      messages.splice(
        messages.findIndex((one) => one.id === id),
        1,
      );
    },
    spurn: (): void => tokens.clear(),
    fail: async (fault: TeamsFault | undefined): Promise<void> => {
      if (state.fault === 'down') server = await listen(answer, port);
      state.fault = fault;
      if (fault !== 'down') return;
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
      // until the other end of the connections has heard of it
      await new Promise((done) => setTimeout(done, 20));
    },
    activityOf,
    invoke,
    tell,
    answered,
    shownTo,
    look: async (as: string, at: string, message: Message): Promise<Read> =>
      readCard(await shownTo(as, at, message)),
    /** Looks at a message and presses a button on it. */
    press: async (as: string, at: string, how: Press): Promise<Answered> => {
      const message = must(how.message ?? conversations.get(at)?.messages.at(-1));
      const card = how.card ?? (await shownTo(as, at, message));
      const button = buttonOf(card, how.verb);
      if (!button) return { status: 0, message: 'no such button' };
      const data = { ...button.data, ...how.inputs };
      return answered(await tell(invoke(as, at, { verb: button.verb, data })));
    },
    say: (as: string, at: string, text: string): Promise<Outgoing> =>
      tell(activityOf(as, at, { type: 'message', text })),
    close: async (): Promise<void> => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

type Press = {
  readonly verb: 'approve' | 'deny' | 'refresh';
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly message?: Message;
  readonly card?: SentCard;
};
