import { connect, type Socket } from 'node:net';

/** A place where MCP is spoken over HTTP. */
export type Place = {
  readonly port: number;
  readonly path: string;
  readonly token?: string;
};

/** One kept-alive connection with a session of the older protocol; costs the machine as little as it can. */
export type McpWire = {
  /** Sends a call and gives the body of its answer, once it is whole. */
  readonly call: (tool: string, text: string, meta?: object) => Promise<string>;
  readonly close: () => void;
};

type Answer = { readonly status: number; readonly head: string; readonly body: string };

const CHUNK = /([0-9a-f]+)\r\n/iy;

/** The body of a chunked answer, when all of it is there. */
function unchunked(text: string, from: number): { body: string; end: number } | undefined {
  let [body, at] = ['', from];
  for (;;) {
    CHUNK.lastIndex = at;
    const size = CHUNK.exec(text);
    if (!size) return undefined;
    const start = CHUNK.lastIndex;
    const length = Number.parseInt(size[1] ?? '', 16);
    if (text.length < start + length + 2) return undefined;
    if (length === 0) return { body, end: start + 2 };
    body += text.slice(start, start + length);
    at = start + length + 2;
  }
}

/** The first answer in what was read so far, and where it ends. */
function answerIn(text: string): { answer: Answer; end: number } | undefined {
  const headEnd = text.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const head = text.slice(0, headEnd);
  const status = Number(head.slice(9, 12));
  const from = headEnd + 4;
  if (/transfer-encoding: chunked/i.test(head)) {
    const whole = unchunked(text, from);
    return whole && { answer: { status, head, body: whole.body }, end: whole.end };
  }
  const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
  if (text.length < from + length) return undefined;
  return { answer: { status, head, body: text.slice(from, from + length) }, end: from + length };
}

const INITIALIZE = JSON.stringify({
  jsonrpc: '2.0',
  id: 0,
  method: 'initialize',
  params: {
    protocolVersion: '2025-06-18',
    capabilities: {},
    clientInfo: { name: 'bench', version: '1' },
  },
});
const INITIALIZED = JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' });
const LIST = JSON.stringify({ jsonrpc: '2.0', id: 'list', method: 'tools/list', params: {} });

async function open(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  return socket.setEncoding('latin1');
}

/** Opens a connection, and a session over it. */
export async function openMcpWire({ port, path, token }: Place): Promise<McpWire> {
  const socket = await open(port);
  let [text, count] = ['', 0];
  let waiting: ((answer: Answer) => void) | undefined;
  let fail: ((error: Error) => void) | undefined;
  socket.on('error', (error) => fail?.(error));
  socket.on('close', () => fail?.(new Error('the connection was closed')));
  socket.on('data', (chunk: string) => {
    text += chunk;
    // most of what comes early on a held stream is not its end
    const found = waiting && answerIn(text);
    if (!found) return;
    text = text.slice(found.end);
    const take = waiting;
    waiting = undefined;
    take?.(found.answer);
  });
  let session = '';
  const send = (body: string): Promise<Answer> =>
    new Promise((answered, failed) => {
      waiting = answered;
      fail = failed;
      socket.write(
        `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n${
          token === undefined ? '' : `authorization: Bearer ${token}\r\n`
        }content-type: application/json\r\naccept: application/json, text/event-stream\r\n${session}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
      );
    });
  const first = await send(INITIALIZE);
  if (first.status !== 200) throw new Error(`initialize answered ${first.status}: ${first.body}`);
  const id = /mcp-session-id: (.+)/i.exec(first.head)?.[1];
  session = `${id === undefined ? '' : `mcp-session-id: ${id}\r\n`}mcp-protocol-version: 2025-06-18\r\n`;
  await send(INITIALIZED);
  await send(LIST);
  return {
    call: async (tool, words, meta) => {
      const params = { name: tool, arguments: { text: words }, ...(meta ? { _meta: meta } : {}) };
      const { status, body } = await send(
        JSON.stringify({ jsonrpc: '2.0', id: ++count, method: 'tools/call', params }),
      );
      // a refusal is a result too, and a faster one
      if (status !== 200 || !body.includes(words) || body.includes('"isError":true'))
        throw new Error(`a call answered ${status}: ${body.slice(0, 500)}`);
      return body;
    },
    close: () => socket.destroy(),
  };
}
