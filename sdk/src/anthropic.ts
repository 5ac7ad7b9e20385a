import { refused, type GuardedFunction } from './adapters/guarded-function.ts';
import { answerGuarded, type GuardedTool } from './adapters/guarded-tool.ts';
import type { Client } from './client.ts';

export {
  guardFunction,
  type Guardable,
  type GuardedFunction,
  type Told,
} from './adapters/guarded-function.ts';

/** What a tool runner hands to a tool beside its input. */
type RunContext = {
  readonly toolUse: { readonly id: string };
  readonly signal?: AbortSignal | null | undefined;
};

/** A tool that a tool runner can run, such as `betaZodTool` makes: `run` gets what `parse` made of the model's input. */
type RunnableTool<I, R> = {
  readonly parse: (content: unknown) => I;
  readonly run: (input: I, context?: never) => R | Promise<R>;
};

/** How a tool is guarded; `run` is what stays the same when the conversation goes on in another process. */
export type RunnerGuard<I, R> = GuardedTool<I, R> & { readonly run: string };

const HOST = 'anthropic';

/** The same tool, guarded: what its `run` does happens only when the gateway releases the call. */
export function guardTool<I extends object, R, T extends RunnableTool<I, R>>(
  client: Client,
  tool: T & RunnableTool<I, R>,
  { run: conversation, ...guard }: RunnerGuard<I, R>,
): T {
  if (typeof tool.run !== 'function')
    throw new TypeError(
      'a tool without `run` runs at the provider, where no guard of this process is asked',
    );
  const run = (input: I, context?: RunContext): Promise<R | string> => {
    if (context === undefined)
      throw new TypeError('a guarded tool is run by a tool runner, with a call id');
    const { toolUse, signal } = context;
    const call = { host: HOST, run: conversation, call: toolUse.id, input };
    return answerGuarded(client, guard, signal ? { ...call, signal } : call, (stored) =>
      tool.run(stored, context as never),
    );
  };
  return { ...tool, run };
}

/** A call as a reply of the Messages API has it among its blocks. */
type ToolUse = {
  readonly type: string;
  readonly id?: string;
  readonly name?: string;
  readonly input?: unknown;
};

/** What is sent back for one call. */
export type ToolResult = {
  type: 'tool_result';
  tool_use_id: string;
  content: string;
  is_error: boolean;
};

/** Answers the `tool_use` blocks of one reply, each on its own and all at once, in their order; other blocks are left. */
export function runToolUses(
  blocks: readonly ToolUse[],
  functions: Readonly<Record<string, GuardedFunction>>,
  run: { readonly run: string; readonly signal?: AbortSignal },
): Promise<ToolResult[]> {
  const uses = blocks.filter(({ type }) => type === 'tool_use');
  return Promise.all(
    uses.map(async ({ id = '', name = '', input }) => {
      // ATTACKER: the name is the model's; only what was put there on purpose is a function
      const answer = Object.hasOwn(functions, name) ? functions[name] : undefined;
      const { text, isError } = answer
        ? await answer(input, { host: HOST, call: id, ...run })
        : refused('unknown-tool', `there is no tool \`${name}\` here`);
      return { type: 'tool_result' as const, tool_use_id: id, content: text, is_error: isError };
    }),
  );
}
