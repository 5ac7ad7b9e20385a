import type { Json } from '@countersign/core';
import type { Admission, CallStatus, House } from '../house.ts';
import { membersOf } from '../members.ts';
import { notification } from '../notification.ts';
import type { Id, Request } from '../message.ts';
import type { About } from '../parts.ts';
import { budgetOf, type Times } from './times.ts';
import type { Ticker } from './ticker.ts';

/** What a hold came to: it is decided, the caller is gone, or the time of this leg is over. */
export type Held =
  | { readonly is: 'decided'; readonly admission: Exclude<Admission, { is: 'held' }> }
  | { readonly is: 'gone'; readonly status: CallStatus }
  | { readonly is: 'over'; readonly status: CallStatus; readonly mayGoOn: boolean };

export type HoldParts = {
  readonly house: Pick<House, 'wait'>;
  readonly ticker: Ticker;
  readonly times: Times;
};

/** Waits with the caller, for one leg: the stream is open, and says something now and then. */
export async function hold(
  { house, ticker, times }: HoldParts,
  {
    request,
    about,
    status,
    round,
  }: {
    readonly request: Request;
    readonly about: About;
    readonly status: CallStatus;
    readonly round: number;
  },
): Promise<Held> {
  const { caller } = about;
  const token = progressTokenOf(request);
  const { legMs, legs } = budgetOf(about, token !== undefined, times);
  caller.hold();
  const stop = token === undefined ? () => undefined : tell(ticker, about, token, status);
  try {
    const admission = await house.wait(caller.agent, status.id, {
      ms: legMs,
      signal: caller.signal,
    });
    // INVARIANT: from the moment the caller is gone, nothing is begun for it, whatever was decided meanwhile
    if (caller.signal.aborted) return { is: 'gone', status };
    if (admission.is !== 'held') return { is: 'decided', admission };
    return { is: 'over', status: admission.status, mayGoOn: round + 1 < legs };
  } finally {
    stop();
  }
}

/** The token by which a client asks for progress. */
function progressTokenOf({ params }: Request): Id | undefined {
  const token: Json | undefined = membersOf(params?.['_meta'])?.['progressToken'];
  return typeof token === 'string' || typeof token === 'number' ? token : undefined;
}

// progress may only rise: what the server itself counts, once the call runs, starts somewhere above this
const STEP = 0.000_001;

function tell(ticker: Ticker, { caller }: About, token: Id, status: CallStatus): () => void {
  let progress = 0;
  const message = `waiting for approval ${status.approvalId ?? ''}`.trim();
  const tick = (): void => {
    progress += STEP;
    caller.event({
      message: notification('notifications/progress', { progressToken: token, progress, message }),
    });
  };
  tick();
  return ticker.every(tick);
}
