import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Scripted } from './conformance.ts';

/** What a test wants of the model: written as JSON into the user's message, so the model needs no memory. */
export type Script = { readonly calls: readonly Scripted[]; readonly through?: 'subagent' };

/** OpenAI's API on loopback: a model that makes the calls of its script at once, and stops when it has all answers. */
export type FakeOpenAI = {
  readonly url: string;
  /** What the model was given for each call. */
  readonly answers: Readonly<Record<string, string>>;
  readonly stop: () => Promise<void>;
};

type Call = { readonly id: string; readonly name: string; readonly arguments: string };
/** A conversation in either dialect. */
type Heard = {
  readonly tools: readonly string[];
  readonly script: Script;
  readonly made: readonly string[];
  readonly given: Readonly<Record<string, string>>;
};
type Json = Readonly<Record<string, unknown>>;

/** Starts one. It answers 400 to whatever the vendor would refuse of a conversation with tools. */
export async function openFakeOpenAI(): Promise<FakeOpenAI> {
  const answers: Record<string, string> = {};
  let turn = 0;
  const reply = (path: string, body: Json): unknown => {
    const dialect = path.endsWith('/responses') ? RESPONSES : CHAT;
    const heard = dialect.hear(body);
    Object.assign(answers, heard.given);
    return dialect.say(++turn, next(heard));
  };
  const server = createServer((request, response) => void handle(request, response, reply));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
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
  reply: (path: string, body: Json) => unknown,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const send = (status: number, body: unknown): void => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  };
  try {
    send(200, reply(request.url ?? '', JSON.parse(Buffer.concat(chunks).toString()) as Json));
  } catch (error) {
    send(400, { error: { type: 'invalid_request_error', message: String(error) } });
  }
}

/** The calls still to be made, or none when all were answered. */
function next({ script, tools, made, given }: Heard): readonly Call[] {
  const open = made.filter((id) => given[id] === undefined);
  if (open.length > 0) throw new Error(`no tool output found for function call ${open.join()}`);
  if (made.length > 0) return [];
  const calls =
    script.through === undefined
      ? script.calls.map(({ id, tool, input }) => callOf(id, tool, input))
      : [callOf('outer', script.through, { input: JSON.stringify({ calls: script.calls }) })];
  for (const { name } of calls) if (!tools.includes(name)) throw new Error(`no tool ${name}`);
  return calls;
}

const callOf = (id: string, name: string, input: object): Call => ({
  id,
  name,
  arguments: JSON.stringify(input),
});

type Dialect = {
  readonly hear: (body: Json) => Heard;
  readonly say: (turn: number, calls: readonly Call[]) => unknown;
};

const list = (value: unknown): readonly Json[] => (Array.isArray(value) ? value : []);
const textOf = (content: unknown): string =>
  typeof content === 'string'
    ? content
    : list(content)
        .map(({ text }) => String(text))
        .join('');
const scriptIn = (text: string | undefined): Script => {
  if (text === undefined) throw new Error('no user message');
  return JSON.parse(text) as Script;
};

const RESPONSES: Dialect = {
  hear: ({ input, tools }) => {
    const items = typeof input === 'string' ? [{ role: 'user', content: input }] : list(input);
    const outputs = items.filter(({ type }) => type === 'function_call_output');
    const made = items.flatMap(({ type, call_id }) =>
      type === 'function_call' ? [String(call_id)] : [],
    );
    const given = Object.fromEntries(
      outputs.map(({ call_id, output }) => [String(call_id), textOf(output)]),
    );
    orphans(made, given);
    const user = items.findLast(({ role }) => role === 'user');
    const names = list(tools).map(({ name }) => String(name));
    return { tools: names, script: scriptIn(textOf(user?.['content'])), made, given };
  },
  say: (turn, calls) => ({
    id: `resp_${turn}`,
    object: 'response',
    created_at: 0,
    status: 'completed',
    model: 'fake',
    error: null,
    incomplete_details: null,
    instructions: null,
    metadata: {},
    parallel_tool_calls: true,
    temperature: 1,
    tool_choice: 'auto',
    tools: [],
    top_p: 1,
    output:
      calls.length > 0
        ? calls.map(({ id, name, arguments: args }) => ({
            type: 'function_call',
            id: `fc_${id}`,
            call_id: id,
            name,
            arguments: args,
            status: 'completed',
          }))
        : [
            {
              type: 'message',
              id: `msg_${turn}`,
              role: 'assistant',
              status: 'completed',
              content: [{ type: 'output_text', text: 'all done', annotations: [] }],
            },
          ],
    usage: {
      input_tokens: 1,
      output_tokens: 1,
      total_tokens: 2,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens_details: { reasoning_tokens: 0 },
    },
  }),
};

const CHAT: Dialect = {
  hear: ({ messages, tools }) => {
    const all = list(messages);
    const made = all.flatMap(({ tool_calls }) => list(tool_calls).map(({ id }) => String(id)));
    const given = Object.fromEntries(
      all
        .filter(({ role }) => role === 'tool')
        .map(({ tool_call_id, content }) => [String(tool_call_id), textOf(content)]),
    );
    orphans(made, given);
    const user = all.findLast(({ role }) => role === 'user');
    const names = list(tools).map((tool) => String((tool['function'] as Json)['name']));
    return { tools: names, script: scriptIn(textOf(user?.['content'])), made, given };
  },
  say: (turn, calls) => ({
    id: `chatcmpl_${turn}`,
    object: 'chat.completion',
    created: 0,
    model: 'fake',
    choices: [
      {
        index: 0,
        finish_reason: calls.length > 0 ? 'tool_calls' : 'stop',
        logprobs: null,
        message: {
          role: 'assistant',
          refusal: null,
          content: calls.length > 0 ? null : 'all done',
          ...(calls.length > 0
            ? {
                tool_calls: calls.map(({ id, name, arguments: args }) => ({
                  id,
                  type: 'function',
                  function: { name, arguments: args },
                })),
              }
            : {}),
        },
      },
    ],
    usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
  }),
};

function orphans(made: readonly string[], given: Readonly<Record<string, string>>): void {
  const lone = Object.keys(given).filter((id) => !made.includes(id));
  if (lone.length > 0) throw new Error(`no function call found for output ${lone.join()}`);
}
