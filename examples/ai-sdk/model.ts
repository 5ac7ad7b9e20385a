// A model of the AI SDK's own test kit, in place of `openai('gpt-…')`: asks for the tool once, then repeats what it was told.
import { MockLanguageModelV4 } from 'ai/test';
import { ASKED } from '../endpoint.ts';

type Generate = MockLanguageModelV4['doGenerate'];
type Result = Awaited<ReturnType<Generate>>;

const usage = {
  inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 1, text: 1, reasoning: 0 },
};

const doGenerate: Generate = async ({ prompt, tools }): Promise<Result> => {
  const told = prompt.at(-1);
  if (told?.role === 'tool') {
    const text = `The tool said: ${JSON.stringify(told.content)}`;
    const finishReason = { unified: 'stop', raw: 'stop' } as const;
    return { usage, warnings: [], content: [{ type: 'text', text }], finishReason };
  }
  const call = {
    type: 'tool-call',
    toolCallId: `call_${crypto.randomUUID()}`,
    toolName: tools?.[0]?.name ?? '',
    input: JSON.stringify(ASKED),
  } as const;
  const finishReason = { unified: 'tool-calls', raw: 'tool_calls' } as const;
  return { usage, warnings: [], content: [call], finishReason };
};

/** The stand-in. */
export const model: MockLanguageModelV4 = new MockLanguageModelV4({
  doGenerate,
  doStream: async (options) => {
    const { content, finishReason } = await doGenerate(options);
    const stream = new ReadableStream({
      start: (controller) => {
        controller.enqueue({ type: 'stream-start', warnings: [] });
        for (const part of content)
          if (part.type !== 'text') controller.enqueue(part);
          else {
            controller.enqueue({ type: 'text-start', id: 't' });
            controller.enqueue({ type: 'text-delta', id: 't', delta: part.text });
            controller.enqueue({ type: 'text-end', id: 't' });
          }
        controller.enqueue({ type: 'finish', finishReason, usage });
        controller.close();
      },
    });
    return { stream };
  },
});
