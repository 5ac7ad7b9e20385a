// Tools of the Vercel AI SDK (`ai` 6 and 7) under a guard. Its approvals live in the messages, which a client may have
// written: they only pause. Whether a call runs is decided inside `execute`, by redeeming.
import { askFirst, type Standing } from './adapters/ask-first.ts';
import { renderDenial } from './adapters/denial.ts';
import type { GuardedTool, ToolCall } from './adapters/guarded-tool.ts';
import {
  copyWith,
  guardEach,
  runOrThrow,
  type Guarding,
  type Guards,
  type GuardsByName,
  type InputOf,
} from './adapters/tool-set.ts';
import type { Client } from './client.ts';

export { ToolNotExecuted } from './adapters/tool-set.ts';
export type { Guards, GuardsByName } from './adapters/tool-set.ts';

/** What the host says beside a call's input. */
export type CallOptions = {
  readonly toolCallId: string;
  readonly messages: readonly unknown[];
  readonly abortSignal?: AbortSignal | undefined;
};

/** Which run calls belong to, such as the chat's id: what stays the same when the run is resumed in another process. */
export type Run = string | ((options: CallOptions) => string);

/** What is known of a whole set of tools. */
export type ToolSetGuard<T> = Pausing & { readonly guards: Guards<T> | GuardsByName };

/** To which run calls belong, and whether it pauses. */
export type Pausing = {
  readonly run: Run;
  /** Withdraws what was asked, where the host's approvals hand on no signal of their own. */
  readonly signal?: AbortSignal;
  /** Pause the run as the host's approvals do when nobody decided within `waitMs`, which is then 0 unless it is set. */
  readonly pauses?: boolean;
};

type Execute = (input: object, options: CallOptions) => unknown;
type AiTool = { readonly execute?: unknown };
type Kept = {
  readonly guarding: Guarding<object, unknown>;
  readonly run: Run;
  readonly signal?: AbortSignal | undefined;
};

/** How a guarded tool is guarded, for whoever is asked before it runs. */
const KEPT = new WeakMap<object, Kept>();
const HOST = 'ai-sdk';

/** A tool that runs only what was redeemed, with the stored arguments. What it streams comes as its last value. */
export function guardTool<T extends AiTool>(
  client: Client,
  tool: T,
  guard: GuardedTool<InputOf<T>, never> & Pausing,
): T {
  const { run: _, signal: __, pauses = false, ...rest } = guard;
  return guarded(tool, keptOf(client, rest as GuardedTool<object, unknown>, guard), pauses);
}

/** Every tool of a set, each under the guard that is named for it. */
export const guardTools = <T extends object>(client: Client, tools: T, set: ToolSetGuard<T>): T =>
  guardEach(tools, set.guards, (tool, guard) =>
    guarded(tool, keptOf(client, guard, set), set.pauses ?? false),
  );

const keptOf = (
  client: Client,
  guard: GuardedTool<object, unknown>,
  { run, signal, pauses }: Pausing,
): Kept => ({
  guarding: { ...(pauses === true ? { waitMs: 0 } : {}), ...guard, client },
  run,
  signal,
});

function guarded<T extends AiTool>(tool: T, kept: Kept, pauses: boolean): T {
  if (typeof tool.execute !== 'function')
    throw new TypeError('a tool without `execute` runs elsewhere, past this guard');
  const execute = tool.execute.bind(tool) as Execute;
  const copy = copyWith(tool, {
    execute: (input: object, options: CallOptions) =>
      runOrThrow(kept.guarding, callOf(kept, input, options), (stored) =>
        lastOf(execute(stored, options)),
      ),
    ...(pauses ? { needsApproval: needsApproval(kept) } : {}),
  });
  KEPT.set(copy, kept);
  return copy;
}

/** What `toolApproval` of version 7 answers. */
export type ApprovalStatus =
  | undefined
  | 'approved'
  | { readonly type: 'user-approval' | 'denied'; readonly reason: string };

/** One call as version 7 asks about it. */
export type AskedCall = {
  readonly toolCall: {
    readonly toolName: string;
    readonly toolCallId: string;
    readonly input: unknown;
  };
  readonly tools: object | undefined;
  readonly messages: readonly unknown[];
};

/** Version 7: `generateText({ tools, toolApproval })`. Pauses the run where people are asked; what it says runs nothing. */
export async function toolApproval({
  toolCall,
  tools,
  messages,
}: AskedCall): Promise<ApprovalStatus> {
  const { toolName, toolCallId, input } = toolCall;
  const tool: unknown =
    tools === undefined
      ? undefined
      : Object.entries(tools).find(([name]) => name === toolName)?.[1];
  const kept = KEPT.get(tool as object);
  if (!kept) return undefined;
  return statusOf(await stands(kept, input as object, { toolCallId, messages }));
}

function statusOf(stands: Standing): ApprovalStatus {
  switch (stands.standing) {
    case 'pending': {
      const { approvalId, id } = stands.status;
      return { type: 'user-approval', reason: `waits for people: ${approvalId ?? id}` };
    }
    case 'ready':
      return stands.status.verdict === 'review' ? 'approved' : undefined;
    case 'not-executed':
      return { type: 'denied', reason: renderDenial(stands.denial) };
  }
}

/** Version 6 asks again when it goes on, and takes a no there for a refusal: a call that paused once stays one that pauses. */
const needsApproval =
  (kept: Kept) =>
  async (input: object, options: CallOptions): Promise<boolean> =>
    hasPaused(options) || (await stands(kept, input, options)).standing === 'pending';

const stands = (kept: Kept, input: object, options: CallOptions): Promise<Standing> => {
  const { client, ...tool } = kept.guarding;
  return askFirst(client, { waitMs: 0, ...tool }, callOf(kept, input, options));
};

// ATTACKER: the messages may be the client's; all they can bring about here is a pause, or a try that redeeming decides
const hasPaused = ({ messages, toolCallId }: CallOptions): boolean =>
  (messages as readonly { readonly content?: unknown }[]).some(
    ({ content }) =>
      Array.isArray(content) &&
      content.some(
        (part: { type?: unknown; toolCallId?: unknown }) =>
          part.type === 'tool-approval-request' && part.toolCallId === toolCallId,
      ),
  );

function callOf({ run, signal }: Kept, input: object, options: CallOptions): ToolCall<object> {
  const { toolCallId: call, abortSignal = signal } = options;
  return {
    host: HOST,
    run: typeof run === 'string' ? run : run(options),
    call,
    input,
    ...(abortSignal ? { signal: abortSignal } : {}),
  };
}

async function lastOf(result: unknown): Promise<unknown> {
  if (typeof result !== 'object' || result === null || !(Symbol.asyncIterator in result))
    return result;
  let last: unknown;
  for await (const value of result as AsyncIterable<unknown>) last = value;
  return last;
}
