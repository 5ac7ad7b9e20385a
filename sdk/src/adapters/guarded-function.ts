import type { Client } from '../client.ts';
import { renderDenial } from './denial.ts';
import { answerGuarded, type GuardedTool, type ToolCall, type ToolFn } from './guarded-tool.ts';
import { validated, type Parsing } from './validated.ts';

/** A function for a model to call, and how it is guarded: for loops that hand over calls as the model wrote them. */
export type Guardable<I, R> = {
  readonly parameters: Parsing<I>;
  readonly execute: ToolFn<I, R>;
  readonly guard: GuardedTool<I, R>;
};

/** A function behind its guard. Takes what the model wrote and gives what the model is told; it never throws. */
export type GuardedFunction = (
  raw: unknown,
  call: Omit<ToolCall<unknown>, 'input'>,
) => Promise<Told>;

/** What a model is told of a call; `isError` where it is not the function's own result. */
export type Told = { readonly text: string; readonly isError: boolean };

/** Puts a function behind the gateway. */
export const guardFunction =
  <I extends object, R>(
    client: Client,
    { parameters, execute, guard }: Guardable<I, R>,
  ): GuardedFunction =>
  async (raw, call) => {
    let input: I;
    try {
      const read: unknown = typeof raw === 'string' ? JSON.parse(raw) : raw;
      input = (await validated(parameters, read)) as I;
    } catch (error) {
      return refused('invalid-arguments', textOf(error));
    }
    try {
      let result: { readonly value: R } | undefined;
      const keep: ToolFn<I, R> = async (...args) =>
        (result = { value: await execute(...args) }).value;
      const answer = await answerGuarded(client, guard, { ...call, input }, keep);
      return { text: written(answer), isError: result === undefined };
    } catch (error) {
      // only what proved that nothing happened comes here, and every call of a turn needs its answer
      return { text: `FAILED, nothing happened: ${textOf(error)}`, isError: true };
    }
  };

/** What a model is told of a call that was not even asked for. */
export function refused(reasonCode: string, why: string): Told {
  const message = `NOT EXECUTED: ${why}`;
  const denial = { outcome: 'not-proposed', reasonCode, retry: 'after-change', message } as const;
  return { text: renderDenial(denial), isError: true };
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** A result as text; of nothing, an empty one. */
const written = (result: unknown): string =>
  typeof result === 'string' ? result : (JSON.stringify(result) ?? '');
