import type { IncomingMessage } from 'node:http';
import type { Caller, Reply } from '../link.ts';
import type { Id, Request, Response } from '../message.ts';
import { answerOf, readAnswer } from './answer.ts';
import type { Limits } from './limits.ts';
import { readAll } from './read-all.ts';
import { isRepeatable } from './repeatable.ts';
import type { Wire } from './wire.ts';

/** What a link over HTTP works with. */
export type HttpParts = {
  readonly wire: Wire;
  /** What every request carries: the gate's own credentials for this server. */
  readonly headers: Readonly<Record<string, string>>;
  readonly limits: Limits;
};

/** What a POST carries besides. */
export const COMMON = {
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
};

/** How one request is sent. */
export type Exchange = {
  /** All of them, `COMMON` and the gate's own included. */
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly event: Caller['event'];
  readonly idleMs: number;
  readonly hasSession?: boolean;
  readonly isResumable?: boolean;
  readonly isLong?: boolean;
  readonly onHead?: (response: IncomingMessage) => void;
};

/** Sends one request and reads what comes of it, by status and kind of body. */
export async function exchange(
  { wire, limits }: HttpParts,
  request: Request,
  how: Exchange,
): Promise<Reply & { readonly status?: number }> {
  const begun = await wire.begin({
    method: 'POST',
    headers: how.headers,
    body: JSON.stringify(request),
    signal: how.signal,
    headMs: how.idleMs,
    isRepeatable: isRepeatable(request.method),
    isLong: how.isLong === true,
  });
  if (begun.is === 'failed') return { is: begun.wasSent ? 'broken' : 'unsent', why: begun.why };
  const { response } = begun;
  how.onHead?.(response);
  const { event, signal, isResumable = true, isLong = false } = how;
  const idleMs = isLong ? limits.totalMs : how.idleMs;
  const status = response.statusCode ?? 0;
  const reading = { id: request.id, signal, limits, idleMs, event, isResumable, isLong };
  if (status >= 200 && status < 300) return readAnswer(response, reading);
  return { ...(await turnedAway(response, request.id, how.hasSession === true)), status };
}

/** What an error status means: who answers 3xx or 4xx has not run anything; 5xx, nobody knows. */
async function turnedAway(response: IncomingMessage, id: Id, hasSession: boolean): Promise<Reply> {
  const status = response.statusCode ?? 0;
  const body = await readAll(response, { maxBytes: 65_536, idleMs: 5_000, totalMs: 10_000 });
  const answer = body.ok ? answerOf(body.value, id) : '';
  if (hasSession && isOver(status, typeof answer === 'string' ? undefined : answer.message))
    return { is: 'unsent', why: 'the session is over', isGone: true };
  if (typeof answer !== 'string' && 'error' in answer.message)
    return { is: 'answered', response: answer };
  if (status >= 300 && status < 400)
    return { is: 'unsent', why: 'the server redirects elsewhere, which is not followed' };
  if (status === 401 || status === 403)
    return { is: 'unsent', why: `the server does not take the gate's credentials (${status})` };
  return {
    is: status < 500 ? 'unsent' : 'broken',
    why: `the server answered with status ${status}`,
  };
}

/** 404 by the protocol; much copied example code answers 400 with this code instead. */
const isOver = (status: number, answer: Response | undefined): boolean =>
  status === 404 ||
  (status === 400 &&
    answer !== undefined &&
    'error' in answer &&
    (answer.error.code === -32000 || answer.error.code === -32001));
