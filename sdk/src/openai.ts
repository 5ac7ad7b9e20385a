import { refused, type GuardedFunction } from './adapters/guarded-function.ts';

export {
  guardFunction,
  type Guardable,
  type GuardedFunction,
  type Told,
} from './adapters/guarded-function.ts';
export { guardTool, type RunnerGuard, type RunnerTool } from './adapters/openai-runner.ts';

/** A call as Chat Completions has it in `message.tool_calls`. */
type ChatCall = {
  readonly id: string;
  readonly type: string;
  readonly function?: { readonly name: string; readonly arguments: string };
};
type ChatAnswer = { role: 'tool'; tool_call_id: string; content: string };

/** A call as the Responses API has it in `response.output`. */
type ResponseCall = {
  readonly type: 'function_call';
  readonly call_id: string;
  readonly name: string;
  readonly arguments: string;
};
type ResponseAnswer = { type: 'function_call_output'; call_id: string; output: string };

/** The run that calls belong to: what stays the same when it is resumed, such as the id of the conversation. */
export type Run = { readonly run: string; readonly signal?: AbortSignal };

type Functions = Readonly<Record<string, GuardedFunction>>;

const HOST = 'openai';

/** Answers the calls of one reply, each on its own and all at once: what to send back, in the order of the calls. */
export function runToolCalls(
  calls: readonly ResponseCall[],
  functions: Functions,
  run: Run,
): Promise<ResponseAnswer[]>;
export function runToolCalls(
  calls: readonly ChatCall[],
  functions: Functions,
  run: Run,
): Promise<ChatAnswer[]>;
export function runToolCalls(
  calls: readonly (ChatCall | ResponseCall)[],
  functions: Functions,
  run: Run,
): Promise<(ChatAnswer | ResponseAnswer)[]> {
  return Promise.all(
    calls.map(async (call) => {
      if ('call_id' in call) {
        const output = await told(call.call_id, call, functions, run);
        return { type: 'function_call_output' as const, call_id: call.call_id, output };
      }
      const content = await told(call.id, call.function, functions, run);
      return { role: 'tool' as const, tool_call_id: call.id, content };
    }),
  );
}

async function told(
  id: string,
  called: { readonly name: string; readonly arguments: string } | undefined,
  functions: Functions,
  run: Run,
): Promise<string> {
  // ATTACKER: the name is the model's; only what was put there on purpose is a function
  const answer =
    called && Object.hasOwn(functions, called.name) ? functions[called.name] : undefined;
  if (called === undefined || answer === undefined)
    return refused('unknown-tool', `there is no function \`${called?.name ?? id}\` here`).text;
  return (await answer(called.arguments, { host: HOST, call: id, ...run })).text;
}
