import { deserialize, serialize } from 'node:v8';
import { guardTools, type GuardsByName } from '@countersign/sdk/mastra';
import { Mastra } from '@mastra/core';
import { Agent } from '@mastra/core/agent';
import type { MastraModelConfig } from '@mastra/core/llm';
import { InMemoryStore } from '@mastra/core/storage';
import { createTool } from '@mastra/core/tools';
import { MockLanguageModelV4 } from 'ai/test';
import { z } from 'zod';
import { scriptOf, type Written } from './ai-sdk-host.ts';
import { adapterConformance, type MakeHost, type Scripted, type Turn } from './conformance.ts';

type Saved = { runId: string; waiting: string[]; workflows: unknown; calls: readonly Scripted[] };

/** The runs of a store: what another process finds in the database. */
const runsOf = (store: InMemoryStore): Map<string, unknown> =>
  (store.stores.workflows as unknown as { db: { workflows: Map<string, unknown> } }).db.workflows;

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
  const processOf = (calls: readonly Written[], given: object, store = new InMemoryStore()) => {
    const { told, ...script } = scriptOf(calls);
    const model = new MockLanguageModelV4(script as never) as unknown as MastraModelConfig;
    const agent = new Agent({ id: 'a', name: 'a', instructions: 'go', model, tools: { ...given } });
    new Mastra({ storage: store, logger: false, agents: { a: agent } });
    return { agent, store, told };
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
      return turnOf(gone, answer as Answer, calls);
    },
  };
};

adapterConformance('an agent of Mastra', makeHost);
