import { randomBytes, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  localhostHostValidation,
  localhostOriginValidation,
  NodeStreamableHTTPServerTransport,
  toNodeHandler,
} from '@modelcontextprotocol/node';
import {
  classifyInboundRequest,
  createMcpHandler,
  createRequestStateCodec,
  type EventStore,
  isInitializeRequest,
  type JSONRPCMessage,
  type ServerNotifier,
} from '@modelcontextprotocol/server';
import { fixtureServer } from './fixture-server.ts';

export type Fixture = {
  readonly url: string;
  /** Says to everybody who listens that something changed. */
  readonly notify: ServerNotifier;
  /** Forgets every session, as a server does that is started again. */
  readonly endSessions: () => Promise<unknown>;
  readonly close: () => Promise<void>;
};

type Serving = (request: IncomingMessage, response: ServerResponse, body: unknown) => unknown;

/** Keeps what was sent, so that a stream can be resumed. */
function createEvents(): EventStore {
  const events: { readonly stream: string; readonly message: JSONRPCMessage }[] = [];
  return {
    storeEvent: (stream, message) => Promise.resolve(String(events.push({ stream, message }))),
    replayEventsAfter: async (last, { send }) => {
      const stream = events[Number(last) - 1]?.stream ?? '';
      for (const [i, event] of events.entries())
        if (i >= Number(last) && event.stream === stream && 'jsonrpc' in event.message)
          await send(String(i + 1), event.message);
      return stream;
    },
  };
}

const refuse = (response: ServerResponse, status: number, message: string): void =>
  void response
    .writeHead(status, { 'content-type': 'application/json' })
    .end(JSON.stringify({ jsonrpc: '2.0', id: null, error: { code: -32_000, message } }));

type Makes = Parameters<typeof fixtureServer>[0];

/** Sessions of the older protocol. */
function createSessions(codec: Makes) {
  const sessions = new Map<string, NodeStreamableHTTPServerTransport>();
  const servers = new Set<ReturnType<typeof fixtureServer>>();
  const notify: ServerNotifier = {
    toolsChanged: () => servers.forEach((server) => server.sendToolListChanged()),
    promptsChanged: () => servers.forEach((server) => server.sendPromptListChanged()),
    resourcesChanged: () => servers.forEach((server) => server.sendResourceListChanged()),
    resourceUpdated: (uri) =>
      servers.forEach((server) => void server.server.sendResourceUpdated({ uri })),
  };
  const open = async (): Promise<NodeStreamableHTTPServerTransport> => {
    const transport = new NodeStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      eventStore: createEvents(),
      retryInterval: 500,
      onsessioninitialized: (id) => void sessions.set(id, transport),
    });
    const server = fixtureServer(codec, notify);
    servers.add(server);
    // oxlint-disable-next-line unicorn/prefer-add-event-listener -- it is no EventTarget
    transport.onclose = () => {
      servers.delete(server);
      sessions.delete(transport.sessionId ?? '');
    };
    await server.connect(transport);
    return transport;
  };
  const serve: Serving = async (request, response, body) => {
    const id = request.headers['mcp-session-id'];
    if (id === undefined && !isInitializeRequest(body)) return refuse(response, 400, 'no session');
    const transport = typeof id === 'string' ? sessions.get(id) : await open();
    if (!transport) return refuse(response, 404, 'no such session');
    return transport.handleRequest(request, response, body);
  };
  const close = () => Promise.all([...sessions.values()].map((transport) => transport.close()));
  return { serve, notify, close };
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks).toString();
  try {
    return JSON.parse(body);
  } catch {
    return body === '' ? undefined : body;
  }
}

const first = (value: string | string[] | undefined): string | undefined => [value].flat()[0];

/** Starts an MCP server that speaks both protocols, or one of them, with everything the conformance suites ask for. */
export async function startFixture({
  eras = ['legacy', 'modern'],
}: { readonly eras?: readonly ('legacy' | 'modern')[] } = {}): Promise<Fixture> {
  const codec = createRequestStateCodec<Record<string, unknown>>({ key: randomBytes(32) });
  const sessions = createSessions(codec);
  const handler = createMcpHandler(() => fixtureServer(codec, handler.notify), {
    legacy: 'reject',
  });
  const modern = toNodeHandler(handler);
  const isModern = (request: IncomingMessage, body: unknown): boolean => {
    if (eras.length === 1) return eras[0] === 'modern';
    const { method = '', headers } = request;
    if (method !== 'POST') return false;
    const about = {
      httpMethod: method,
      protocolVersionHeader: first(headers['mcp-protocol-version']),
      mcpMethodHeader: first(headers['mcp-method']),
      body,
    };
    return classifyInboundRequest(about as never).kind !== 'legacy';
  };
  const [hostOk, originOk] = [localhostHostValidation(), localhostOriginValidation()];
  const server = createServer((request, response) => {
    if (!hostOk(request, response) || !originOk(request, response)) return;
    void readBody(request).then((body) =>
      isModern(request, body)
        ? modern(request as never, response, body)
        : sessions.serve(request, response, body),
    );
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  const both = (tell: keyof ServerNotifier) => (uri: string) => {
    sessions.notify[tell](uri);
    handler.notify[tell](uri);
  };
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    notify: {
      toolsChanged: () => both('toolsChanged')(''),
      promptsChanged: () => both('promptsChanged')(''),
      resourcesChanged: () => both('resourcesChanged')(''),
      resourceUpdated: both('resourceUpdated'),
    },
    endSessions: sessions.close,
    close: async () => {
      await Promise.all([sessions.close(), handler.close()]);
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}
