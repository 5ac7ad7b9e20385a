import Anthropic from '@anthropic-ai/sdk';
import { betaZodTool } from '@anthropic-ai/sdk/helpers/beta/zod';
import { guardFunction, guardTool, runToolUses } from '@countersign/sdk/anthropic';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { adapterConformance, type Host, type MakeHost } from './conformance.ts';
import { openFakeAnthropic, type Script } from './fake-anthropic.ts';

type Parts = Parameters<MakeHost>[0];
type Loop = (to: Anthropic, parts: Parts, script: Script, signal?: AbortSignal) => Promise<unknown>;

const MODEL = { model: 'claude-fake', max_tokens: 1000 };

/** A host around a loop: what another process needs is the script, as the conversation is in it. */
const makeHost =
  (loop: Loop): MakeHost =>
  async (parts) => {
    const fake = await openFakeAnthropic();
    const anthropic = new Anthropic({ apiKey: 'none', baseURL: fake.url, maxRetries: 0 });
    const start: Host['start'] = async (calls, { signal, through } = {}) => {
      const script = through === undefined ? { calls } : { calls, through };
      await loop(anthropic, parts, script, signal);
      return { answers: fake.answers, state: JSON.stringify(script) };
    };
    const resume: Host['resume'] = (state) => {
      const { calls, ...how } = JSON.parse(state) as Script;
      return start(calls, how);
    };
    return { start, resume, stop: fake.stop };
  };

/** The SDK's own loop, with tools as `betaZodTool` makes them; `eager`: they start while the reply streams. */
const toolRunner =
  (eager: boolean): Loop =>
  async (anthropic, parts, script, signal) => {
    const { client, run } = parts;
    const tools = parts.tools.map(({ name, description, schema: inputSchema, run: body, guard }) =>
      guardTool(client, betaZodTool({ name, description, inputSchema, run: body }), {
        ...guard,
        run,
      }),
    );
    const subagent = betaZodTool({
      name: 'subagent',
      description: 'does it',
      inputSchema: z.object({ input: z.string() }),
      run: async ({ input }) => {
        await toolRunner(eager)(anthropic, parts, JSON.parse(input) as Script);
        return 'done';
      },
    });
    const runner = anthropic.beta.messages.toolRunner(
      {
        ...MODEL,
        tools: [...tools, subagent],
        messages: [{ role: 'user', content: JSON.stringify(script) }],
        ...(eager ? { stream: true, runToolsEagerly: true } : {}),
      },
      signal === undefined ? {} : { signal },
    );
    await runner.runUntilDone();
  };

/** A loop of one's own over the plain Messages API. */
const blocks: Loop = async (anthropic, parts, script, signal) => {
  const { client, run } = parts;
  const functions = Object.fromEntries(
    parts.tools.map(({ name, schema: parameters, run: execute, guard }) => [
      name,
      guardFunction(client, { parameters, execute, guard }),
    ]),
  );
  const subagent = async (raw: unknown) => {
    await blocks(anthropic, parts, JSON.parse((raw as { input: string }).input) as Script);
    return { text: 'done', isError: false };
  };
  const tools: Anthropic.Tool[] = [
    ...parts.tools.map(({ name, schema }) => ({ name, schema: z.toJSONSchema(schema) })),
    { name: 'subagent', schema: { properties: { input: { type: 'string' } } } },
  ].map(({ name, schema }) => ({ name, input_schema: { ...schema, type: 'object' } }));
  const messages: Anthropic.MessageParam[] = [{ role: 'user', content: JSON.stringify(script) }];
  for (;;) {
    const { content, stop_reason } = await anthropic.messages.create({ ...MODEL, tools, messages });
    if (stop_reason !== 'tool_use') return;
    const about = signal === undefined ? { run } : { run, signal };
    const results = await runToolUses(content, { ...functions, subagent }, about);
    messages.push({ role: 'assistant', content }, { role: 'user', content: results });
  }
};

adapterConformance('Anthropic tool runner', makeHost(toolRunner(false)), { nested: true });
adapterConformance('Anthropic eager tool runner', makeHost(toolRunner(true)), { nested: true });
adapterConformance('Anthropic messages', makeHost(blocks), { nested: true });

test('R2: a tool that only the provider runs is refused, not left unguarded', () => {
  const search = { type: 'web_search_20250305', name: 'web_search' };
  const guard = { type: 'http.request', resource: 'Host::web', run: 'r' };
  expect(() => guardTool({} as never, search as never, guard)).toThrow(/provider/);
});
