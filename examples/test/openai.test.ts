import { guardFunction, guardTool, runToolCalls } from '@countersign/sdk/openai';
import OpenAI from 'openai';
import { zodFunction } from 'openai/helpers/zod';
import { z } from 'zod';
import { adapterConformance, type Host, type MakeHost } from './conformance.ts';
import { openFakeOpenAI, type Script } from './fake-openai.ts';
import type { Tool } from './tools.ts';

type Parts = Parameters<MakeHost>[0];
type Loop = (
  openai: OpenAI,
  parts: Parts,
  script: Script,
  signal?: AbortSignal,
) => Promise<unknown>;

/** A host around a loop: what another process needs is the script, as the conversation is in it. */
const makeHost =
  (loop: Loop): MakeHost =>
  async (parts) => {
    const fake = await openFakeOpenAI();
    const openai = new OpenAI({ apiKey: 'none', baseURL: fake.url, maxRetries: 0 });
    const start: Host['start'] = async (calls, { signal, through } = {}) => {
      const script = through === undefined ? { calls } : { calls, through };
      await loop(openai, parts, script, signal);
      return { answers: fake.answers, state: JSON.stringify(script) };
    };
    const resume: Host['resume'] = (state) => {
      const { calls, ...how } = scriptOf(state);
      return start(calls, how);
    };
    return { start, resume, stop: fake.stop };
  };

const functionsOf = ({ client, tools }: Parts) =>
  Object.fromEntries(
    tools.map(({ name, schema: parameters, run: execute, guard }) => [
      name,
      guardFunction(client, { parameters, execute, guard }),
    ]),
  );
const jsonSchema = (tool: Tool) => z.toJSONSchema(tool.schema, { io: 'input' });
const scriptOf = (input: string): Script => JSON.parse(input) as Script;

const responses: Loop = async (openai, parts, script, signal) => {
  const { run } = parts;
  const functions = {
    ...functionsOf(parts),
    // a subagent is a loop of its own with the same functions
    ...(script.through === undefined ? {} : { subagent: subagentOf(responses, openai, parts) }),
  };
  const tools = [
    ...parts.tools.map((tool) => ({ name: tool.name, parameters: jsonSchema(tool) })),
    SUBAGENT,
  ].map((tool) => ({ type: 'function' as const, strict: false, ...tool }));
  const input: OpenAI.Responses.ResponseInput = [{ role: 'user', content: JSON.stringify(script) }];
  for (;;) {
    const { output } = await openai.responses.create({ model: 'fake', input, tools });
    const calls = output.filter((item) => item.type === 'function_call');
    if (calls.length === 0) return;
    input.push(...calls, ...(await runToolCalls(calls, functions, { run, ...about(signal) })));
  }
};

const chat: Loop = async (openai, parts, script, signal) => {
  const { run } = parts;
  const functions = { ...functionsOf(parts), subagent: subagentOf(chat, openai, parts) };
  const tools = [
    ...parts.tools.map((tool) => ({ name: tool.name, parameters: jsonSchema(tool) })),
    SUBAGENT,
  ].map((definition) => ({ type: 'function' as const, function: definition }));
  const messages: OpenAI.ChatCompletionMessageParam[] = [
    { role: 'user', content: JSON.stringify(script) },
  ];
  for (;;) {
    const { choices } = await openai.chat.completions.create({ model: 'fake', messages, tools });
    const [message] = choices.map((choice) => choice.message);
    if (message?.tool_calls === undefined) return;
    messages.push(
      message,
      ...(await runToolCalls(message.tool_calls, functions, { run, ...about(signal) })),
    );
  }
};

const SUBAGENT = {
  name: 'subagent',
  parameters: { type: 'object' as const, properties: { input: { type: 'string' as const } } },
};
const about = (signal: AbortSignal | undefined) => (signal === undefined ? {} : { signal });
const subagentOf =
  (loop: Loop, openai: OpenAI, parts: Parts) =>
  async (raw: unknown): Promise<{ text: string; isError: boolean }> => {
    const { input } = JSON.parse(String(raw)) as { input: string };
    await loop(openai, parts, scriptOf(input));
    return { text: 'done', isError: false };
  };

/** The SDK's own loop, with tools as `zodFunction` makes them. */
const runTools: Loop = async (openai, parts, script, signal) => {
  const { client, run } = parts;
  const tools = parts.tools.map(({ name, description, schema: parameters, run: body, guard }) =>
    guardTool(client, zodFunction({ name, description, parameters, function: body }), {
      ...guard,
      run,
    }),
  );
  const subagent = {
    type: 'function' as const,
    function: {
      ...SUBAGENT,
      description: 'does it',
      function: async (raw: string) => {
        await runTools(openai, parts, scriptOf((JSON.parse(raw) as { input: string }).input));
        return 'done';
      },
    },
  };
  const runner = openai.chat.completions.runTools(
    {
      model: 'fake',
      messages: [{ role: 'user', content: JSON.stringify(script) }],
      tools: [...tools, subagent],
    },
    about(signal),
  );
  await runner.done();
};

adapterConformance('OpenAI responses', makeHost(responses), { nested: true });
adapterConformance('OpenAI chat completions', makeHost(chat), { nested: true });
adapterConformance('OpenAI runTools', makeHost(runTools), { nested: true });
