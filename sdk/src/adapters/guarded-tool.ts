import type { Client } from '../client.ts';
import { OutcomeUnknown, OutcomeUnreported } from '../errors.ts';
import type { Call, Context, Guarded } from '../guard.ts';
import { callKey, type CallName } from './call-key.ts';
import { denialOf, renderDenial, type Denial } from './denial.ts';

/** What is known of every call of a tool. */
export type GuardedTool<I, R> = Pick<
  Guarded<I, R>,
  'type' | 'resource' | 'claim' | 'onBehalfOf' | 'session' | 'summarize' | 'onProgress'
> & {
  /** How long a call waits for people; then it is `pending`, and goes on when it is made again. Default: until decided. */
  readonly waitMs?: number;
  /** Whether an error of the tool proves that nothing happened: then it `failed`. Every other error leaves that unknown. */
  readonly nothingHappened?: (error: unknown) => boolean;
};

/** One call: its name and what its host says beside it. `input` is validated by the host, defaults filled. */
export type ToolCall<I> = CallName &
  Pick<Call, 'signal' | 'session' | 'onProgress' | 'claim'> & { readonly input: I };

/** How a call ended. `unreported`: it ran, and the gateway could not be told; there its outcome becomes unknown. */
export type Settled<R> =
  | { readonly ran: true; readonly result: R; readonly unreported?: OutcomeUnreported }
  | { readonly ran: false; readonly denial: Denial };

/** The tool itself; gets the arguments that redeeming returned, never the caller's (R3). */
export type ToolFn<I, R> = (stored: I, context: Context<I>) => Promise<R> | R;

/**
 * Proposes a validated call, waits, redeems, runs the stored arguments once, reports. Throws `OutcomeUnknown` where it
 * may have run, and the tool's own error where nothing happened. Every adapter goes through here.
 */
export async function runGuarded<I extends object, R>(
  client: Client,
  tool: GuardedTool<I, R>,
  call: ToolCall<I>,
  run: ToolFn<I, R>,
): Promise<Settled<R>> {
  const { type, resource, nothingHappened, waitMs, ...options } = tool;
  let thrown: { readonly error: unknown } | undefined;
  const once: ToolFn<I, R> = async (stored, context) => {
    try {
      return await run(stored, context);
    } catch (error) {
      thrown = { error: nothingHappened?.(error) === true ? error : maybe(type, error) };
      throw thrown.error;
    }
  };
  try {
    const guarded = client.guard(type, resource, once, options);
    return { ran: true, result: await guarded(call.input, await ofCall(call, waitMs)) };
  } catch (error) {
    // what the tool threw, which may be an error of ours from a call within, says nothing about this call
    if (thrown !== undefined) throw thrown.error;
    if (error instanceof OutcomeUnreported)
      return { ran: true, result: error.result as R, unreported: error };
    const denial = denialOf(error, call.signal);
    if (denial === undefined) throw error;
    return { ran: false, denial };
  }
}

/** The same for hosts that hand on whatever a tool gives: the result, or the text that says why there is none. */
export async function answerGuarded<I extends object, R>(
  ...guarded: Parameters<typeof runGuarded<I, R>>
): Promise<R | string> {
  try {
    const settled = await runGuarded<I, R>(...guarded);
    return settled.ran ? settled.result : renderDenial(settled.denial);
  } catch (error) {
    if (!(error instanceof OutcomeUnknown)) throw error;
    return renderDenial(denialOf(error));
  }
}

// INVARIANT: it may have begun, and only the tool can say that it had no effect (R4)
function maybe(type: string, error: unknown): OutcomeUnknown {
  if (error instanceof OutcomeUnknown) return error;
  const text = error instanceof Error ? `${error.name}: ${error.message}` : typeof error;
  return new OutcomeUnknown(`\`${type}\` began and threw (${text}); do not repeat it`, error);
}

/** How a call is made of a guarded function. */
export async function ofCall<I>(call: ToolCall<I>, waitMs: number | undefined): Promise<Call> {
  const { host: _, run: __, call: ___, input: ____, ...about } = call;
  return {
    ...about,
    key: await callKey(call),
    // a model that was told to come back makes a new call of it
    rejoins: true,
    ...(waitMs === undefined ? {} : { timeoutMs: waitMs }),
  };
}
