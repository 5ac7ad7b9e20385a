import { deserialize, serialize } from 'node:v8';
import { createClient, type Client } from '@countersign/sdk';
import {
  countersignMiddleware,
  guardTool,
  guardTools,
  type GuardsByName,
} from '@countersign/sdk/langchain';
import { Command, MemorySaver, MessagesAnnotation, StateGraph } from '@langchain/langgraph';
import { ToolNode } from '@langchain/langgraph/prebuilt';
import { AIMessage, createAgent, FakeToolCallingModel, tool, type BaseMessage } from 'langchain';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { openGateway, type TestGateway } from '../../sdk/test/gateway.ts';
import {
  adapterConformance,
  type Host,
  type MakeHost,
  type Scripted,
  type Turn,
} from './conformance.ts';

type Written = Pick<Scripted, 'id' | 'input'> & { readonly tool: string };
type Config = { configurable: { thread_id: string }; signal?: AbortSignal };
type Graph = {
  readonly invoke: (input: unknown, config: Config) => Promise<{ messages: BaseMessage[] }>;
};
/** Compiles a graph around a model that makes these calls first. */
type MakeGraph = (
  calls: readonly Written[],
  saver: MemorySaver,
  parts: Parameters<MakeHost>[0],
) => Graph;

const modelFor = (calls: readonly Written[]) =>
  new FakeToolCallingModel({
    toolCalls: [
      calls.map(({ id, tool: name, input }) => ({
        id,
        name,
        args: { ...input },
        type: 'tool_call',
      })),
      [],
    ],
  });
const toolsOf = ({ tools }: Parameters<MakeHost>[0]) =>
  tools.map(({ name, description, schema, run }) => tool(run, { name, description, schema }));
const answersIn = (messages: readonly BaseMessage[]): Turn['answers'] =>
  Object.fromEntries(
    messages.flatMap((message) =>
      message.type === 'tool'
        ? [[(message as { tool_call_id?: string }).tool_call_id, message.text]]
        : [],
    ),
  );
const GO = { messages: [{ role: 'user', content: 'go' }] };

const hostOf =
  (makeGraph: MakeGraph): MakeHost =>
  (parts) => {
    const turn = async (saver: MemorySaver, graph: Graph, input: unknown, signal?: AbortSignal) => {
      const config = { configurable: { thread_id: parts.run }, ...(signal ? { signal } : {}) };
      const { messages } = await graph.invoke(input, config);
      const state = serialize([saver.storage, saver.writes]).toString('base64');
      return { answers: answersIn(messages), state };
    };
    const inSubagent = async (calls: readonly Scripted[]): Promise<Turn> => {
      let answers = {};
      const delegate = tool(
        async () => {
          const saver = new MemorySaver();
          ({ answers } = await turn(saver, makeGraph(calls, saver, parts), GO));
          return 'delegated';
        },
        { name: 'delegate', description: 'asks another agent', schema: z.object({}) },
      );
      const model = modelFor([{ id: 'd1', tool: 'delegate', input: {} }]);
      await createAgent({ model, tools: [delegate] }).invoke(GO);
      return { answers, state: '' };
    };
    const start: Host['start'] = (calls, { signal, through } = {}) => {
      if (through) return inSubagent(calls);
      const saver = new MemorySaver();
      return turn(saver, makeGraph(calls, saver, parts), GO, signal);
    };
    const resume: Host['resume'] = (state) => {
      const saver = new MemorySaver();
      [saver.storage, saver.writes] = deserialize(Buffer.from(state, 'base64')) as [never, never];
      // what it is resumed with is not an answer
      return turn(saver, makeGraph([], saver, parts), new Command({ resume: { approved: true } }));
    };
    return { start, resume };
  };

const guardsOf =
  ({ tools }: Parameters<MakeHost>[0]): GuardsByName =>
  (name) => {
    const guard = tools.find((one) => one.name === name)?.guard;
    return guard && { waitMs: 20_000, ...guard };
  };

adapterConformance(
  'createAgent of LangChain',
  hostOf((calls, checkpointer, parts) => {
    const { client } = parts;
    const middleware = [countersignMiddleware(client, { guards: guardsOf(parts) })];
    return createAgent({
      model: modelFor(calls),
      tools: toolsOf(parts),
      middleware,
      checkpointer,
    }) as never;
  }),
);

