import { deserialize, serialize } from 'node:v8';
import { createClient, type Client } from '@countersign/sdk';
import { guardTool, guardTools, type GuardsByName } from '@countersign/sdk/mastra';
import { Mastra } from '@mastra/core';
import { Agent } from '@mastra/core/agent';
import type { MastraModelConfig } from '@mastra/core/llm';
import { InMemoryStore } from '@mastra/core/storage';
import { createTool } from '@mastra/core/tools';
import { MockLanguageModelV4 } from 'ai/test';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { openGateway, type TestGateway } from '../../sdk/test/gateway.ts';
import { scriptOf, type Written } from './ai-sdk-host.ts';
import { adapterConformance, type MakeHost, type Scripted, type Turn } from './conformance.ts';

type Saved = { runId: string; waiting: string[]; workflows: unknown; calls: readonly Scripted[] };

/** The runs of a store: what another process finds in the database. */
const runsOf = (store: InMemoryStore): Map<string, unknown> =>
  (store.stores.workflows as unknown as { db: { workflows: Map<string, unknown> } }).db.workflows;

const processOf = (calls: readonly Written[], given: object, store = new InMemoryStore()) => {
  const { told, ...script } = scriptOf(calls);
  const model = new MockLanguageModelV4(script) as unknown as MastraModelConfig;
  const agent = new Agent({ id: 'a', name: 'a', instructions: 'go', model, tools: { ...given } });
  const mastra = new Mastra({ storage: store, logger: false, agents: { a: agent } });
  return { agent: mastra.getAgent('a'), store, told };
};
type Process = ReturnType<typeof processOf>;
type Answer = Awaited<ReturnType<Agent['generate']>>;

const turnOf = ({ store, told }: Process, answer: Answer, calls: readonly Scripted[]): Turn => {
  const { runId = '', suspendPayload } = answer as Answer & {
    suspendPayload?: { toolCallId: string };
  };
  const waiting = suspendPayload === undefined ? [] : [suspendPayload.toolCallId];
  const saved: Saved = { runId, waiting, workflows: runsOf(store), calls };
  return { answers: told(), state: serialize(saved).toString('base64') };
};

const makeHost: MakeHost = ({ client, tools: plain, run }) => {
  const guards: GuardsByName = (name) => {
    const guard = plain.find((one) => one.name === name)?.guard;
    return guard && { waitMs: 20_000, ...guard };
  };
  const made = plain.map(({ name, description, schema, run: tool }) => [
    name,
    createTool({
      id: name,
      description,
      inputSchema: schema,
      execute: (input) => Promise.resolve(tool(input)),
    }),
  ]);
  const tools = guardTools(client, Object.fromEntries(made) as object, {
    run,
    guards,
    pauses: true,
  });
  const turn = async (calls: readonly Scripted[], signal?: AbortSignal): Promise<Turn> => {
    const started = processOf(calls, tools);
    const about = { maxSteps: 3, ...(signal ? { abortSignal: signal } : {}) };
    return turnOf(started, await started.agent.generate('go', about), calls);
  };
  const inSubagent = async (calls: readonly Scripted[]): Promise<Turn> => {
    let answers = {};
    const delegate = createTool({
      id: 'delegate',
      description: 'asks another agent',
      inputSchema: z.object({}),
      execute: async () => {
        ({ answers } = await turn(calls));
        return 'delegated';
      },
    });
    const outer = processOf([{ id: 'd1', tool: 'delegate', input: {} }], { delegate });
    await outer.agent.generate('go', { maxSteps: 3 });
    return { answers, state: '' };
  };
  return {
    start: (calls, { signal, through } = {}) => (through ? inSubagent(calls) : turn(calls, signal)),
    resume: async (state) => {
      const { runId, waiting, workflows, calls } = deserialize(
        Buffer.from(state, 'base64'),
      ) as Saved;
      const store = new InMemoryStore();
      for (const [key, value] of workflows as Map<string, unknown>) runsOf(store).set(key, value);
      const gone = processOf(calls, tools, store);
      const [toolCallId] = waiting;
      if (toolCallId === undefined) return turn(calls);
      // what it is resumed with is not an answer
      const answer = await gone.agent.resumeGenerate(
        { approved: true, by: 'me' },
        { runId, toolCallId },
      );
      return turnOf(gone, answer, calls);
    },
  };
};

adapterConformance('an agent of Mastra', makeHost);

const agentOf = (tool: unknown, input: object) => {
  const { told, ...script } = scriptOf([{ id: 'c1', tool: 'erase', input }]);
  const model = new MockLanguageModelV4(script) as unknown as MastraModelConfig;
  const agent = new Agent({
    id: 'a',
    name: 'a',
    instructions: 'go',
    model,
    tools: { erase: tool } as never,
  });
  const mastra = new Mastra({ storage: new InMemoryStore(), logger: false, agents: { a: agent } });
  return { agent: mastra.getAgent('a'), told };
};

