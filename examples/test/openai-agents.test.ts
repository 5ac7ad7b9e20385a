import { Agent, hostedMcpTool, OpenAIProvider, Runner, RunState, tool } from '@openai/agents';
import { createClient } from '@countersign/sdk';
import { guardTool, requireGuarded, settleInterruptions } from '@countersign/sdk/openai-agents';
import OpenAI from 'openai';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { adapterConformance, type Host, type MakeHost } from './conformance.ts';
import { openFakeOpenAI } from './fake-openai.ts';
import type { Tool } from './tools.ts';

/** The real SDK, runner and provider; a run pauses where its test does not want to wait. */
const makeAgents: MakeHost = async ({ client, tools, run }) => {
  const fake = await openFakeOpenAI();
  const openai = new OpenAI({ apiKey: 'none', baseURL: fake.url, maxRetries: 0 });
  const runner = new Runner({
    modelProvider: new OpenAIProvider({ openAIClient: openai }),
    model: 'fake',
    tracingDisabled: true,
  });
  const guarded = ({ name, description, schema: parameters, guard, run: execute }: Tool) => {
    const pauses = guard.waitMs !== undefined;
    return tool(
      guardTool(client, { name, description, parameters, execute }, { ...guard, run, pauses }),
    );
  };
  const inner = new Agent({ name: 'inner', tools: tools.map(guarded) });
  const subagent = inner.asTool({
    toolName: 'subagent',
    toolDescription: 'does it',
    runner,
  } as never);
  const agent = new Agent({ name: 'outer', tools: [...tools.map(guarded), subagent] });
  const start: Host['start'] = async (calls, { signal, through } = {}) => {
    const script = JSON.stringify({ calls, through });
    const { state } = await runner.run(agent, script, signal === undefined ? {} : { signal });
    return { answers: fake.answers, state: state.toString() };
  };
  const resume: Host['resume'] = async (text) => {
    const state = await RunState.fromString(agent, text);
    expect(state.getInterruptions()).not.toEqual([]);
    const { pending } = await settleInterruptions(state);
    expect(pending).toEqual([]);
    const result = await runner.run(agent, state);
    return { answers: fake.answers, state: result.state.toString() };
  };
  return { start, resume, stop: fake.stop };
};

adapterConformance('OpenAI Agents', makeAgents, { nested: true });

const OPTIONS = {
  name: 'erase',
  description: 'erases it',
  parameters: z.object({ table: z.string() }),
  execute: ({ table }: { table: string }) => table,
};
const GUARD = { type: 'sql.ddl', resource: 'Database::crm', run: 'r' };
const client = createClient({ url: 'http://127.0.0.1:1', token: 'csk_none' });

test.each([
  [
    'a hosted tool',
    hostedMcpTool({ serverLabel: 'x', serverUrl: 'https://x.example' }),
    /provider/,
  ],
  ['a tool that is made already', tool(OPTIONS), /what `tool\(\)` takes/],
  ['a tool with an approval of its own', { ...OPTIONS, needsApproval: true }, /policy/],
])('R2: %s is refused, not left unguarded', (_, options, why) => {
  expect(() => guardTool(client, options as typeof OPTIONS, GUARD)).toThrow(why);
});

test('R2: an agent with a tool that nobody guards is refused, wherever the tool is', () => {
  const safe = tool(guardTool(client, OPTIONS, GUARD));
  const clock = tool({ ...OPTIONS, name: 'clock' });
  const inner = new Agent({ name: 'inner', tools: [safe, clock] });
  const outer = new Agent({ name: 'outer', tools: [safe], handoffs: [inner] });
  expect(() => requireGuarded(outer)).toThrow('tools of `inner` without a guard: `clock`');
  requireGuarded(outer, { except: ['clock'] });
  const hosted = hostedMcpTool({ serverLabel: 'x', serverUrl: 'https://x.example' });
  expect(() => requireGuarded(new Agent({ name: 'a', tools: [hosted] }))).toThrow(/hosted_mcp/);
});
