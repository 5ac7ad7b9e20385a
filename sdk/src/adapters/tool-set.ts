import type { Client } from '../client.ts';
import { CountersignError, OutcomeUnknown } from '../errors.ts';
import { denialOf, renderDenial, type Denial } from './denial.ts';
import { runGuarded, type GuardedTool, type ToolCall, type ToolFn } from './guarded-tool.ts';

/** How one tool is guarded: by which gateway, as which action. */
export type Guarding<I, R = never> = GuardedTool<I, R> & { readonly client: Client };

/** How each tool of a set is guarded, by name. Every tool is named; `unguarded` says aloud that policy is not asked. */
export type Guards<T> = {
  readonly [N in keyof T]: GuardedTool<InputOf<T[N]>, never> | 'unguarded';
};

/** The same for tools whose names are not known beforehand, such as those of an MCP server. */
export type GuardsByName = (name: string) => GuardedTool<never, never> | 'unguarded' | undefined;

/** What a tool takes, as its `execute` says. */
export type InputOf<T> = T extends { readonly execute?: infer F }
  ? NonNullable<F> extends (input: infer I, ...rest: never) => unknown
    ? I & object
    : object
  : object;

/** How the tool of that name is guarded; throws where nothing is said of it, so that none slips through (R2). */
export function guardNamed(
  guards: object | GuardsByName,
  name: string,
): GuardedTool<object, unknown> | undefined {
  const listed: unknown = Object.entries(guards).find(([one]) => one === name)?.[1];
  const named = typeof guards === 'function' ? (guards as GuardsByName)(name) : listed;
  if (named === undefined)
    throw new TypeError(`tool \`${name}\` has no guard; name it in \`guards\`, or \`unguarded\``);
  // what a guard's functions take is what the tool of that name takes
  return named === 'unguarded' ? undefined : (named as GuardedTool<object, unknown>);
}

/** Every tool of a record under its guard. */
export function guardEach<T extends object>(
  tools: T,
  guards: Guards<T> | GuardsByName,
  guardOne: <U extends object>(tool: U, guard: GuardedTool<object, unknown>, name: string) => U,
): T {
  const guarded = Object.entries(tools).map(([name, tool]: [string, object]) => {
    const guard = guardNamed(guards, name);
    return [name, guard === undefined ? tool : guardOne(tool, guard, name)];
  });
  return Object.fromEntries(guarded) as T;
}

/** A copy of a tool with some members replaced: of its class, with all that is its own, marks and hidden members too. */
export const copyWith = <T extends object>(
  tool: T,
  members: Readonly<Record<string, unknown>>,
): T =>
  Object.assign(
    Object.create(
      Object.getPrototypeOf(tool) as object | null,
      Object.getOwnPropertyDescriptors(tool),
    ) as T,
    members,
  );

/** Why a tool gave no result, as an error: its message is what a model is told. */
export class ToolNotExecuted extends CountersignError {
  readonly denial: Denial;
  constructor(denial: Denial, cause?: unknown) {
    const { reasonCode, retry } = denial;
    super(renderDenial(denial), { code: reasonCode, retryable: retry === 'later', cause });
    this.denial = denial;
  }
}

/** Runs a call under its guard, for hosts that make of an error what the model is told: else throws `ToolNotExecuted`. */
export async function runOrThrow<I extends object, R>(
  { client, ...tool }: Guarding<I, unknown>,
  call: ToolCall<I>,
  run: ToolFn<I, R>,
): Promise<R> {
  try {
    const settled = await runGuarded<I, R>(client, tool, call, run);
    if (settled.ran) return settled.result;
    throw new ToolNotExecuted(settled.denial);
  } catch (error) {
    if (!(error instanceof OutcomeUnknown)) throw error;
    throw new ToolNotExecuted(denialOf(error), error);
  }
}

/** Tells a model of an error before anything was proposed. */
export function refuse(error: unknown): never {
  const denial = denialOf(error);
  throw denial === undefined ? error : new ToolNotExecuted(denial, error);
}
