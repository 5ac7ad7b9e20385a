// A server of one tool that costs as little as a server can, so that what is measured is what stands in front of it.
// `node bench/mcp-upstream.ts http`: prints its port, and serves; `… stdio`: serves on its own input and output.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';

type Call = {
  readonly id?: string | number;
  readonly method: string;
  readonly params?: {
    readonly protocolVersion?: string;
    readonly arguments?: { readonly text?: string };
  };
};

const TOOLS = ['echo', 'held'].map((name) => ({
  name,
  description: 'Answers what it is told',
  inputSchema: {
    type: 'object',
    properties: { text: { type: 'string' } },
    required: ['text'],
    additionalProperties: false,
  },
  annotations: { readOnlyHint: true },
}));

function resultOf({ method, params }: Call): object | undefined {
  if (method === 'initialize')
    return {
      protocolVersion: params?.protocolVersion ?? '2025-11-25',
      capabilities: { tools: {} },
      serverInfo: { name: 'bench', version: '1' },
    };
  if (method === 'tools/list') return { tools: TOOLS };
  if (method === 'ping') return {};
  if (method === 'tools/call')
    return { content: [{ type: 'text', text: params?.arguments?.text ?? '' }] };
  return undefined;
}

function answerTo(text: string): string | undefined {
  const call = JSON.parse(text) as Call;
  if (call.id === undefined) return undefined;
  const result = resultOf(call);
  return JSON.stringify({
    jsonrpc: '2.0',
    id: call.id,
    ...(result ? { result } : { error: { code: -32_601, message: 'no such method' } }),
  });
}

function serveHttp(): void {
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    request.on('end', () => {
      if (request.method !== 'POST') return response.writeHead(405).end();
      const answer = answerTo(text);
      if (answer === undefined) return response.writeHead(202).end();
      return response
        .writeHead(200, {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(answer),
          'mcp-session-id': 'one',
        })
        .end(answer);
    });
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1', () =>
    process.stdout.write(`${(server.address() as AddressInfo).port}\n`),
  );
}

function serveStdio(): void {
  createInterface({ input: process.stdin }).on('line', (line) => {
    const answer = answerTo(line);
    if (answer !== undefined) process.stdout.write(`${answer}\n`);
  });
}

if (process.argv[2] === 'stdio') serveStdio();
else serveHttp();
