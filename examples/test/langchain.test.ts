import { deserialize, serialize } from 'node:v8';
import { countersignMiddleware, guardTools, type GuardsByName } from '@countersign/sdk/langchain';
import { Command, MemorySaver, MessagesAnnotation, StateGraph } from '@langchain/langgraph';
import { ToolNode } from '@langchain/langgraph/prebuilt';
import { createAgent, FakeToolCallingModel, tool, type BaseMessage } from 'langchain';
import { z } from 'zod';
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
