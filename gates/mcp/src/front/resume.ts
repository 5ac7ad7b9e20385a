import type { Caller, StreamEvent } from '../link.ts';
import type { Id, Received, Response } from '../message.ts';
import type { Answered } from '../parts.ts';
import { isResponse } from './kinds.ts';
import type { Way } from './served.ts';

/** Where a stream that parted is taken up again, and when. */
export type Place = { id?: string; retryMs: number };

const RETRY_MS = 1_000;
const MAX_RETRY_MS = 60_000;
const MAX_EMPTY = 20;

/** Watches how far a stream came; ids and pauses are for whoever resumes it, and the client gets the messages. */
export function watchPlace(event: Caller['event']): {
  readonly event: Caller['event'];
  readonly place: Place;
} {
  const place: Place = { retryMs: RETRY_MS };
  return { place, event: (one) => (note(place, one), event(one)) };
}

function note(place: Place, { id, retry }: StreamEvent): void {
  if (id !== undefined && id !== '') place.id = id;
  if (retry !== undefined) place.retryMs = Math.min(retry, MAX_RETRY_MS);
}

/** Takes a stream that parted up again until the answer is there (SEP-1699), for a client that cannot: over stdio there are no streams. */
export async function resume(way: Way, caller: Caller, id: Id, place: Place): Promise<Answered> {
  let answer: Received<Response> | undefined;
  for (let empty = 0; empty < MAX_EMPTY && place.id !== undefined;) {
    await pause(place.retryMs, caller.signal);
    if (caller.signal.aborted) break;
    const before = place.id;
    const enough = new AbortController();
    const ended = await way.listen(
      {
        ...caller,
        signal: AbortSignal.any([caller.signal, enough.signal]),
        event: (one) => {
          note(place, one);
          if (!one.message) return;
          if (!isResponse(one.message)) caller.event(one);
          else if (one.message.message.id === id) {
            answer ??= one.message;
            enough.abort();
          }
        },
      },
      { lastEventId: before },
    );
    if (answer) return { is: 'answered', response: answer };
    if (ended !== 'ended') break;
    empty = place.id === before ? empty + 1 : 0;
  }
  return { is: 'parted' };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      done();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
  });
}
