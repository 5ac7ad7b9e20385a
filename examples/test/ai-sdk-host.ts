import { guardTools, type GuardsByName } from '@countersign/sdk/ai-sdk';
import { tool, type ModelMessage, type ToolSet } from 'ai';
import type { MockLanguageModelV4 } from 'ai/test';
import { z } from 'zod';
import type { Host, MakeHost, Scripted, Turn } from './conformance.ts';

type Call = Parameters<MockLanguageModelV4['doGenerate']>[0];
type Prompt = Call['prompt'];

const PROMPT: ModelMessage[] = [{ role: 'user', content: 'go' }];
const usage = {
  inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 1, text: 1, reasoning: 0 },
};

/** A model's two ways to answer. */
export type Script = {
  readonly doGenerate: (call: Pick<Call, 'prompt'>) => Promise<Said>;
  readonly doStream: (call: Pick<Call, 'prompt'>) => Promise<{ stream: ReadableStream }>;
};

/** A call of any tool as a model writes it. */
export type Written = Pick<Scripted, 'id' | 'input'> & { readonly tool: string };

/** What a scripted model says: the calls first, then a word. Both versions of the mock take it. */
export function scriptOf(
  calls: readonly Written[],
): Script & { readonly told: () => Turn['answers'] } {
  let last: Prompt = [];
  const doGenerate = async ({ prompt }: Pick<Call, 'prompt'>): Promise<Said> => {
    last = prompt;
    if (Object.keys(answersIn(prompt)).length > 0)
      return said([{ type: 'text', text: 'done' }], 'stop');
    const content = calls.map(({ id, tool: toolName, input }) => ({
      type: 'tool-call' as const,
      toolCallId: id,
      toolName,
      input: JSON.stringify(input),
    }));
    return said(content, 'tool-calls');
  };
  const doStream = async (call: Pick<Call, 'prompt'>) => {
    const { content, finishReason } = await doGenerate(call);
    const parts = [
      { type: 'stream-start', warnings: [] },
      ...content.flatMap((part): object[] => (part.type === 'text' ? wordsOf(part.text) : [part])),
      { type: 'finish', finishReason, usage },
    ];
    return { stream: ReadableStream.from(parts) as ReadableStream };
  };
  return { doGenerate, doStream, told: () => answersIn(last) };
}

const wordsOf = (delta: string) => [
  { type: 'text-start', id: 't' },
  { type: 'text-delta', id: 't', delta },
  { type: 'text-end', id: 't' },
];

type Part =
  | { type: 'text'; text: string }
  | { type: 'tool-call'; toolCallId: string; toolName: string; input: string };
type Said = {
  content: Part[];
  finishReason: { unified: 'stop' | 'tool-calls'; raw: string };
  usage: typeof usage;
  warnings: [];
};
const said = (content: Part[], unified: 'stop' | 'tool-calls'): Said => ({
  content,
  finishReason: { unified, raw: unified },
  usage,
  warnings: [],
});

/** The text that a prompt has for each call that was answered. */
function answersIn(prompt: Prompt): Turn['answers'] {
  const parts = prompt.flatMap(({ role, content }) => (role === 'tool' ? content : []));
  return Object.fromEntries(
    parts.flatMap((part) => {
      if (part.type !== 'tool-result') return [];
      const { output } = part;
      const text =
        output.type === 'execution-denied'
          ? output.reason
          : typeof output.value === 'string'
            ? output.value
            : JSON.stringify(output.value);
      return [[part.toolCallId, text ?? '']];
    }),
  );
}

type Message = { readonly role: string; readonly content: unknown };
type Request = { readonly type: string; readonly approvalId: string };

/** The messages as a client sends them back that says yes to everything it was asked. */
export function withYes(messages: readonly Message[]): readonly Message[] {
  const asked = messages.flatMap(({ content }) =>
    Array.isArray(content)
      ? (content as Request[]).filter(({ type }) => type === 'tool-approval-request')
      : [],
  );
  const content = asked.map(({ approvalId }) => ({
    type: 'tool-approval-response',
    approvalId,
    approved: true,
  }));
  return content.length === 0 ? messages : [...messages, { role: 'tool', content }];
}

/** One request of one version of the SDK: runs the model until it stops and gives what it added to the messages. */
export type Ask = (about: {
  readonly script: Script;
  readonly tools: ToolSet;
  readonly messages: ModelMessage[];
  readonly abortSignal?: AbortSignal;
}) => PromiseLike<readonly unknown[]>;

type Saved = { readonly calls: readonly Scripted[]; readonly messages: ModelMessage[] };

/** A host that asks so. `paused`: runs pause as its own approvals do, and the client says yes to everything afterwards. */
export const hostOf =
  (ask: Ask, paused: boolean): MakeHost =>
  ({ client, tools: plain, run }) => {
    const plainTools: ToolSet = Object.fromEntries(
      plain.map(({ name, description, schema, run: execute }) => [
        name,
        tool({ description, inputSchema: schema, execute }),
      ]),
    );
    const guards: GuardsByName = (name) => {
      const guard = plain.find((one) => one.name === name)?.guard;
      return guard && { ...(paused ? { waitMs: 20_000 } : {}), ...guard };
    };
    const turn = async ({ calls, messages }: Saved, signal?: AbortSignal) => {
      const { told, ...script } = scriptOf(calls);
      const stop = signal ? { signal } : {};
      const tools = guardTools(client, plainTools, { run, guards, pauses: paused, ...stop });
      const about = { script, tools, messages, ...(signal ? { abortSignal: signal } : {}) };
      const added = (await ask(about)) as ModelMessage[];
      const goOn = paused ? [...messages, ...added] : messages;
      return { answers: told(), state: JSON.stringify({ calls, messages: goOn }) };
    };
    const inSubagent = async (calls: readonly Scripted[]): Promise<Turn> => {
      let answers = {};
      const delegate = tool({
        inputSchema: z.object({}),
        execute: async () => {
          ({ answers } = await turn({ calls, messages: PROMPT }));
          return 'delegated';
        },
      });
      const { told: _, ...script } = scriptOf([{ id: 'd1', tool: 'delegate', input: {} }]);
      await ask({ script, tools: { delegate }, messages: PROMPT });
      return { answers, state: '' };
    };
    const start: Host['start'] = (calls, { signal, through } = {}) =>
      through ? inSubagent(calls) : turn({ calls, messages: PROMPT }, signal);
    const resume: Host['resume'] = (state) => {
      const { calls, messages } = JSON.parse(state) as Saved;
      return turn({ calls, messages: withYes(messages) as ModelMessage[] });
    };
    return { start, resume };
  };
