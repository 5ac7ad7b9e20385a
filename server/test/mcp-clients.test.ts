// Held calls as real clients of both eras see them: over HTTP, through front, story and bridge, to a real server.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import { createHttpFront, createHttpUpstream, createStory } from '@countersign/gate-mcp';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { openMcpHouse, settle, texts, type McpHouse } from './mcp-house.ts';
import { until } from './until.ts';

let calls = 0;
function mail(): McpServer {
  const server = new McpServer({ name: 'mail', version: '1.0.0' });
  server.registerTool(
    'send',
    { inputSchema: z.object({ to: z.string() }), outputSchema: z.object({ sent: z.string() }) },
    ({ to }) => {
      calls++;
      return {
        content: [{ type: 'text', text: `sent to ${to}` }],
        structuredContent: { sent: to },
      };
    },
  );
  return server;
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port;
const listen = (server: Server, port = 0): Promise<void> =>
  new Promise((done) => server.listen(port, '127.0.0.1', done));
const shut = (server: Server): Promise<void> =>
  new Promise((done) => {
    server.close(() => done());
    server.closeAllConnections();
  });

let upstream: Server;
let house: McpHouse;
let gateway: { readonly url: string; readonly stop: () => Promise<void> };
const clients: Client[] = [];

const serveMail = (): Server => {
  const handler = toNodeHandler(createMcpHandler(mail));
  return createServer((request, response) => void handler(request as never, response));
};

async function startGateway(port?: number): Promise<typeof gateway> {
  const link = createHttpUpstream({
    name: 'mail',
    url: `http://127.0.0.1:${portOf(upstream)}/mcp`,
  });
  const mounted = { ...house.shared.servers.get('mail'), name: 'mail', upstream: link };
  const parts = {
    ...house.shared,
    servers: new Map([['mail', mounted as never]]),
  };
  const story = createStory(parts, { legMs: 150, progressedMs: 8_000, silentMs: 300, signMs: 50 });
  const server = createServer((request, response) => {
    const [path = ''] = (request.url ?? '').split('?');
    void front.handle(request, response, { path, headers: [] });
  });
  await listen(server, port);
  const url = `http://127.0.0.1:${portOf(server)}`;
  const front = createHttpFront({
    ...parts,
    story,
    publicUrl: url,
    issuers: () => [],
    maxBodyBytes: 100_000,
    identify: async () => ({ agent: 'bot' }),
  });
  const stop = async (): Promise<void> => {
    front.stop();
    story.close();
    await shut(server);
    await link.close();
  };
  return { url, stop };
}

beforeEach(async () => {
  calls = 0;
  upstream = serveMail();
  await listen(upstream);
  house = openMcpHouse();
  gateway = await startGateway();
});
afterEach(async () => {
  await Promise.allSettled(clients.splice(0).map((client) => client.close()));
  await gateway.stop();
  await shut(upstream);
  house.close();
});

const asked = async (): Promise<string> => {
  await until(async () => (await house.actions()).length > 0);
  await settle();
  return (await house.actions()).at(-1) ?? '';
};

const send = (client: Client, more: { signal?: AbortSignal } = {}) =>
  client.callTool(
    { name: 'send', arguments: { to: 'ann' } },
    { onprogress: () => undefined, resetTimeoutOnProgress: true, timeout: 1_000, ...more },
  );
type Got = Awaited<ReturnType<typeof send>>;
const textsOf = (got: Got) => texts(got as never);

describe.each(['legacy', 'modern'])('a %s client', (era) => {
  async function connect(): Promise<Client> {
    const client = new Client(
      { name: 'test', version: '1' },
      era === 'modern' ? { versionNegotiation: { mode: 'auto' } } : {},
    );
    clients.push(client);
    await client.connect(new StreamableHTTPClientTransport(new URL('/mcp/mail', gateway.url)));
    await client.listTools();
    return client;
  }
  test('waits until people said yes, and gets the result of the server', async () => {
    const got = send(await connect());
    await asked();
    await new Promise((resolve) => setTimeout(resolve, 400));
    await house.vote('approve');
    expect(textsOf(await got)).toEqual(['sent to ann']);
    expect(calls).toBe(1);
  });

  test('R10: hears a no, and that nobody decided, each in its own words, where the tool has an output schema too', async () => {
    const client = await connect();
    const denied = send(client);
    await asked();
    await house.vote('deny', 'not to ann');
    const got = await denied;
    expect(got.isError).toBe(true);
    expect(textsOf(got)[0]).toContain('It was denied');
    expect(textsOf(got)[1]).toContain('not to ann');
    const other = client.callTool({ name: 'send', arguments: { to: 'ben' } });
    await until(async () => (await house.actions()).length > 1);
    await settle();
    house.clock.advance(3_600_001);
    await house.gatekeeper.reconcile();
    expect(textsOf(await other)[0]).toContain('Nobody decided in time');
    expect(calls).toBe(0);
  });

  test('invariant 3: cancels, or is gone: nothing runs; who comes back gets what was approved', async () => {
    const leaving = new AbortController();
    const got = send(await connect(), { signal: leaving.signal });
    const id = await asked();
    leaving.abort();
    await expect(got).rejects.toThrow();
    const client = await connect();
    const second = send(client);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await client.close();
    await expect(second).rejects.toThrow();
    await new Promise((resolve) => setTimeout(resolve, 50));
    await house.vote('approve');
    await settle();
    expect(calls).toBe(0);
    expect(await house.stateOf(id)).toBe('approved');
    expect(textsOf(await send(await connect()))).toEqual(['sent to ann']);
    expect(calls).toBe(1);
  });

  test('the gateway starts again while it waits: the identical call goes on', async () => {
    const got = send(await connect());
    const id = await asked();
    const port = Number(new URL(gateway.url).port);
    await gateway.stop();
    gateway = await startGateway(port);
    const settled = await Promise.allSettled([got]);
    await house.vote('approve').catch(() => undefined);
    const again =
      settled[0]?.status === 'fulfilled' ? settled[0].value : await send(await connect());
    const answer = again.isError === true ? await send(await connect()) : again;
    expect(textsOf(answer)).toEqual(['sent to ann']);
    expect(calls).toBe(1);
    await settle();
    expect(await house.stateOf(id)).toBe('executed');
  });

  test('R4: the server is away when the yes comes: nothing is spent, and it runs once it is back', async () => {
    const got = send(await connect());
    const id = await asked();
    const port = portOf(upstream);
    await shut(upstream);
    await house.vote('approve');
    const told = await got.catch((error: unknown) => error);
    expect(told).toMatchObject({ isError: true });
    expect(textsOf(told as Got)[0]).toContain('the server cannot be reached');
    expect(await house.stateOf(id)).toBe('approved');
    upstream = serveMail();
    await listen(upstream, port);
    expect(textsOf(await send(await connect()))).toEqual(['sent to ann']);
    expect(calls).toBe(1);
  });
});
