import type { Clock, Incoming, Outgoing } from '@countersign/core';
import type { Handle } from './handle.ts';
import { parseObject, text, type Loose } from './read.ts';
import type { FirstTime } from './seen.ts';
import { verified } from './verify.ts';

export type DoorParts = {
  readonly secret: string;
  readonly clock: Clock;
  readonly firstTime: FirstTime;
  readonly handle: Handle;
};

const UNKNOWN: Outgoing = { status: 401 };

/** The door for what Slack sends over HTTP: nothing is read before its signature is verified over the raw body. */
export function createDoor({ secret, clock, firstTime, handle }: DoorParts) {
  return async (incoming: Incoming): Promise<Outgoing> => {
    const signature = verified(incoming, secret, clock);
    if (signature === undefined) return UNKNOWN;
    // the same bytes again, whoever sends them: they did what they do
    if (!firstTime(signature)) return { status: 200 };
    const payload = readBody(incoming);
    if (!payload) return { status: 200 };
    if (text(payload, 'type') === 'url_verification')
      return { status: 200, type: 'text/plain', body: text(payload, 'challenge').slice(0, 500) };
    const answer = await handle(payload);
    if (Object.keys(answer).length === 0) return { status: 200 };
    return { status: 200, type: 'application/json', body: JSON.stringify(answer) };
  };
}

/** Events come as JSON, interactions as JSON in a form, commands as a form. */
function readBody({ headers, body }: Incoming): Loose | undefined {
  const raw = new TextDecoder().decode(body);
  const type = headers['content-type'];
  if (typeof type === 'string' && type.startsWith('application/json')) return parseObject(raw);
  const form = new URLSearchParams(raw);
  if (form.has('ssl_check')) return undefined;
  const payloads = form.getAll('payload');
  if (payloads.length > 1) return undefined;
  return payloads[0] === undefined ? Object.fromEntries(form) : parseObject(payloads[0]);
}
