import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Scripted } from './conformance.ts';

/** What a test wants of the model: written as JSON into the user's message, so the model needs no memory. */
export type Script = { readonly calls: readonly Scripted[]; readonly through?: 'subagent' };

/** Anthropic's Messages API on loopback: a model that makes the calls of its script at once, then says it is done. */
export type FakeAnthropic = {
  readonly url: string;
  /** What the model was given for each call. */
  readonly answers: Readonly<Record<string, string>>;
  readonly stop: () => Promise<void>;
};

type Json = Readonly<Record<string, unknown>>;
/** How a host names a tool to the model, and what a subagent is called with. */
export type Naming = {
  readonly nameOf: (tool: string) => string;
  readonly subagent: (script: string) => { readonly name: string; readonly input: object };
};

const PLAIN: Naming = {
  nameOf: (tool) => tool,
  subagent: (input) => ({ name: 'subagent', input: { input } }),
};

/** Starts one. It answers 400 to whatever the vendor would refuse of a conversation with tools. */
export async function openFakeAnthropic(naming: Naming = PLAIN): Promise<FakeAnthropic> {
  const answers: Record<string, string> = {};
  let turn = 0;
  const threads = new Map<string, Json>();
  const reply = (asked: Json): Json => {
    const body = wholeOf(asked, threads);
    const { script, made, given } = heard(body);
    for (const [id, text] of Object.entries(given)) answers[plainId(id)] = text;
    const calls = script && made.length === 0 ? callsOf(script, naming) : [];
    const names = list(body['tools']).map(({ name }) => String(name));
    for (const { name } of calls)
      if (!names.includes(name)) throw new Error(`no tool ${name} among ${names.join()}`);
    const said = message(`msg_${++turn}`, calls);
    const { role, content } = said;
    const messages = [...list(body['messages']), { role, content }];
    threads.set(`msg_${turn}`, { ...body, messages });
    return said;
  };
  const server = createServer((request, response) => void handle(request, response, reply));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    answers,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  reply: (body: Json) => Json,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const send = (status: number, body: unknown): void => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  };
  try {
    if (!(request.url ?? '').startsWith('/v1/messages')) return send(404, {});
    if ((request.url ?? '').includes('count_tokens')) return send(200, { input_tokens: 1 });
    const body = JSON.parse(Buffer.concat(chunks).toString()) as Json;
    const said = reply(body);
    return body['stream'] === true ? stream(response, said) : send(200, said);
  } catch (error) {
    const { message: text } = error as Error;
    return send(400, { type: 'error', error: { type: 'invalid_request_error', message: text } });
  }
}

const list = (value: unknown): readonly Json[] => (Array.isArray(value) ? (value as Json[]) : []);
const blocksOf = ({ content }: Json): readonly Json[] =>
  typeof content === 'string' ? [{ type: 'text', text: content }] : list(content);
const textOf = (content: unknown): string =>
  typeof content === 'string'
    ? content
    : list(content)
        .map(({ text }) => String(text))
        .join('');

/** A request with what came before it, where its thread is kept at the vendor. */
function wholeOf(body: Json, threads: ReadonlyMap<string, Json>): Json {
  const thread = body['thread'] as { type: string; previous_message_id: string } | undefined;
  if (thread?.type !== 'continue') return body;
  const before = threads.get(thread.previous_message_id);
  if (!before) throw new Error(`no thread ends in ${thread.previous_message_id}`);
  return { ...before, ...body, messages: [...list(before['messages']), ...list(body['messages'])] };
}

/** A conversation: its last script, the calls made since, and every answer; refused when a call has none, or none asked. */
function heard({ messages }: Json) {
  let script: Script | undefined;
  let made: string[] = [];
  let open: string[] = [];
  const given: Record<string, string> = {};
  for (const one of list(messages)) {
    const blocks = blocksOf(one);
    for (const { tool_use_id: id, content } of blocks.filter(
      ({ type }) => type === 'tool_result',
    )) {
      if (!open.includes(String(id)))
        throw new Error(`unexpected tool_use_id in tool_result: ${String(id)}`);
      given[String(id)] = textOf(content);
    }
    open = open.filter((id) => given[id] === undefined);
    if (open.length > 0) throw new Error(`tool_use ids without tool_result: ${open.join()}`);
    if (one['role'] === 'assistant') {
      open = blocks.filter(({ type }) => type === 'tool_use').map(({ id }) => String(id));
      made.push(...open);
      continue;
    }
    const [asked] = blocks.flatMap(({ text }) => scriptIn(String(text)) ?? []);
    if (asked) [script, made] = [asked, []];
  }
  return { script, made, given };
}

function scriptIn(text: string): Script | undefined {
  const found = /^\{"calls":.*\}$/m.exec(text);
  return found ? (JSON.parse(found[0]) as Script) : undefined;
}

type Call = { readonly id: string; readonly name: string; readonly input: object };

/** The vendor's ids begin so; a test names its calls without. */
const plainId = (id: string): string => id.replace(/^toolu_/, '');

const callsOf = (script: Script, { nameOf, subagent }: Naming): readonly Call[] =>
  script.through === undefined
    ? script.calls.map(({ id, tool, input }) => ({ id: `toolu_${id}`, name: nameOf(tool), input }))
    : [{ id: 'toolu_outer', ...subagent(JSON.stringify({ calls: script.calls })) }];

const message = (id: string, calls: readonly Call[]): Json => ({
  id,
  type: 'message',
  role: 'assistant',
  model: 'claude-fake',
  content:
    calls.length === 0
      ? [{ type: 'text', text: 'all done' }]
      : calls.map((call) => ({ type: 'tool_use', ...call })),
  stop_reason: calls.length === 0 ? 'end_turn' : 'tool_use',
  stop_sequence: null,
  usage: { input_tokens: 1, output_tokens: 1 },
});

/** The same as events, as clients that stream want it. */
function stream(response: ServerResponse, said: Json): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const send = (type: string, more: object): void =>
    void response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`);
  const { content, stop_reason, usage, ...start } = said;
  send('message_start', { message: { ...start, content: [], stop_reason: null, usage } });
  list(content).forEach((block, index) => {
    const { input, text, ...rest } = block;
    const isText = block['type'] === 'text';
    const empty = isText ? { ...rest, text: '' } : { ...rest, input: {} };
    const delta = isText
      ? { type: 'text_delta', text }
      : { type: 'input_json_delta', partial_json: JSON.stringify(input) };
    send('content_block_start', { index, content_block: empty });
    send('content_block_delta', { index, delta });
    send('content_block_stop', { index });
  });
  send('message_delta', {
    delta: { stop_reason, stop_sequence: null },
    usage: { output_tokens: 1 },
  });
  send('message_stop', {});
  response.end();
}
