// Tools of Mastra under a guard. A run that waits for people is suspended; what resumes it, which a model can write into
// its own arguments, says nothing.
import type { ActionStatus } from './action.ts';
import { askFirst } from './adapters/ask-first.ts';
import type { GuardedTool, ToolCall } from './adapters/guarded-tool.ts';
import { parseOnce } from './adapters/parse-once.ts';
import {
  copyWith,
  guardEach,
  refuse,
  runOrThrow,
  type Guarding,
  type Guards,
  type GuardsByName,
  type InputOf,
} from './adapters/tool-set.ts';
import type { Client } from './client.ts';

export { ToolNotExecuted } from './adapters/tool-set.ts';
export type { Guards, GuardsByName } from './adapters/tool-set.ts';

/** What Mastra says beside a call's input. */
type ToolContext = Suspending & {
  readonly runId?: string | undefined;
  readonly abortSignal?: AbortSignal | undefined;
  readonly agent?: (Suspending & { readonly toolCallId: string }) | undefined;
  readonly workflow?: (Suspending & { readonly runId: string }) | undefined;
};
type Suspending = {
  readonly suspend?: (payload: never) => Promise<unknown>;
  readonly suspendPayload?: { readonly input?: unknown } | undefined;
};

type MastraTool = {
  readonly id: string;
  readonly inputSchema?: unknown;
  readonly suspendSchema?: unknown;
  readonly resumeSchema?: unknown;
  readonly execute?: unknown;
};
type Execute = (input: object, context: ToolContext) => Promise<unknown>;
type About = {
  readonly guarding: Guarding<object, unknown>;
  readonly run: string | undefined;
  readonly pauses: boolean;
};

/** To which run calls belong, and whether it is suspended. */
export type Pausing = {
  /** What stays the same when a run is resumed in another process. Default: Mastra's run id. */
  readonly run?: string;
  /** Suspend the run when nobody decided within `waitMs`, which is then 0 unless it is set. */
  readonly pauses?: boolean;
};

/** What is known of a whole set of tools. */
export type ToolSetGuard<T> = Pausing & { readonly guards: Guards<T> | GuardsByName };

/**
 * A tool, or what `createTool` is to make one of, that runs only what was redeemed, with the stored arguments. A run that
 * it suspended is gone on with by `resumeGenerate`, once people decided.
 */
export function guardTool<T extends MastraTool>(
  client: Client,
  tool: T,
  guard: GuardedTool<InputOf<T>, never> & Pausing,
): T {
  const { run: _, pauses: __, ...rest } = guard;
  return guarded(tool, aboutOf(client, rest as GuardedTool<object, unknown>, guard));
}

/** Every tool of a set, each under the guard that is named for it. */
export const guardTools = <T extends object>(client: Client, tools: T, set: ToolSetGuard<T>): T =>
  guardEach(tools, set.guards, (tool, guard) =>
    guarded(tool as typeof tool & MastraTool, aboutOf(client, guard, set)),
  );

const aboutOf = (
  client: Client,
  guard: GuardedTool<object, unknown>,
  { run, pauses = false }: Pausing,
): About => ({
  guarding: { ...(pauses ? { waitMs: 0 } : {}), ...guard, client },
  run,
  pauses,
});

function guarded<T extends MastraTool>(tool: T, about: About): T {
  const { id, inputSchema, suspendSchema, resumeSchema } = tool;
  if (typeof tool.execute !== 'function')
    throw new TypeError(`tool \`${id}\` has no \`execute\`: it runs elsewhere, past this guard`);
  if (suspendSchema !== undefined || resumeSchema !== undefined)
    throw new TypeError(`tool \`${id}\` suspends itself, so one grant would have to run it twice`);
  const execute = tool.execute.bind(tool) as Execute;
  const nothingHappened = (error: unknown): boolean =>
    error instanceof NotTaken || about.guarding.nothingHappened?.(error) === true;
  const guarding = { ...about.guarding, nothingHappened };
  return copyWith(tool, {
    execute: async (raw: unknown, context: ToolContext = {}) => {
      // resumed, a call comes as the model wrote it: what it was asked with goes first, and the gateway compares it
      const asked = suspendedWith(context)?.input ?? raw;
      const input = await parseOnce(inputSchema, asked).catch(refuse);
      const call = await callOf(id, about.run, input, context);
      const waits = about.pauses ? await pending(guarding, call, context) : undefined;
      if (waits === undefined)
        return runOrThrow(guarding, call, (stored) => runOn(execute, stored, context));
      const { approvalId, digest, id: actionId } = waits;
      return suspendOf(context)?.({ approvalId, digest, actionId, input } as never);
    },
  });
}

/** The status of a call for which the run is to be suspended. */
async function pending(
  { client, ...tool }: Guarding<object, unknown>,
  call: ToolCall<object>,
  context: ToolContext,
): Promise<ActionStatus | undefined> {
  if (suspendOf(context) === undefined) return undefined;
  const stands = await askFirst(client, tool, call);
  return stands.standing === 'pending' ? stands.status : undefined;
}

const suspendOf = ({ agent, workflow, suspend }: ToolContext): Suspending['suspend'] =>
  agent?.suspend ?? workflow?.suspend ?? suspend;

const suspendedWith = ({ agent, workflow, suspendPayload }: ToolContext) =>
  agent?.suspendPayload ?? workflow?.suspendPayload ?? suspendPayload;

class NotTaken extends TypeError {}

/** A tool that was made already validates once more, and answers what it does not take: that is not a result. */
async function runOn(execute: Execute, stored: object, context: ToolContext): Promise<unknown> {
  const result = await execute(stored, context);
  if (typeof result === 'object' && result !== null && 'validationErrors' in result)
    throw new NotTaken('the tool does not take the arguments as they were approved');
  return result;
}

/** Steps of a workflow have no name of their own: there, what is asked for stands for it. */
async function callOf(
  id: string,
  named: string | undefined,
  input: object,
  { agent, workflow, runId, abortSignal }: ToolContext,
): Promise<ToolCall<object>> {
  const run = named ?? workflow?.runId ?? runId;
  const step = run === undefined ? crypto.randomUUID() : `${id}:${await hash(input)}`;
  return {
    host: 'mastra',
    run: run ?? '',
    call: agent?.toolCallId || step,
    input,
    ...(abortSignal ? { signal: abortSignal } : {}),
  };
}

async function hash(input: object): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(input));
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
