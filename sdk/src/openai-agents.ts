import { askFirst } from './adapters/ask-first.ts';
import { asking, type RunContext } from './adapters/openai-agents-interruptions.ts';
import { answerGuarded, type GuardedTool, type ToolCall } from './adapters/guarded-tool.ts';
import { validated, type Parsing } from './adapters/validated.ts';
import type { Client } from './client.ts';

export {
  requireGuarded,
  settleInterruptions,
  type SettledRun,
} from './adapters/openai-agents-interruptions.ts';

/** What the Agents SDK hands to a tool beside its input. */
type Details = { readonly toolCall?: { readonly callId: string }; readonly signal?: AbortSignal };

/** How a tool is guarded in this host. */
export type AgentsGuard<I, R = unknown> = GuardedTool<I, R> & {
  /** The run: what stays the same when it is resumed, such as the id of the conversation. */
  readonly run: string | ((context: unknown) => string);
  /** Pause the run (`result.interruptions`) when nobody decided within `waitMs`, which is then 0 unless it is set. */
  readonly pauses?: boolean;
};

/** What `tool()` takes, as far as a guard needs to know it. */
type Options<I, R> = {
  readonly parameters: Parsing<I>;
  readonly execute: (input: I, context?: never, details?: never) => Promise<R> | R;
};

const HOST = 'openai-agents';

/** What `tool()` takes, guarded: `tool(guardTool(client, { name, description, parameters, execute }, guard))`. */
export function guardTool<I extends object, R, T extends Options<I, R>>(
  client: Client,
  options: T & Options<I, R>,
  guard: AgentsGuard<I, R>,
): T {
  refuseOthers(options);
  const { run, pauses = false, ...rest } = guard;
  // a run that pauses waits while it is paused, not while it runs
  const tool: GuardedTool<I, R> = pauses ? { waitMs: 0, ...rest } : rest;
  const callOf = (input: I, context: RunContext | undefined, call: string | undefined) => {
    if (call === undefined)
      throw new TypeError('a guarded tool is called by a run, with a call id');
    const name = typeof run === 'string' ? run : run(context?.context);
    return { host: HOST, run: name, call, input } satisfies ToolCall<I>;
  };
  const execute = (input: I, context?: RunContext, details?: Details): Promise<unknown> => {
    const { signal, toolCall } = details ?? {};
    const call = callOf(input, context, toolCall?.callId);
    const stored = (args: I) => options.execute(args, context as never, details as never);
    return answerGuarded(client, tool, signal === undefined ? call : { ...call, signal }, stored);
  };
  const ask = (input: I, context: RunContext | undefined, call: string | undefined) =>
    askFirst(client, tool, callOf(input, context, call));
  const needsApproval = async (context: RunContext, input: I, call?: string): Promise<boolean> =>
    pauses && (await ask(input, context, call)).standing === 'pending';
  asking.set(needsApproval, async (context, raw, call) =>
    ask((await validated(options.parameters, JSON.parse(raw))) as I, context, call),
  );
  return { ...options, execute, needsApproval };
}

/** ATTACKER: what runs at the provider never comes by here, so it is refused rather than left unguarded. */
function refuseOthers(options: object): void {
  const { type, execute, parameters, needsApproval } = options as Record<string, unknown>;
  if (type === 'hosted_tool')
    throw new TypeError(
      'a hosted tool runs at the provider, where no guard of this process is asked',
    );
  if (typeof execute !== 'function' || typeof parameters !== 'object')
    throw new TypeError(
      'pass what `tool()` takes, with `parameters` and `execute`, not what it made',
    );
  if (needsApproval !== undefined)
    throw new TypeError('`needsApproval` is the guard’s: say in policy which calls people decide');
}
