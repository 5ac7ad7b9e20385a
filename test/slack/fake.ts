import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Fault, Looked } from '@countersign/core/testing';
import { argumentsOf, asLoose, asText, type Loose } from './form.ts';
import { lookAt, readBlocks } from './look.ts';
import { directOf, METHODS } from './methods.ts';
import { commandOf, homeOf, pressOf, signedRequest, submissionOf } from './payloads.ts';
import { createFakeSocket, type FakeSocket } from './socket.ts';
import {
  createWorld,
  userOf,
  type FakeMessage,
  type FakeUser,
  type OpenedView,
  type World,
} from './world.ts';

export type FakeSlack = {
  readonly world: World;
  /** Base address of the Web API. */
  readonly api: string;
  readonly socket: FakeSocket;
  readonly addUser: (id: string, more?: Partial<FakeUser>) => FakeUser;
  readonly addChannel: (id: string, ...members: readonly string[]) => void;
  readonly fail: (fault: Fault | undefined) => Promise<void>;
  /** Answers what one method would, instead of it, until told otherwise. */
  readonly answerFor: (method: string, answer: (() => Loose | undefined) | undefined) => void;
  /** Where interactions are sent over HTTP; without it they go over Socket Mode. */
  requestUrl: string | undefined;
  /** Most messages a second in one channel; none unless said. */
  perSecond: number | undefined;
  readonly calls: readonly string[];
  readonly look: (channel: string) => readonly Looked[];
  readonly messages: (channel: string) => readonly FakeMessage[];
  /** What only they were told, oldest first. */
  readonly heard: (user: string) => readonly string[];
  readonly home: (user: string) => string;
  /** A press as Slack tells of it, to be delivered when and as often as one likes. */
  readonly pressOf: (user: string, message: FakeMessage, action: string) => Loose;
  readonly deliver: (payload: Loose, envelope?: string) => Promise<Loose>;
  readonly press: (user: string, message: FakeMessage, action: 'approve' | 'deny') => Promise<void>;
  /** Waits for a dialogue in front of somebody. */
  readonly dialogue: (user: string) => Promise<OpenedView>;
  readonly submit: (dialogue: OpenedView, reason: string) => Promise<Loose>;
  readonly command: (user: string, text: string) => Promise<string>;
  readonly openHome: (user: string) => Promise<void>;
  /** Waits until something is so, looking again at every call of the app. */
  readonly until: (so: () => boolean) => Promise<void>;
  readonly close: () => Promise<void>;
};

