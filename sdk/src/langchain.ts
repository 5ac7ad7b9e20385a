// Tools of LangChain and LangGraph under a guard. What resumes an interrupted run says nothing: whoever goes on asks the
// gateway again, and only redeeming decides.
import { askFirst } from './adapters/ask-first.ts';
import type { GuardedTool, ToolCall } from './adapters/guarded-tool.ts';
import {
  guardNamed,
  runOrThrow,
  ToolNotExecuted,
  type Guarding,
  type GuardsByName,
} from './adapters/tool-set.ts';
import type { Client } from './client.ts';

export { ToolNotExecuted } from './adapters/tool-set.ts';
export type { GuardsByName } from './adapters/tool-set.ts';

/** What LangGraph says beside a call. */
export type ToolConfig = {
  readonly toolCall?: { readonly id?: string | undefined };
  readonly toolCallId?: string;
  readonly signal?: AbortSignal;
  readonly configurable?: Readonly<Record<string, unknown>>;
  readonly interrupt?: (value: unknown) => unknown;
};

/** The part of a `StructuredTool` that is looked at. */
export type LangChainTool = {
  readonly name: string;
  readonly invoke: (input: never, config?: never) => Promise<unknown>;
};

/** How the tools of an agent are guarded, by name: every one is named, `unguarded` says aloud that policy is not asked. */
export type GuardsOfTools = Readonly<Record<string, GuardedTool<never, never> | 'unguarded'>>;

/** What is known of every tool of an agent. */
export type AgentGuard = {
  readonly guards: GuardsOfTools | GuardsByName;
  /** What stays the same when a run is resumed in another process. Default: the thread's id. */
  readonly run?: string;
};

type About = { readonly guarding: Guarding<object, unknown>; readonly run: string | undefined };
const CALL = '_call';
/** `_call` of a tool: gets the input after the schema, so what is asked for is what the tool would get. */
type Run = (input: object, manager: unknown, config: ToolConfig | undefined) => Promise<unknown>;
type Inner = LangChainTool & {
  readonly [CALL]: Run;
  readonly invoke: (input: unknown, config?: unknown) => Promise<unknown>;
  readonly responseFormat?: string;
};

/**
 * A tool that runs only what was redeemed, with the stored arguments. Where there is a checkpointer, a call that
 * waits for people interrupts the graph, after `waitMs` or at once; elsewhere it waits.
 */
export function guardTool<T extends LangChainTool>(
  client: Client,
  tool: T,
  guard: GuardedTool<never, never> & { readonly run?: string },
): T {
  const { run: named, ...rest } = guard;
  const about: About = {
    guarding: { ...(rest as unknown as GuardedTool<object, unknown>), client },
    run: named,
  };
  const inner = tool as unknown as Inner;
  if (typeof inner[CALL] !== 'function')
    throw new TypeError(`tool \`${tool.name}\` is not run here, so it cannot be guarded here`);
  const derived = (call: Run): Inner => Object.create(inner, { [CALL]: { value: call } }) as Inner;
  const guarded = derived((input, manager, config) =>
    runCall(inner, about, input, manager, config),
  );
  const invoke = async (input: unknown, config?: unknown): Promise<unknown> => {
    let denied = false;
    const once = derived((...call) =>
      runCall(inner, about, ...call).catch((error: unknown) => {
        if (!(error instanceof ToolNotExecuted)) throw error;
        denied = true;
        // thrown on, it would reach the model as a mistake to fix
        return inner.responseFormat === 'content_and_artifact'
          ? [error.message, error.denial]
          : error.message;
      }),
    );
    const output = await inner.invoke.call(once, input, config);
    return denied && isMessage(output) ? Object.assign(output, { status: 'error' }) : output;
  };
  return Object.defineProperty(guarded, 'invoke', { value: invoke }) as unknown as T;
}

const isMessage = (output: unknown): output is object =>
  typeof output === 'object' && output !== null && 'status' in output;

async function runCall(
  tool: Inner,
  about: About,
  input: object,
  manager: unknown,
  config: ToolConfig | undefined,
): Promise<unknown> {
  const { guarding, run: named } = about;
  const call = callOf(named, input, config);
  const pauses = canPause(config);
  if (pauses) await pause(guarding, call, config);
  return runOrThrow({ ...(pauses ? { waitMs: 0 } : {}), ...guarding }, call, (stored) =>
    tool[CALL](stored, manager, config),
  );
}

type Interrupt = (value: unknown) => unknown;
const canPause = (config?: ToolConfig): config is ToolConfig & { readonly interrupt: Interrupt } =>
  config?.interrupt !== undefined && Boolean(config.configurable?.['__pregel_checkpointer']);

/** Interrupts the graph as long as people are asked. What it is resumed with is nobody's answer. */
async function pause(
  { client, ...tool }: Guarding<object, unknown>,
  call: ToolCall<object>,
  { interrupt }: { readonly interrupt: Interrupt },
): Promise<void> {
  for (;;) {
    const stands = await askFirst(client, { waitMs: 0, ...tool }, call);
    if (stands.standing !== 'pending') return;
    const { approvalId, digest, id } = stands.status;
    interrupt({ approvalId, digest, actionId: id });
  }
}

function callOf(
  run: string | undefined,
  input: object,
  config: ToolConfig | undefined,
): ToolCall<object> {
  const { toolCall, toolCallId, signal, configurable } = config ?? {};
  const thread = configurable?.['thread_id'];
  return {
    host: 'langchain',
    run: run ?? (typeof thread === 'string' ? thread : ''),
    // a call without a name of its own is a new one every time
    call: toolCall?.id ?? toolCallId ?? crypto.randomUUID(),
    input,
    ...(signal ? { signal } : {}),
  };
}

/** Every tool of a list, each under the guard that is named for it. */
export const guardTools = <T extends readonly LangChainTool[]>(
  client: Client,
  tools: T,
  agent: AgentGuard,
): T => tools.map((tool) => guardedAs(client, tool, agent)) as unknown as T;

function guardedAs(
  client: Client,
  tool: LangChainTool,
  { guards, run }: AgentGuard,
): LangChainTool {
  const guard = guardNamed(guards, tool.name);
  if (guard === undefined) return tool;
  const named = run === undefined ? {} : { run };
  return guardTool(client, tool, { ...(guard as GuardedTool<never, never>), ...named });
}

/** One call as `wrapToolCall` gets it. */
export type ToolCallRequest = {
  readonly toolCall: { readonly name: string };
  readonly tool: unknown;
};

/**
 * Middleware of `createAgent` that guards whatever tool would run, those other middleware brings too. Name it last: what
 * stands after it may put another tool in its place.
 */
export const countersignMiddleware = (
  client: Client,
  agent: AgentGuard,
): {
  readonly name: string;
  readonly wrapToolCall: <Q extends ToolCallRequest, A>(
    request: Q,
    handler: (request: Q) => A | Promise<A>,
  ) => Promise<A>;
} => ({
  name: 'countersign',
  wrapToolCall: async (request, handler) => {
    const { tool, toolCall } = request;
    const guarded =
      tool === undefined
        ? unknownTool(toolCall.name)
        : guardedAs(client, tool as LangChainTool, agent);
    return handler({ ...request, tool: guarded });
  },
});

/** In the place of a tool nobody registered: what stands after this middleware finds it taken, and the model is told. */
const unknownTool = (name: string): LangChainTool => ({
  name,
  invoke: () => Promise.resolve(`NOT EXECUTED: there is no tool \`${name}\` here`),
});
