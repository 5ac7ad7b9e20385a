import {
  parseResource,
  type ActionStatus,
  type Proposal,
  type Released,
  type Resource,
} from './action.ts';
import { NotExecuted, Refused } from './errors.ts';
import { execute, notReleased, redeemGrant } from './execute.ts';
import { reasonOf } from './pause.ts';
import { cancelAction, proposeUnlessStopped } from './propose.ts';
import { snapshot } from './snapshot.ts';
import type { Transport } from './transport.ts';
import { waitFor, type Waiting } from './wait.ts';

type About = Pick<Proposal, 'claim' | 'onBehalfOf' | 'session' | 'rejoins'>;

/** What is known of every call of a guarded function. */
export type Guarded<A, R> = About &
  Waiting & {
    readonly type: string;
    /** `Type::id`, the pair, or how it follows from the arguments. */
    readonly resource: string | Resource | ((args: A) => string | Resource);
    /** A line about the result for the ledger, without private values. Default: nothing of it is told. */
    readonly summarize?: (result: R) => string;
  };

/** What is known of one call. */
export type Call = About &
  Waiting & {
    /** The same key is the same action: pass `host:run:toolCallId` and a resumed run finds its earlier request. */
    readonly key?: string;
  };

/** What a guarded function gets beside the stored arguments. */
export type Context<A> = Released<A> & { readonly signal: AbortSignal | undefined };

/** The function behind a guard. Runs only what a redeemed grant released. */
export type GuardedFn<A, R> = (args: A, context: Context<A>) => Promise<R> | R;

/** Proposes, waits, redeems, runs the stored arguments, reports; throws `NotExecuted` otherwise. */
export const guardWith =
  <A extends object, R>(transport: Transport, guarded: Guarded<A, R>, fn: GuardedFn<A, R>) =>
  async (args: A, call: Call = {}): Promise<R> => {
    // INVARIANT: type and resource are the guard's, whatever a caller puts beside the arguments
    const { type, resource, summarize } = guarded;
    const how = { ...guarded, ...call, type, resource };
    const decided = await decision(transport, proposalOf(how, args), how);
    const { grant } = decided;
    if (grant === undefined) throw new NotExecuted(decided, codeOf(decided));
    if (how.signal?.aborted) throw await withdrawn(transport, decided, how.signal);
    const released = await redeemed<A>(transport, decided, grant);
    const { signal } = how;
    return execute(transport, released, (stored, all) => fn(stored, { ...all, signal }), summarize);
  };

/** What is proposed for a call: a copy of its arguments, and the resource that follows from that copy. */
export function proposalOf<A extends object, R>(
  how: About & Pick<Guarded<A, R>, 'type' | 'resource'>,
  args: A,
): Proposal {
  const { type, resource, claim, onBehalfOf, session, rejoins } = how;
  const bound = snapshot(args) as A & Proposal['arguments'];
  const named = typeof resource === 'function' ? resource(bound) : resource;
  return {
    type,
    resource: typeof named === 'string' ? resourceNamed(named) : named,
    arguments: bound,
    ...(claim === undefined ? {} : { claim }),
    ...(onBehalfOf === undefined ? {} : { onBehalfOf }),
    ...(session === undefined ? {} : { session }),
    ...(rejoins === undefined ? {} : { rejoins }),
  };
}

function resourceNamed(text: string): Resource {
  const resource = parseResource(text);
  if (!resource) throw new TypeError(`resource \`${text}\` is not of the form \`Type::id\``);
  return resource;
}

/** The action once it is decided. A caller who stops withdraws the request; one who only stops waiting does not. */
async function decision(
  transport: Transport,
  proposal: Proposal,
  how: Call,
): Promise<ActionStatus> {
  const { key, signal, onProgress } = how;
  const proposed = await proposeUnlessStopped(transport, proposal, key, signal);
  onProgress?.(proposed);
  if (proposed.state !== 'pending') return proposed;
  try {
    return await waitFor(transport, proposed.id, how);
  } catch (error) {
    throw signal?.aborted ? await withdrawn(transport, proposed, signal) : error;
  }
}

async function withdrawn(
  transport: Transport,
  last: ActionStatus,
  signal: AbortSignal,
): Promise<NotExecuted> {
  const left = await cancelAction(transport, last.id).catch(() => last);
  return new NotExecuted(left, 'cancelled', reasonOf(signal));
}

async function redeemed<A>(
  transport: Transport,
  { id }: ActionStatus,
  grant: string,
): Promise<Released<A>> {
  try {
    return await redeemGrant<A>(transport, grant, id);
  } catch (error) {
    throw error instanceof Refused ? await notReleased(transport, id, error) : error;
  }
}

/** Why an action is not run, where its state alone does not say it. */
export const codeOf = ({ state }: ActionStatus): string | undefined => {
  if (state === 'pending') return 'wait-timeout';
  return state === 'allowed' || state === 'approved' ? 'not-the-executor' : undefined;
};
