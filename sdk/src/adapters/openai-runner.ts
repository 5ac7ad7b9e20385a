import type { Client } from '../client.ts';
import { refused } from './guarded-function.ts';
import { answerGuarded, type GuardedTool, type ToolCall } from './guarded-tool.ts';

/** Of a runner of `chat.completions.runTools`: the conversation so far, and the way to stop it. */
type Runner = {
  readonly messages: readonly object[];
  readonly controller: AbortController;
};

type Runnable<I, R> = {
  readonly type: 'function';
  readonly function: {
    readonly name?: string | undefined;
    readonly parameters?: unknown;
    readonly description?: string | undefined;
    readonly strict?: boolean | null | undefined;
    readonly parse?: (raw: string) => I | Promise<I>;
    readonly function?: (input: I, runner: never, context?: never) => R | Promise<R>;
  };
};
/** What `zodFunction` makes keeps its parts in hidden members. */
type Hidden<I, R> = {
  readonly $parseRaw?: (raw: string) => I;
  readonly $callback?: (input: I) => R | Promise<R>;
};

/** A tool that `runTools` takes: it gets the arguments as the model wrote them. */
export type RunnerTool = {
  type: 'function';
  function: {
    name: string;
    description: string;
    parameters: never;
    strict: boolean;
    function: (raw: string, runner: Runner, context: unknown) => Promise<unknown>;
  };
};

/** How such a tool is guarded; `run` is what stays the same when the conversation goes on in another process. */
export type RunnerGuard<I, R> = GuardedTool<I, R> & { readonly run: string };

/** A tool for `chat.completions.runTools`, guarded; one written out, with `parse`, or one that `zodFunction` made. */
export function guardTool<I extends object, R>(
  client: Client,
  tool: Runnable<I, R>,
  { run, ...guard }: RunnerGuard<I, R>,
): RunnerTool {
  const { $parseRaw, $callback } = tool as Hidden<I, R>;
  const { name: given, description = '', parameters, strict, ...its } = tool.function;
  const parse = $parseRaw ?? its.parse ?? ((raw: string) => JSON.parse(raw) as I);
  const body = ($callback ?? its.function) as
    | ((input: I, runner: Runner, context: unknown) => R | Promise<R>)
    | undefined;
  const name = given ?? body?.name;
  if (body === undefined || name === undefined)
    throw new TypeError('a tool has a name and a function');
  const taken = new WeakMap<Runner, Set<string>>();
  const guarded = async (raw: string, runner: Runner, context: unknown): Promise<unknown> => {
    const call = callOf(runner, { name, raw }, taken);
    let input: I;
    try {
      input = await parse(raw);
    } catch (error) {
      return refused('invalid-arguments', error instanceof Error ? error.message : String(error))
        .text;
    }
    const asked = { host: 'openai', run, call, input, signal: runner.controller.signal };
    return answerGuarded(client, guard, asked satisfies ToolCall<I>, (stored) =>
      body(stored, runner, context),
    );
  };
  const about = { name, description, parameters: parameters as never, strict: strict ?? false };
  return { type: 'function', function: { ...about, function: guarded } };
}

type Called = {
  readonly id: string;
  readonly function?: { readonly name: string; readonly arguments: string };
};

/** The runner does not say which call it makes: the first of the last reply that reads so and was not made yet. */
function callOf(
  runner: Runner,
  { name, raw }: { readonly name: string; readonly raw: string },
  taken: WeakMap<Runner, Set<string>>,
): string {
  const made = taken.get(runner) ?? new Set();
  taken.set(runner, made);
  const last = runner.messages.findLast((message) => 'tool_calls' in message) as
    | { readonly tool_calls?: readonly Called[] }
    | undefined;
  const found = (last?.tool_calls ?? []).find(
    (call) => call.function?.name === name && call.function.arguments === raw && !made.has(call.id),
  );
  if (!found) throw new TypeError(`no call of \`${name}\` in the last reply of the model`);
  made.add(found.id);
  return found.id;
}
