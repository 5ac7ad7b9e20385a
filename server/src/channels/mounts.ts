import type { Conversation } from '@countersign/core';
import type { Reply } from '../http/exchange.ts';
import type { Mount, Visit } from '../http/mounts.ts';
import { readBytes } from '../http/read-body.ts';
import { refuse } from '../http/refuse.ts';

/** More than a vendor ever sends. */
const MAX_BYTES = 1_048_576;

/**
 * Where vendors send what people did: `/channels/slack/<id>` and the like. Who sent it is for the channel to find out, from
 * the very bytes; no cookie and no token of ours counts here.
 */
export function channelMounts(conversations: readonly Conversation[]): readonly Mount[] {
  const open = conversations.filter(({ receive }) => receive !== undefined);
  const kinds = [...new Set(open.map(({ channel }) => channel.kind))];
  return kinds.map((kind): Mount => {
    const prefix = `/channels/${kind}/`;
    const byId = new Map(
      open.filter(({ channel }) => channel.kind === kind).map((one) => [one.channel.id, one]),
    );
    return {
      id: `channel-${kind}`,
      prefix,
      handle: async (visit) => {
        const receive = byId.get(visit.path.slice(prefix.length))?.receive;
        return receive ? taken(visit, receive) : refuse(visit, 'no-such-route');
      },
    };
  });
}

async function taken(visit: Visit, receive: NonNullable<Conversation['receive']>): Promise<Reply> {
  const { method = '', headers } = visit.request;
  if (method !== 'POST') return refuse(visit, 'method-not-allowed', { headers: ['allow', 'POST'] });
  const body = await readBytes(visit.request, MAX_BYTES);
  if (body === 'gone') return 'taken';
  if (typeof body === 'string')
    return refuse(visit, 'body-too-large', {
      headers: body === 'far-too-large' ? ['connection', 'close'] : [],
    });
  const { status, type, body: text } = await receive({ method, headers, body });
  return { status, type: type ?? 'text/plain; charset=utf-8', body: text ?? '' };
}
