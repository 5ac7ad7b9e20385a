import type { ActionStatus, Json, Proposal, Released, Report } from './action.ts';
import { Refused } from './errors.ts';
import { eventsOf } from './events.ts';
import { execute, notReleased, redeemGrant, reportOutcome, type Run } from './execute.ts';
import { guardWith, type Call, type Guarded, type GuardedFn } from './guard.ts';
import { cancelAction, propose } from './propose.ts';
import { createTransport, type Connection } from './transport.ts';
import { getStatus, waitFor, type Waiting } from './wait.ts';

type Stored = { readonly [name: string]: Json };

/** A gateway as an agent or an executor sees it. It has no way to decide anything: people do that elsewhere (R7). */
export type Client = {
  /** Asks for an action. With the same `key` it is the same action. */
  readonly propose: (
    proposal: Proposal,
    options?: { readonly key?: string; readonly signal?: AbortSignal },
  ) => Promise<ActionStatus>;
  readonly status: (
    id: string,
    options?: { readonly signal?: AbortSignal },
  ) => Promise<ActionStatus>;
  /** Resolves when it is decided; survives restarts of the gateway. */
  readonly wait: (id: string, waiting?: Waiting) => Promise<ActionStatus>;
  /** Every change until it is settled. */
  readonly events: (
    id: string,
    options?: { readonly signal?: AbortSignal },
  ) => AsyncIterable<ActionStatus>;
  readonly cancel: (id: string) => Promise<ActionStatus>;
  /** Spends a grant and returns the stored action; with `run`, runs it and reports how it ended. */
  readonly redeem: {
    (grant: string): Promise<Released>;
    <R, A = Stored>(grant: string, run: Run<R, A>): Promise<R>;
  };
  readonly report: (id: string, report: Report) => Promise<ActionStatus>;
  /** A function that runs only once the gateway has released exactly this call. */
  readonly guard: <A extends object, R>(
    type: string,
    resource: Guarded<A, R>['resource'],
    fn: GuardedFn<A, R>,
    options?: Omit<Guarded<A, R>, 'type' | 'resource'>,
  ) => (args: A, call?: Call) => Promise<R>;
};

/** A client of the gateway at `url`. */
export function createClient(connection: Connection): Client {
  const transport = createTransport(connection);

  async function redeem(grant: string): Promise<Released>;
  async function redeem<R, A = Stored>(grant: string, run: Run<R, A>): Promise<R>;
  async function redeem<R, A>(grant: string, run?: Run<R, A>): Promise<R | Released<A>> {
    if (!run) return redeemGrant<A>(transport, grant);
    return execute(transport, await redeemedFor<A>(grant), run);
  }
  const redeemedFor = async <A>(grant: string): Promise<Released<A>> => {
    try {
      return await redeemGrant<A>(transport, grant);
    } catch (error) {
      const id = actionOf(grant);
      throw error instanceof Refused && id ? await notReleased(transport, id, error) : error;
    }
  };

  const client: Client = {
    propose: (proposal, options) => propose(transport, proposal, options),
    status: (id, options) => getStatus(transport, id, options),
    wait: (id, waiting) => waitFor(transport, id, waiting),
    events: (id, options) => eventsOf(transport, id, options?.signal),
    cancel: (id) => cancelAction(transport, id),
    redeem,
    report: (id, report) => reportOutcome(transport, id, report),
    guard: (type, resource, fn, options) =>
      guardWith(transport, { ...options, type, resource }, fn),
  };
  return client;
}

/** A function that proposes, waits, redeems, runs the stored arguments and reports; else throws `NotExecuted`. */
export function guard<A extends object, R>(
  client: Client,
  guarded: Guarded<A, R>,
  fn: GuardedFn<A, R>,
): (args: A, call?: Call) => Promise<R> {
  const { type, resource, ...options } = guarded;
  return client.guard(type, resource, fn, options);
}

/** The action a grant is for, as the grant says; only used to ask what became of it. */
function actionOf(grant: string): string | undefined {
  try {
    const claims = grant.split('.')[1]?.replaceAll('-', '+').replaceAll('_', '/') ?? '';
    const { act } = JSON.parse(atob(claims)) as { act?: unknown };
    return typeof act === 'string' ? act : undefined;
  } catch {
    return undefined;
  }
}
