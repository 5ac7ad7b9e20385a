import type { ServerResponse } from 'node:http';
import type { Sessions } from '@countersign/identity';
import type { Caller } from './exchange.ts';

const LOOK_MS = 15_000;

/**
 * An answer that goes on, such as a stream of events, ends with the session it was asked with: whoever signed out
 * everywhere wants no page anywhere to hear of anything any more.
 */
export function createLeaving(
  sessions: Pick<Sessions, 'byId'>,
  lookMs: number = LOOK_MS,
): (caller: Caller, response: Pick<ServerResponse, 'once' | 'destroy'>) => void {
  return (caller, response) => {
    const session = caller.kind === 'person' ? caller.session : undefined;
    if (!session) return;
    const look = async (): Promise<void> => {
      if (!(await sessions.byId(session.id))) response.destroy();
    };
    // a ledger that does not answer says nothing about the session; the next look does
    const timer = setInterval(() => void look().catch(() => undefined), lookMs).unref();
    response.once('close', () => clearInterval(timer));
  };
}
