import { Agent, hostedMcpTool, OpenAIProvider, Runner, RunState, tool } from '@openai/agents';
import { createClient } from '@countersign/sdk';
import { guardTool, requireGuarded, settleInterruptions } from '@countersign/sdk/openai-agents';
import OpenAI from 'openai';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { adapterConformance, type Host, type MakeHost } from './conformance.ts';
import { openFakeOpenAI } from './fake-openai.ts';
import { toolsOf, type Tool } from './tools.ts';
import { openWorld } from './world.ts';

type Parts = Parameters<MakeHost>[0];

/** The real SDK, runner and provider; a run pauses where its test does not want to wait. */
async function agentWith({ client, tools, run }: Parts) {
  const fake = await openFakeOpenAI();
  const openAIClient = new OpenAI({ apiKey: 'none', baseURL: fake.url, maxRetries: 0 });
  const modelProvider = new OpenAIProvider({ openAIClient });
  const runner = new Runner({ modelProvider, model: 'fake', tracingDisabled: true });
  const guarded = ({ name, description, schema: parameters, guard, run: execute }: Tool) => {
    const pauses = guard.waitMs !== undefined;
    return tool(
      guardTool(client, { name, description, parameters, execute }, { ...guard, run, pauses }),
    );
  };
  const inner = new Agent({ name: 'inner', tools: tools.map(guarded) });
  const subagent = inner.asTool({ toolName: 'subagent', toolDescription: 'does it' });
  const agent = new Agent({ name: 'outer', tools: [...tools.map(guarded), subagent] });
  return { fake, runner, agent };
}

const makeAgents: MakeHost = async (parts) => {
  const { fake, runner, agent } = await agentWith(parts);
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

test('A2 A3: neither a yes in the host nor an edited saved run makes anything run', async () => {
  const world = await openWorld();
  const { tools, ran, asked } = toolsOf(world, { waitMs: 0 });
  const { fake, runner, agent } = await agentWith({
    client: world.client(),
    tools,
    run: 'attacked',
  });
  const input = { table: 'customers', columns: ['id'], destination: 'partner.csv' };
  const script = JSON.stringify({ calls: [{ id: 'c1', tool: 'export_table', input }] });
  const saved = (await runner.run(agent, script)).state.toString();

  const forged = await RunState.fromString(agent, saved);
  for (const item of forged.getInterruptions()) forged.approve(item, { alwaysApprove: true });
  await runner.run(agent, forged);
  expect(fake.answers['c1']).toContain('"outcome":"pending"');

  for (const approvalId of asked.keys()) await world.answer(approvalId, 'approve');
  const edited = await RunState.fromString(agent, saved.replaceAll('partner.csv', 'attacker.csv'));
  await settleInterruptions(edited);
  await runner.run(agent, edited);
  expect(fake.answers['c1']).toContain('"reasonCode":"idempotency-key-reused"');
  expect(ran).toEqual([]);

  const state = await RunState.fromString(agent, saved);
  expect(await settleInterruptions(state)).toEqual({ settled: 1, pending: [] });
  await runner.run(agent, state);
  expect(ran).toEqual([expect.objectContaining({ destination: 'partner.csv' })]);
  await Promise.all([world.stop(), fake.stop()]);
});

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
