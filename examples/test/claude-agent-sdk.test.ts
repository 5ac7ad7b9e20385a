import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createSdkMcpServer,
  query,
  tool,
  type CanUseTool,
  type HookCallbackMatcher,
  type HookJSONOutput,
  type Options,
  type PreToolUseHookInput,
  type SDKUserMessage,
} from '@anthropic-ai/claude-agent-sdk';
import { createClient } from '@countersign/sdk';
import { guardCanUseTool, guardHooks, type ClaudeGuards } from '@countersign/sdk/claude-agent-sdk';
import { expect, test, vi } from 'vitest';
import { adapterConformance, type Host, type MakeHost, type Scripted } from './conformance.ts';
import { openGateway } from '../../sdk/test/gateway.ts';
import { openFakeAnthropic, type Naming } from './fake-anthropic.ts';
import { toolsOf, type Tool } from './tools.ts';
import { openWorld } from './world.ts';

const nameOf = (name: string): string => `mcp__db__${name}`;
const guardsOf = (tools: readonly Tool[]): ClaudeGuards => ({
  ...Object.fromEntries(
    tools.map(({ name, guard, schema: parameters }) => [nameOf(name), { ...guard, parameters }]),
  ),
  Agent: 'unguarded',
});

/** The hooks called as the host calls them, in this process: what the real one is too slow to do this often. */
const makeHooked: MakeHost = ({ client, tools, run }) => {
  const guards = guardsOf(tools);
  const hooks: Options['hooks'] = guardHooks(client, guards);
  const fire = async (event: keyof typeof hooks, more: object, signal: AbortSignal) => {
    const base = { session_id: run, transcript_path: '', cwd: '', hook_event_name: event };
    const [matcher] = hooks[event] ?? [];
    const [hook] = (matcher as HookCallbackMatcher).hooks;
    const input = { ...base, ...more } as PreToolUseHookInput;
    const said = (await hook?.(input, input.tool_use_id, { signal })) ?? {};
    return (said as { hookSpecificOutput?: Record<string, unknown> }).hookSpecificOutput ?? {};
  };
  const start: Host['start'] = async (calls, { signal, through } = {}) => {
    const stop = signal ?? new AbortController().signal;
    const agent = through === undefined ? {} : { agent_id: 'a1', agent_type: 'inner' };
    const answer = async ({ id, tool: name, input }: Scripted) => {
      const about = { ...agent, tool_use_id: id, tool_name: nameOf(name), tool_input: input };
      const before = await fire('PreToolUse', about, stop);
      if (before['permissionDecision'] !== 'allow') return before['permissionDecisionReason'];
      const called = tools.find((one) => one.name === name);
      try {
        const result = called?.run(called.schema.parse(before['updatedInput']));
        await fire('PostToolUse', { ...about, tool_response: result }, stop);
        return result;
      } catch (error) {
        const after = await fire('PostToolUseFailure', { ...about, error: String(error) }, stop);
        return `${String(error)}\n${String(after['additionalContext'])}`;
      }
    };
    const answers = await Promise.all(
      calls.map(async (call) => [call.id, String(await answer(call))] as const),
    );
    return { answers: Object.fromEntries(answers), state: JSON.stringify({ calls, through }) };
  };
  const resume: Host['resume'] = (state) => {
    const { calls, ...how } = JSON.parse(state) as { calls: Scripted[]; through?: 'subagent' };
    return start(calls, how);
  };
  return { start, resume };
};

adapterConformance('hooks of the Claude Agent SDK', makeHooked, { nested: true });

const call = (id: string, to: string): Scripted => ({
  id,
  tool: 'export_table',
  input: { table: ' customers ', columns: ['id'], destination: to },
});
const naming: Naming = {
  nameOf,
  subagent: (prompt) => ({
    name: 'Agent',
    input: { description: 'does it', prompt, subagent_type: 'inner' },
  }),
};

