// Where the examples find a model: the vendor's, with a key of yours, or a stand-in on this machine that asks for the tool
// once and then repeats what it was told. It speaks as much of each vendor's API as the examples need.
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the stand-in asks for. */
export const ASKED = {
  table: 'customers',
  columns: ['id', 'company'],
  destination: 's3://partner/customers.csv',
} as const;

type Json = { readonly [name: string]: unknown };
/** What one vendor says where: how a call of a tool looks, and how words do. */
type Dialect = {
  readonly told: (body: Json) => string | undefined;
  readonly call: (name: string, input: string) => Json;
  readonly words: (text: string) => Json;
};

const listIn = (value: unknown): readonly Json[] => (Array.isArray(value) ? (value as Json[]) : []);
const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value);
const chat = (message: Json, reason: string): Json => ({
  id: 'chat_1',
  object: 'chat.completion',
  created: 0,
  model: 'stand-in',
  choices: [{ index: 0, message: { role: 'assistant', ...message }, finish_reason: reason }],
});
const usage = { input_tokens: 1, output_tokens: 1 };
const response = (item: Json): Json => ({
  id: 'resp_1',
  object: 'response',
  status: 'completed',
  output: [{ status: 'completed', ...item }],
  usage: { ...usage, total_tokens: 2 },
});
const message = (block: Json, reason: string): Json => ({
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'stand-in',
  content: [block],
  stop_reason: reason,
  stop_sequence: null,
  usage,
});

const DIALECTS: Readonly<Record<string, Dialect>> = {
  '/v1/chat/completions': {
    told: ({ messages }) => {
      const last = listIn(messages).at(-1);
      return last?.['role'] === 'tool' ? textOf(last['content']) : undefined;
    },
    call: (name, input) =>
      chat(
        {
          content: null,
          tool_calls: [{ id: id(), type: 'function', function: { name, arguments: input } }],
        },
        'tool_calls',
      ),
    words: (content) => chat({ content }, 'stop'),
  },
  '/v1/responses': {
    told: ({ input }) => {
      const last = listIn(input).at(-1);
      return last?.['type'] === 'function_call_output' ? textOf(last['output']) : undefined;
    },
    call: (name, input) =>
      response({ type: 'function_call', id: 'fc_1', call_id: id(), name, arguments: input }),
    words: (text) =>
      response({
        type: 'message',
        id: 'msg_1',
        role: 'assistant',
        content: [{ type: 'output_text', text, annotations: [] }],
      }),
  },
  '/v1/messages': {
    told: ({ messages }) => {
      const blocks = listIn(listIn(messages).at(-1)?.['content']);
      const result = blocks.findLast(({ type }) => type === 'tool_result');
      return result && textOf(result['content']);
    },
    call: (name, input) =>
      message({ type: 'tool_use', id: id(), name, input: JSON.parse(input) as Json }, 'tool_use'),
    words: (text) => message({ type: 'text', text }, 'end_turn'),
  },
};

/** Every run has ids of its own, as a vendor's would. */
const id = (): string => `call_${crypto.randomUUID()}`;

/** Address and key for a client of `OPENAI` or `ANTHROPIC`: the vendor's where a key is set, else the stand-in's. */
export async function endpoint(
  vendor: 'OPENAI' | 'ANTHROPIC',
): Promise<{ readonly apiKey: string; readonly baseURL?: string }> {
  const apiKey = process.env[`${vendor}_API_KEY`];
  if (apiKey !== undefined) return { apiKey };
  const server = createServer((request, reply) => {
    void read(request).then((body) => {
      const dialect = DIALECTS[(request.url ?? '').replace(/\?.*/, '')];
      const name = toolIn(body);
      reply.setHeader('connection', 'close'); // so that nothing keeps the example from ending
      if (!dialect) return reply.writeHead(404).end('{}');
      const told = dialect.told(body);
      const answer =
        told === undefined && name !== undefined
          ? dialect.call(name, JSON.stringify(ASKED))
          : dialect.words(`The tool said: ${told}`);
      const streams = body['stream'] === true;
      reply.setHeader('content-type', streams ? 'text/event-stream' : 'application/json');
      return reply.end(streams ? eventsOf(answer) : JSON.stringify(answer));
    });
  }).listen(0, '127.0.0.1');
  await once(server.unref(), 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { apiKey: 'none', baseURL: vendor === 'OPENAI' ? `${origin}/v1` : origin };
}

/** A message as Anthropic streams it: each block in one piece. */
function eventsOf(whole: Json): string {
  const [block] = listIn(whole['content']);
  const delta =
    block?.['type'] === 'text'
      ? { type: 'text_delta', text: block['text'] }
      : { type: 'input_json_delta', partial_json: JSON.stringify(block?.['input']) };
  const events: readonly Json[] = [
    { type: 'message_start', message: { ...whole, content: [], stop_reason: null } },
    { type: 'content_block_start', index: 0, content_block: { ...block, text: '', input: {} } },
    { type: 'content_block_delta', index: 0, delta },
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason: whole['stop_reason'] }, usage },
    { type: 'message_stop' },
  ];
  return events
    .map((one) => `event: ${textOf(one['type'])}\ndata: ${JSON.stringify(one)}\n\n`)
    .join('');
}

/** The name of the example's tool among those offered (a host may bring some of its own). */
const toolIn = ({ tools }: Json): string | undefined =>
  listIn(tools)
    .map((tool) => (tool['function'] as Json | undefined) ?? tool)
    .map(({ name }) => textOf(name))
    .find((name) => name.endsWith('export_customers'));

async function read(request: IncomingMessage): Promise<Json> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  return text === '' ? {} : (JSON.parse(text) as Json);
}
