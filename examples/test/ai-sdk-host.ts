import type { MockLanguageModelV4 } from 'ai/test';
import type { Scripted, Turn } from './conformance.ts';

type Call = Parameters<MockLanguageModelV4['doGenerate']>[0];
type Prompt = Call['prompt'];

const usage = {
  inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 1, text: 1, reasoning: 0 },
};

/** What a scripted model says: the calls first, then a word. Both versions of the mock take it. */
export function scriptOf(calls: readonly Scripted[]): {
  readonly doGenerate: (call: Pick<Call, 'prompt'>) => Promise<Said>;
  readonly doStream: (call: Pick<Call, 'prompt'>) => Promise<{ stream: ReadableStream }>;
  readonly told: () => Turn['answers'];
} {
  let last: Prompt = [];
  const doGenerate = async ({ prompt }: Pick<Call, 'prompt'>): Promise<Said> => {
    last = prompt;
    if (Object.keys(answersIn(prompt)).length > 0)
      return said([{ type: 'text', text: 'done' }], 'stop');
    const content = calls.map(({ id, tool, input }) => ({
      type: 'tool-call' as const,
      toolCallId: id,
      toolName: tool,
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