// one session for all three: its process takes longer than everything else here
test('R3 D3 A21: Claude Code itself, its model on loopback, runs what was released and nothing else', async () => {
  const home = mkdtempSync(join(tmpdir(), 'countersign-claude-'));
  const [world, fake] = await Promise.all([openWorld(), openFakeAnthropic(naming)]);
  const { tools, ran, asked } = toolsOf(world, { people: (n) => (n === 2 ? 'approve' : 'deny') });
  const hooks = guardHooks(world.client(), guardsOf(tools));
  const told = (id: string) => vi.waitUntil(() => fake.answers[id], { timeout: 20_000 });
  async function* prompts() {
    yield say({ calls: [call('c1', 'one.csv'), call('c2', 'two.csv')] });
    await Promise.all(['c1', 'c2'].map(told));
    yield say({ calls: [call('c3', 'sub.csv')], through: 'subagent' });
    await told('c3');
    yield say({ calls: [call('c4', 'broken.csv')] });
    await told('c4');
  }
  for (const matcher of hooks.PreToolUse) {
    const [guard = broken] = matcher.hooks;
    matcher.hooks = [
      (...asking) => (fake.answers['c3'] === undefined ? guard(...asking) : broken()),
    ];
  }
  const db = createSdkMcpServer({
    name: 'db',
    tools: tools.map(({ name, description, schema, run }) =>
      tool(name, description, schema.shape, async (input) => ({
        content: [{ type: 'text', text: run(input) }],
      })),
    ),
  });
  const names = tools.map(({ name }) => nameOf(name));
  const inner = { description: 'does it', prompt: 'do', tools: names };
  const messages = query({
    prompt: prompts(),
    options: {
      cwd: home,
      model: 'claude-fake',
      mcpServers: { db },
      tools: ['Agent'],
      // an allow rule, after which the host asks nobody else
      allowedTools: names,
      settingSources: [],
      agents: { inner },
      hooks,
      env: {
        PATH: process.env['PATH'],
        HOME: home,
        ANTHROPIC_BASE_URL: fake.url,
        ANTHROPIC_API_KEY: 'none',
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
        DISABLE_AUTOUPDATER: '1',
      },
    },
  });
  for await (const message of messages)
    if (message.type === 'result') expect(message.subtype).toBe('success');

  expect(ran).toEqual([expect.objectContaining({ table: 'customers', format: 'csv' })]);
  const exported = [fake.answers['c1'] ?? '', fake.answers['c2'] ?? ''].toSorted();
  expect(exported[0]).toContain('"outcome":"denied"');
  expect(exported[1]).toContain('done sql.export customers');
  expect(fake.answers['c3']).toContain('"outcome":"denied"');
  expect(fake.answers['c4']).toMatch(/hook/i);
  const states = [...asked.values()].map(async ({ id }) => (await world.client().status(id)).state);
  expect((await Promise.all(states)).toSorted()).toEqual(['denied', 'denied', 'executed']);
  await Promise.all([world.stop(), fake.stop()]);
  rmSync(home, { recursive: true, force: true });
});

const broken = () => Promise.reject(new Error('broken'));
const say = (script: object): SDKUserMessage => ({
  type: 'user',
  parent_tool_use_id: null,
  message: { role: 'user', content: JSON.stringify(script) },
});

test('R2: a tool that nobody set a guard for does not run', async () => {
  const { PreToolUse } = guardHooks({} as never, { Bash: 'unguarded' });
  const input = { hook_event_name: 'PreToolUse', session_id: 's', tool_use_id: 'c' };
  const ask = (name: string): Promise<HookJSONOutput> | undefined =>
    PreToolUse[0]?.hooks[0]?.({ ...input, tool_name: name }, 'c', { signal: AbortSignal.any([]) });
  expect(await ask('Bash')).toEqual({});
  for (const name of ['Write', 'constructor', '__proto__', ''])
    expect(await ask(name)).toMatchObject({ hookSpecificOutput: { permissionDecision: 'deny' } });
});

test('R5: who started the session is what the application says, not lost to the host’s', async () => {
  const gateway = await openGateway();
  const client = createClient({ url: gateway.url, token: 'csk_test' });
  const guard = { type: 'math.it', resource: 'Thing::one' };
  const session = { id: 's1', startedBy: 'mona' };
  const hooks = guardHooks(client, { Plain: guard, Ours: { ...guard, session } });
  const about = {
    hook_event_name: 'PreToolUse',
    session_id: 'theirs',
    agent_id: 'a1',
    tool_input: {},
  };
  for (const tool_name of ['Plain', 'Ours'])
    await hooks.PreToolUse[0]?.hooks[0]?.(
      { ...about, tool_name, tool_use_id: tool_name },
      undefined,
      {
        signal: AbortSignal.any([]),
      },
    );
  const proposals = [...gateway.actions.values()].map(({ proposal }) => proposal);
  expect(proposals).toMatchObject([
    { session: { id: 'theirs' }, claim: 'made by a subagent (a1)' },
    { session },
  ]);
  await gateway.stop();
});

test('R2: the prompt opens no guarded tool, and no other for later', async () => {
  const rule = { type: 'setMode', mode: 'bypassPermissions', destination: 'session' } as const;
  const yes: CanUseTool = async (_, updatedInput) => ({
    behavior: 'allow',
    updatedInput,
    updatedPermissions: [rule],
  });
  const canUseTool: CanUseTool = guardCanUseTool({ Bash: 'unguarded' }, yes);
  const options = { signal: AbortSignal.any([]), toolUseID: 'c', requestId: 'r' };
  expect(await canUseTool('Write', {}, options)).toMatchObject({ behavior: 'deny' });
  expect(await canUseTool('Bash', { a: 1 }, options)).toEqual({
    behavior: 'allow',
    updatedInput: { a: 1 },
  });
});
