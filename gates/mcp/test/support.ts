import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Program } from '../src/upstream/child.ts';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { toNodeHandler, type NodeIncomingMessageLike } from '@modelcontextprotocol/node';
import { createMcpHandler } from '@modelcontextprotocol/server';
import { onTestFinished } from 'vitest';
import type { Caller, Link, Opening, StreamEvent, Upstream } from '../src/link.ts';
import type { Members, Request } from '../src/message.ts';
import { modernServer, sdkServer } from './servers/tools.ts';

/** Serves on a free port of this machine until the test is over. */
export async function serve(
  listener: (...served: Parameters<RequestListener>) => unknown,
): Promise<{ url: string; server: Server }> {
  const server = createServer((...served) => void listener(...served));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`, server };
}

export const bodyOf = async (incoming: IncomingMessage): Promise<string> => {
  let text = '';
  for await (const chunk of incoming.setEncoding('utf8')) text += chunk as string;
  return text;
};

/** A server of the legacy SDK, with sessions. */
export async function serveLegacySdk(
  seen: IncomingMessage[] = [],
): Promise<{ url: string; server: Server }> {
  const sessions = new Map<string, StreamableHTTPServerTransport>();
  const served = await serve((incoming, response) => {
    seen.push(incoming);
    const id = incoming.headers['mcp-session-id'];
    const known = typeof id === 'string' ? sessions.get(id) : undefined;
    if (known) return void known.handleRequest(incoming, response);
    if (id !== undefined) return void response.writeHead(404).end();
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (session) => void sessions.set(session, transport),
      onsessionclosed: (session) => void sessions.delete(session),
    });
    void sdkServer()
      .connect(transport as Parameters<McpServer['connect']>[0])
      .then(() => transport.handleRequest(incoming, response));
  });
  // a server that was started again knows none of its sessions
  served.server.on('forget', () => sessions.clear());
  return served;
}

/** A caller that keeps what it is told. */
export function caller(
  options: Partial<Caller> = {},
): Caller & { readonly events: StreamEvent[]; readonly abort: () => void } {
  const events: StreamEvent[] = [];
  const controller = new AbortController();
  return {
    agent: 'agt_test',
    era: 'legacy',
    transport: 'http',
    client: CLIENT,
    signal: controller.signal,
    hold: () => {},
    event: (event) => void events.push(event),
    ...options,
    events,
    abort: () => controller.abort(),
  };
}

const CLIENT: Opening['client'] = { name: 'test', version: '1', capabilities: {} };
export const OPENING: Opening = { agent: 'agt_test', client: CLIENT };

export const request = (method: string, params?: Members, id: Request['id'] = 7): Request => ({
  jsonrpc: '2.0',
  id,
  method,
  ...(params ? { params } : {}),
});
export const callOf = (name: string, args: Members = {}, id?: Request['id']): Request =>
  request('tools/call', { name, arguments: args }, id);

/** Opens a link, or fails. */
export async function opened(upstream: Upstream, era: Link['era'] = 'legacy'): Promise<Link> {
  onTestFinished(() => upstream.close());
  const link = await upstream.open(era, OPENING);
  if ('unavailable' in link) throw new Error(link.unavailable);
  return link;
}

/** A server of the modern SDK: both eras, or only the modern one. */
export async function serveModernSdk(
  options: { readonly legacy?: 'reject' | 'stateless' } = { legacy: 'reject' },
  seen: IncomingMessage[] = [],
): Promise<{ url: string; server: Server }> {
  const handler = toNodeHandler(createMcpHandler(modernServer, options));
  return serve((incoming, response) => {
    seen.push(incoming);
    void handler(incoming as NodeIncomingMessageLike, response);
  });
}

/** A server of these tests as a program. */
export const programOf = (file: string, ...args: string[]): Program => ({
  command: process.execPath,
  args: [join(import.meta.dirname, 'servers', file), ...args],
  env: { PATH: process.env['PATH'] ?? '', NODE_NO_WARNINGS: '1' },
});