const idOf = (answer: { runId?: string | undefined }) => ({
  runId: answer.runId ?? '',
  toolCallId: 'c1',
});

describe('suspended runs', () => {
  let gateway: TestGateway;
  let client: Client;
  beforeAll(async () => {
    gateway = await openGateway();
    client = createClient({ url: gateway.url, token: 'csk_test' });
  });
  afterAll(() => gateway.stop());

  const inputSchema = z.object({ table: z.string().trim(), mode: z.string().default('soft') });
  const erase = (more: object = {}) => {
    const ran: unknown[] = [];
    const execute = async (input: z.infer<typeof inputSchema>) => ({ erased: ran.push(input) });
    return {
      ran,
      tool: createTool({ id: 'erase', description: 'x', inputSchema, execute, ...more }),
    };
  };
  const guard = { type: 'ask.erase', resource: 'Database::crm', pauses: true } as const;

  test('A5: the request is in what the run waits for, and what resumes it is nobody’s yes', async () => {
    const { ran, tool } = erase();
    const { agent, told } = agentOf(guardTool(client, tool, guard), { table: ' t ' });
    const paused = await agent.generate('go', { maxSteps: 2 });
    const waits = { approvalId: 'apr_1', actionId: 'act_1', digest: 'sha256:00' };
    expect(paused).toMatchObject({ suspendPayload: { suspendPayload: waits } });
    const again = await agent.resumeGenerate({ approved: true }, idOf(paused));
    expect(again).toMatchObject({ suspendPayload: { suspendPayload: waits } });
    expect([ran, gateway.actions.size]).toEqual([[], 1]);
    gateway.decide('act_1', 'approved');
    await agent.resumeGenerate({}, idOf(paused));
    expect(ran).toEqual([{ table: 't', mode: 'soft' }]);
    expect(told()['c1']).toBe('{"erased":1}');
  });

  test('R3: data to resume with, written by the model, does not spare its arguments the schema', async () => {
    const { ran, tool } = erase();
    const input = { table: 7, resumeData: { approved: true } };
    const { agent, told } = agentOf(guardTool(client, tool, guard), input);
    await agent.generate('go', { maxSteps: 2 });
    expect(told()['c1']).toMatch(/NOT EXECUTED: argument `\$` does not fit/);
    expect([ran, gateway.actions.size]).toEqual([[], 1]);
  });

  test('a yes to `requireApproval` runs nothing that the gateway denies, a no asks it nothing', async () => {
    const { ran, tool } = erase({ requireApproval: true });
    const never = { type: 'no.erase', resource: 'Database::crm' };
    const { agent, told } = agentOf(guardTool(client, tool, never), { table: 't' });
    const declined = await agent.generate('go', { maxSteps: 2 });
    await agent.declineToolCallGenerate(idOf(declined));
    expect(gateway.actions.size).toBe(1);
    const approved = await agent.generate('go', { maxSteps: 2 });
    await agent.approveToolCallGenerate(idOf(approved));
    expect(told()['c1']).toContain('NOT EXECUTED');
    expect([ran, gateway.actions.size]).toEqual([[], 2]);
  });

  test('R3: arguments that the host would change a second time are refused', async () => {
    const twice = z.object({ table: z.string().transform((text) => `${text}!`) });
    const { ran, tool } = erase({ inputSchema: twice });
    const { agent, told } = agentOf(guardTool(client, tool, guard), { table: 't' });
    await agent.generate('go', { maxSteps: 2 });
    expect([ran, told()['c1']]).toEqual([[], expect.stringContaining('changes each time')]);
  });

  test('what `createTool` takes can be guarded as well, and a workflow names its run', async () => {
    const ran: unknown[] = [];
    const execute = async (input: z.infer<typeof inputSchema>) => ran.push(input);
    const allowed = { type: 'math.erase', resource: 'Database::crm' };
    const about = { id: 'erase', description: 'x', inputSchema, execute };
    const tool = createTool(guardTool(client, about, allowed));
    const context = {
      workflow: { runId: 'w1', workflowId: 'w', state: {}, setState: () => undefined },
    };
    const call = () => tool.execute?.({ table: ' t ', mode: 'soft' }, context as never);
    await call();
    await expect(call()).rejects.toThrow(/ran before/);
    expect(ran).toEqual([{ table: 't', mode: 'soft' }]);
  });

  test.each([
    ['no `execute`', { execute: undefined }],
    ['suspends itself', { resumeSchema: z.object({}) }],
  ])('R2: a tool that %s is refused', (why, more) => {
    const about = { id: 'erase', description: 'x', execute: () => Promise.resolve(1), ...more };
    expect(() => guardTool(client, about as never, guard)).toThrow(why);
  });
});
