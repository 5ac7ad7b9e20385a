import type { ActionStatus } from '../action.ts';
import type { Client } from '../client.ts';
import { NotExecuted } from '../errors.ts';
import { codeOf, proposalOf } from '../guard.ts';
import { denialOf, type Denial } from './denial.ts';
import { ofCall, type GuardedTool, type ToolCall } from './guarded-tool.ts';

/** Where a call stands before it is run. */
export type Standing =
  | { readonly standing: 'ready' | 'pending'; readonly status: ActionStatus }
  | { readonly standing: 'not-executed'; readonly denial: Denial };

/**
 * Asks for a call and waits for people like `runGuarded`, but runs nothing: for hosts that pause a run meanwhile. What
 * it says is only for showing. Whether the call runs is decided by `runGuarded`, under the same name.
 */
export async function askFirst<I extends object, R>(
  client: Client,
  tool: GuardedTool<I, R>,
  call: ToolCall<I>,
): Promise<Standing> {
  const { waitMs } = tool;
  const { key, ...how } = { ...tool, ...(await ofCall(call, waitMs)) };
  const { signal } = call;
  let id: string | undefined;
  try {
    const proposal = proposalOf(how, call.input);
    const asked = await client.propose(proposal, key === undefined ? {} : { key });
    id = asked.id;
    signal?.throwIfAborted();
    how.onProgress?.(asked);
    return standingOf(asked.state === 'pending' ? await client.wait(id, how) : asked);
  } catch (error) {
    // whoever stops withdraws the request; it is settled already where that is refused
    if (signal?.aborted && id !== undefined) await client.cancel(id).catch(() => undefined);
    const denial = denialOf(error, signal);
    if (denial === undefined) throw error;
    return { standing: 'not-executed', denial };
  }
}

function standingOf(status: ActionStatus): Standing {
  const { state, grant } = status;
  if (state === 'pending') return { standing: 'pending', status };
  if (grant !== undefined) return { standing: 'ready', status };
  throw new NotExecuted(status, codeOf(status));
}