adapterConformance(
  'a ToolNode of LangGraph',
  hostOf((calls, checkpointer, parts) => {
    const { client } = parts;
    const tools = guardTools(client, toolsOf(parts), { guards: guardsOf(parts) });
    const model = modelFor(calls);
    return new StateGraph(MessagesAnnotation)
      .addNode('model', async ({ messages }) => ({ messages: await model.invoke(messages) }))
      .addNode('tools', new ToolNode(tools))
      .addEdge('__start__', 'model')
      .addConditionalEdges('model', ({ messages }) =>
        ((messages.at(-1) as { tool_calls?: unknown[] }).tool_calls ?? []).length > 0
          ? 'tools'
          : '__end__',
      )
      .addEdge('tools', '__end__')
      .compile({ checkpointer }) as never;
  }),
);

const erase = () => {
  const ran: unknown[] = [];
  // the schema changes what it is given, and would again
  const schema = z.object({ table: z.string().transform((text) => `${text.trim()}!`) });
  const about = { name: 'erase', description: 'erases', schema };
  return { ran, erase: tool((input) => `erased ${ran.push(input)}`, about) };
};

describe('interrupts', () => {
  let gateway: TestGateway;
  let client: Client;
  beforeAll(async () => {
    gateway = await openGateway();
    client = createClient({ url: gateway.url, token: 'csk_test' });
  });
  afterAll(() => gateway.stop());

  const guards = { erase: { type: 'ask.erase', resource: 'Database::crm' } } as const;
  const agentOf = (given: Parameters<typeof createAgent>[0]['tools'], called = 'erase') => {
    const model = modelFor([{ id: 'c1', tool: called, input: { table: ' t ' } }]);
    const middleware = [countersignMiddleware(client, { guards })];
    const checkpointer = new MemorySaver();
    return createAgent({ model, tools: given ?? [], middleware, checkpointer });
  };

  test('A5: the request is in the interrupt, and a yes in what resumes it is nobody’s', async () => {
    const { ran, erase: plain } = erase();
    const agent = agentOf([plain]);
    const config = { configurable: { thread_id: 't1' } };
    const yes = new Command({ resume: { decisions: [{ type: 'approve' }] } });
    for (const input of [GO, yes, yes]) {
      const paused = await agent.invoke(input as typeof GO, config);
      const value = { approvalId: 'apr_1', actionId: 'act_1', digest: 'sha256:00' };
      expect(paused).toMatchObject({ __interrupt__: [{ value }] });
    }
    expect([ran, gateway.actions.size]).toEqual([[], 1]);
    gateway.decide('act_1', 'approved');
    const { messages } = await agent.invoke(yes as never, config);
    expect(answersIn(messages)).toEqual({ c1: 'erased 1' });
    // R3: what was asked for is what ran, changed by the schema once
    expect(gateway.actions.get('act_1')?.proposal.arguments).toEqual({ table: 't!' });
    expect(ran).toEqual([{ table: 't!' }]);
  });

  test('R10: a no is an error for the model, not a mistake to fix, in a ToolNode too', async () => {
    const { ran, erase: plain } = erase();
    const guarded = guardTool(client, plain, { type: 'no.erase', resource: 'Database::crm' });
    const call = { id: 'c2', name: 'erase', args: { table: 't' }, type: 'tool_call' as const };
    const asked = new AIMessage({ content: '', tool_calls: [call] });
    const { messages } = await new ToolNode([guarded]).invoke({ messages: [asked] });
    expect(messages).toMatchObject([{ status: 'error', tool_call_id: 'c2', name: 'erase' }]);
    expect(messages[0].text).toMatch(/^NOT EXECUTED: /);
    expect(messages[0].text).not.toContain('fix');
    await expect(guarded.invoke({ table: 't' })).resolves.toMatch(/^NOT EXECUTED: /);
    expect(ran).toEqual([]);
  });

  test('R2: a tool that is not named ends the run, one that does not exist is told, neither runs', async () => {
    const { ran, erase: plain } = erase();
    const config = { configurable: { thread_id: 't3' } };
    const other = Object.assign(Object.create(plain) as typeof plain, { name: 'other' });
    await expect(agentOf([other], 'other').invoke(GO, config)).rejects.toThrow(/no guard/);
    const { messages } = await agentOf([plain], 'ghost').invoke(GO, config);
    expect(answersIn(messages)['c1']).toMatch(/^NOT EXECUTED: there is no tool/);
    expect(ran).toEqual([]);
  });

  test('R2: what a provider runs is refused', () => {
    const search = { name: 'web_search', invoke: () => Promise.resolve() };
    expect(() => guardTool(client, search, guards.erase)).toThrow(/not run here/);
  });
});
