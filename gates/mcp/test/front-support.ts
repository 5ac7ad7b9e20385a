import { createHash, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Digest } from '@countersign/core';
import { createHttpFront, type HttpFront } from '../src/front/http.ts';
import type { House } from '../src/house.ts';
import type { Upstream } from '../src/link.ts';
import type { McpParts, Sealer } from '../src/parts.ts';
import { createStory } from '../src/story.ts';
import type { Tool, Tools } from '../src/tools.ts';

/** Everything is allowed and nothing is asked: what a front does is looked at, not what is decided. */
const allowing: House = {
  admit: async ({ server, tool, pin, arguments: args }) => ({
    is: 'released',
    run: { actionId: randomUUID(), server, tool, pin, arguments: args, report: () => {} },
  }),
  wait: async () => ({ is: 'refused', code: 'not-found', message: 'none', isRetryable: false }),
  redeem: async () => ({ is: 'refused', code: 'not-found', message: 'none', isRetryable: false }),
  byApproval: async () => undefined,
};

/** Tools as they were listed, all accepted. */
function listedTools(): Tools {
  const all = new Map<string, Tool>();
  return {
    sight: async (server, listed) => {
      const seen = listed.map((definition): [string, Tool] => {
        const name = String(definition['name']);
        const pin = createHash('sha256').update(JSON.stringify(definition)).digest('hex') as Digest;
        const tool: Tool = { server, name, pin, standing: 'accepted', definition };
        all.set(`${server} ${name}`, tool);
        return [name, tool];
      });
      return new Map(seen);
    },
    find: (server, name) => all.get(`${server} ${name}`),
    onChange: () => () => {},
  };
}

/** Seals by remembering: another one opens nothing of it. */
function sealing(): Sealer {
  const kept = new Map<string, Parameters<Sealer['seal']>[1]>();
  return {
    seal: (purpose, value) => {
      const text = randomUUID();
      kept.set(`${purpose} ${text}`, value);
      return text;
    },
    open: (purpose, text) => kept.get(`${purpose} ${text}`),
  };
}

/** What every front of these tests is made of. */
export function partsOf(upstreams: readonly Upstream[]): McpParts {
  const servers = upstreams.map((upstream) => ({
    name: upstream.name,
    upstream,
    mask: <T>(value: T): T => value,
    maxResultBytes: 1_000_000,
  }));
  return {
    servers: new Map(servers.map((one) => [one.name, one])),
    house: allowing,
    tools: listedTools(),
    callable: async (_agent, _server, tools) => new Set(tools.map(({ name }) => name)),
    mayAsk: () => false,
    sealer: sealing(),
    now: Date.now,
    log: () => {},
  };
}

/** Serves a front until the test is over. A bearer token is the id of an agent; `person` is a person's. */
export async function serveFront(
  parts: McpParts,
): Promise<{ readonly url: string; readonly front: HttpFront }> {
  const story = createStory(parts);
  const server = createServer((request, response) => {
    const path = (request.url ?? '').split('?')[0] ?? '';
    void front
      .handle(request, response, { path, headers: [] })
      .then((found) => (found ? undefined : response.writeHead(404).end()));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const front = createHttpFront({
    ...parts,
    story,
    publicUrl: url,
    issuers: () => ['https://issuer.example'],
    maxBodyBytes: 100_000,
    identify: async ({ headers: { authorization } }) => {
      const agent = /^Bearer (\S+)$/.exec(authorization ?? '')?.[1];
      if (agent === undefined) return { status: 401, code: 'unauthenticated' };
      return agent === 'person' ? { status: 403, code: 'agents-only' } : { agent };
    },
  });
  onTestFinished(() => {
    front.stop();
    story.close();
    server.closeAllConnections();
    server.close();
  });
  return { url, front };
}

/** One HTTP request as it is, for what no client would send. */
export async function send(
  url: string,
  {
    method = 'POST',
    body,
    headers = {},
  }: {
    readonly method?: string;
    readonly body?: unknown;
    readonly headers?: Readonly<Record<string, string | undefined>>;
  } = {},
): Promise<{ readonly status: number; readonly headers: Headers; readonly json: unknown }> {
  const all = {
    authorization: 'Bearer one',
    ...(method === 'POST' && { 'content-type': 'application/json' }),
    accept: 'application/json, text/event-stream',
    ...headers,
  };
  const kept = Object.entries(all).filter((one): one is [string, string] => one[1] !== undefined);
  const response = await fetch(url, {
    method,
    headers: kept,
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = text;
  }
  return { status: response.status, headers: response.headers, json };
}