/** Slack in one process: strict where Slack is, and failing on demand. */
export async function createFakeSlack(enterprise?: string): Promise<FakeSlack> {
  const world = createWorld(enterprise);
  const socket = await createFakeSocket(world.appId);
  const watchers = new Set<() => void>();
  const calls: string[] = [];
  const answers = new Map<string, () => Loose | undefined>();
  const posted = new Map<string, number>();
  let fault: Fault | undefined;

  const answer = (method: string, args: Loose, token: string): Loose => {
    if (method === 'apps.connections.open')
      return token === world.appToken
        ? { ok: true, url: socket.ticket() }
        : { ok: false, error: 'invalid_auth' };
    if (token !== world.botToken) return { ok: false, error: 'invalid_auth' };
    return METHODS[method]?.(world, args) ?? { ok: false, error: 'unknown_method' };
  };
  const isOver = (method: string, args: Loose): boolean => {
    if (fake.perSecond === undefined || method !== 'chat.postMessage') return false;
    const channel = asText(args['channel']);
    const now = Date.now();
    if (now - (posted.get(channel) ?? 0) < 1_000 / fake.perSecond) return true;
    posted.set(channel, now);
    return false;
  };
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const method = (request.url ?? '').replace(/^\/api\//, '');
    const args = argumentsOf(await bodyOf(request));
    const token = (request.headers.authorization ?? '').replace(/^Bearer /, '');
    calls.push(method);
    const failing = method.startsWith('chat.') ? fault : undefined;
    if (failing === 'silent') return;
    if (failing === 'limited' || isOver(method, args))
      return send(response, 429, {}, { 'retry-after': '2' });
    if (failing === 'broken') return send(response, 503, {});
    const own = answers.get(method)?.();
    const result =
      failing === 'barred'
        ? { ok: false, error: 'invalid_auth' }
        : (own ?? answer(method, args, token));
    if (failing === 'lost') response.destroy();
    else send(response, 200, result);
    watchers.forEach((watch) => watch());
  };
  let server = await listen(serve, 0);
  const { port } = server.address() as AddressInfo;

  const until = async (so: () => boolean): Promise<void> => {
    if (so()) return;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        watchers.delete(watch);
        reject(new Error(`it did not come to that: ${so.toString()}`));
      }, 4_000);
      const watch = (): void => {
        if (!so()) return;
        clearTimeout(timer);
        watchers.delete(watch);
        resolve();
      };
      watchers.add(watch);
    });
  };
  const deliver = async (payload: Loose, envelope?: string): Promise<Loose> => {
    if (fake.requestUrl === undefined) return socket.send(envelopeType(payload), payload, envelope);
    const signed = signedRequest(world, payload);
    const response = await fetch(fake.requestUrl, {
      method: 'POST',
      ...signed,
      signal: AbortSignal.timeout(3_000),
    });
    if (response.status !== 200) throw new Error(`answered ${response.status}`);
    const text = await response.text();
    return text.startsWith('{') ? asLoose(JSON.parse(text)) : {};
  };
  const fake: FakeSlack = {
    world,
    api: `http://127.0.0.1:${port}/api/`,
    socket,
    requestUrl: undefined,
    perSecond: undefined,
    calls,
    addUser: (id, more) => {
      const user = userOf(id, more);
      world.users.set(id, user);
      return user;
    },
    addChannel: (id, ...members) =>
      void world.channels.set(id, new Set([...members, world.botUser])),
    fail: async (next) => {
      if (fault === 'down' && next !== 'down') server = await listen(serve, port);
      if (next === 'down' && fault !== 'down') await stop(server);
      fault = next;
    },
    answerFor: (method, own) => void (own ? answers.set(method, own) : answers.delete(method)),
    look: (channel) => messagesOf(world, channel).map((it) => lookAt(it, world)),
    messages: (channel) => messagesOf(world, channel),
    heard: (user) =>
      world.whispers.filter((it) => it.user === user).map((it) => readBlocks(it.blocks)),
    home: (user) => readBlocks(blocksIn(world.homes.get(user))),
    pressOf: (user, message, action) => pressOf(world, user, message, action),
    deliver,
    press: async (user, message, action) => {
      await deliver(pressOf(world, user, message, action));
    },
    dialogue: async (user) => {
      await until(() => world.views.some((it) => it.user === user));
      const found = world.views.findLast((it) => it.user === user);
      if (!found) throw new Error('no dialogue');
      return found;
    },
    submit: (dialogue, reason) => deliver(submissionOf(world, dialogue, reason)),
    command: async (user, text) => {
      const answered = await deliver(commandOf(world, user, text));
      return readBlocks(blocksIn(answered)) || asText(answered['text']);
    },
    openHome: async (user) => {
      world.homes.delete(user);
      await deliver(homeOf(world, user));
      await until(() => world.homes.has(user));
    },
    until,
    close: async () => {
      await socket.close();
      await stop(server);
    },
  };
  return fake;
}

const blocksIn = (holder: Loose | undefined): readonly Loose[] => {
  const blocks = holder?.['blocks'];
  return Array.isArray(blocks) ? blocks.map(asLoose) : [];
};

const messagesOf = (world: World, place: string): readonly FakeMessage[] => {
  const channel = place.startsWith('U') ? directOf(place) : place;
  return world.messages.filter((it) => it.channel === channel && it.thread_ts === undefined);
};

function envelopeType(payload: Loose): string {
  if (payload['type'] === 'event_callback') return 'events_api';
  return payload['command'] === undefined ? 'interactive' : 'slash_commands';
}

async function listen(
  serve: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
  port: number,
): Promise<Server> {
  const server = createServer((request, response) => void serve(request, response));
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

async function stop(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
  // whoever kept a connection notices only then
  await new Promise((resolve) => {
    setTimeout(resolve, 20);
  });
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function send(
  response: ServerResponse,
  status: number,
  body: Loose,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}
