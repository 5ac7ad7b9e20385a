import type { Id, Members, Message, Received } from '../message.ts';
import type { StreamEvent } from '../link.ts';
import { written } from '../answer.ts';

const BETWEEN = '__';

/** A tool or prompt as it is called where several servers are: names of servers have no underscore. */
export const joined = (server: string, name: string): string => `${server}${BETWEEN}${name}`;

/** Server and name behind a joined name. */
export function split(name: string): readonly [server: string, name: string] | undefined {
  const at = name.indexOf(BETWEEN);
  return at <= 0 ? undefined : [name.slice(0, at), name.slice(at + BETWEEN.length)];
}

/** The id of a server's own request, so that its answer finds back: each server counts for itself. */
const idOut = (server: string, id: Id): string => `${server}/${JSON.stringify(id)}`;

/** Server and id behind an id that was made here. */
export function idBack(id: Id): readonly [server: string, id: Id] | undefined {
  const [, server, text = ''] = /^([a-z][a-z0-9-]*)\/(.+)$/s.exec(String(id)) ?? [];
  try {
    const value: unknown = JSON.parse(text);
    const isOurs = typeof value === 'string' || Number.isSafeInteger(value);
    return server !== undefined && isOurs ? [server, value as Id] : undefined;
  } catch {
    return undefined;
  }
}

/** Which stream an event is of: `answer`, of one request; `told`, what servers say unasked. */
export type StreamKind = 'answer' | 'told';

/** An event of one of several servers, with ids that lead back to it. */
export function eventOut(server: string, kind: StreamKind, event: StreamEvent): StreamEvent {
  const { message, id, retry } = event;
  return {
    ...(message && { message: messageOut(server, message) }),
    ...(id !== undefined && { id: `${kind}/${server}/${id}` }),
    ...(retry !== undefined && { retry }),
  };
}

/** Stream, server and the server's own id behind an event id that was made here. */
export function eventBack(
  id: string,
): { readonly kind: StreamKind; readonly server: string; readonly id: string } | undefined {
  const [, kind, server, own] = /^(answer|told)\/([a-z][a-z0-9-]*)\/(.*)$/s.exec(id) ?? [];
  if (kind === undefined || server === undefined || own === undefined) return undefined;
  return { kind: kind === 'told' ? 'told' : 'answer', server, id: own };
}

function messageOut(server: string, one: Received): Received {
  const { message } = one;
  if (!('method' in message)) return one;
  if ('id' in message) return written<Message>({ ...message, id: idOut(server, message.id) });
  const of = message.params?.['requestId'];
  const isTold = typeof of === 'string' || typeof of === 'number';
  if (message.method !== 'notifications/cancelled' || !isTold) return one;
  const params: Members = { ...message.params, requestId: idOut(server, of) };
  return written<Message>({ ...message, params });
}
