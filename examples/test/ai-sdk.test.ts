import { guardTools, toolApproval, type GuardsByName } from '@countersign/sdk/ai-sdk';
import { generateText, isStepCount, streamText, tool, type ModelMessage, type ToolSet } from 'ai';
import { MockLanguageModelV4 } from 'ai/test';
import { scriptOf, withYes } from './ai-sdk-host.ts';
import { adapterConformance, type Host, type MakeHost, type Scripted } from './conformance.ts';

type Saved = { readonly calls: readonly Scripted[]; readonly messages: ModelMessage[] };
const PROMPT: ModelMessage[] = [{ role: 'user', content: 'go' }];

/** `paused`: the run pauses as the host's own approvals do, and its client says yes to everything when it goes on. */
const makeHost =
  (streams: boolean, paused: boolean): MakeHost =>
  ({ client, tools: plain, run }) => {
    const plainTools: ToolSet = Object.fromEntries(
      plain.map(({ name, description, schema, run: execute }) => [
        name,
        tool({ description, inputSchema: schema, execute }),
      ]),
    );
    const guards: GuardsByName = (name) => plain.find((one) => one.name === name)?.guard;
    const turn = async (
      { calls, messages }: Saved,
      signal?: AbortSignal,
    ): ReturnType<Host['start']> => {
      const { told, ...script } = scriptOf(calls);
      const stop = signal ? { signal, abortSignal: signal } : {};
      const options = {
        model: new MockLanguageModelV4(script as never),
        tools: guardTools(plainTools, { client, run, guards, ...stop }),
        messages,
        stopWhen: isStepCount(3),
        ...stop,
        ...(paused ? { toolApproval } : {}),
      };
      const responses = streams
        ? await streamText(options).responseMessages
        : (await generateText(options)).responseMessages;
      const goOn = paused ? [...messages, ...responses] : messages;
      return { answers: told(), state: JSON.stringify({ calls, messages: goOn }) };
    };
    const inSubagent = async (calls: readonly Scripted[]): ReturnType<Host['start']> => {
      let answers = {};
      const delegate = tool({
        inputSchema: plain[0]?.schema.partial() ?? ({} as never),
        execute: async () => {
          ({ answers } = await turn({ calls, messages: PROMPT }));
          return 'delegated';
        },
      });
      const { told: _, ...script } = scriptOf([{ id: 'd1', tool: 'delegate' as never, input: {} }]);
      const model = new MockLanguageModelV4(script as never);
      const about = { model, tools: { delegate }, messages: PROMPT, stopWhen: isStepCount(3) };
      await generateText(about);
      return { answers, state: '' };
    };
    return {
      start: (calls, { signal, through } = {}) =>
        through ? inSubagent(calls) : turn({ calls, messages: PROMPT }, signal),
      resume: (state) => {
        const { calls, messages } = JSON.parse(state) as Saved;
        return turn({ calls, messages: withYes(messages) as ModelMessage[] });
      },
    };
  };

adapterConformance('generateText of the AI SDK 7', makeHost(false, false));
adapterConformance('streamText of the AI SDK 7, pausing', makeHost(true, true));
