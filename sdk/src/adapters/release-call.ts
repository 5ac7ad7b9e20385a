import type { Released } from '../action.ts';
import type { Client } from '../client.ts';
import { NotExecuted, Refused } from '../errors.ts';
import { codeOf } from '../guard.ts';
import { askFirst } from './ask-first.ts';
import { denialOf, type Denial } from './denial.ts';
import type { GuardedTool, ToolCall } from './guarded-tool.ts';

/** What a host that runs its tools itself may do with a call: run exactly what was released, or tell the model why not. */
export type Release<I> = { readonly released: Released<I> } | { readonly denial: Denial };

/** Asks for a call, waits, and spends the grant (R4): whoever gets past here runs the stored arguments and reports. */
export async function releaseCall<I extends object, R>(
  client: Client,
  tool: GuardedTool<I, R>,
  call: ToolCall<I>,
): Promise<Release<I>> {
  const asked = await askFirst(client, tool, call);
  if (asked.standing === 'not-executed') return { denial: asked.denial };
  const { id, grant } = asked.status;
  try {
    if (grant === undefined) throw new NotExecuted(asked.status, codeOf(asked.status));
    return { released: (await client.redeem(grant)) as Released<never> };
  } catch (error) {
    const denial = denialOf(error instanceof Refused ? await whyNot(client, id, error) : error);
    if (denial === undefined) throw error;
    return { denial };
  }
}

/** What the gateway knows of an action whose grant released nothing. */
async function whyNot(client: Client, id: string, error: Refused): Promise<Error> {
  const status = await client.status(id).catch(() => undefined);
  return status ? new NotExecuted(status, error.code, error) : error;
}
