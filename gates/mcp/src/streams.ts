import { LIST_CHANGED, passDown } from './down.ts';
import { ended } from './execute.ts';
import type { StreamEvent } from './link.ts';
import { membersOf } from './members.ts';
import type { Received, Request, Response } from './message.ts';
import { notification } from './notification.ts';
import type { About } from './parts.ts';
import { maskResponse } from './run.ts';
import type { Work } from './work.ts';

/** What a server sends outside of requests, as it goes down, with our own word when a review changed the list. */
export async function listen(
  work: Work,
  about: About,
  options?: { readonly lastEventId?: string },
): Promise<'ended' | 'unsupported' | 'gone'> {
  const { caller, link } = about;
  const stop = tellChanges(work, about);
  try {
    return await link.listen({ ...caller, event: (event) => hear(work, about, event) }, options);
  } finally {
    stop();
  }
}

/** Tells a listener that a review changed what is listed; returns the way to stop. */
export function tellChanges(
  work: Work,
  { caller, mounted }: About,
  subscription?: Request,
): () => void {
  const params = subscription && {
    _meta: { 'io.modelcontextprotocol/subscriptionId': subscription.id },
  };
  const asks = membersOf(subscription?.params?.['notifications'])?.['toolsListChanged'] === true;
  return work.tools.onChange((server) => {
    if (server === mounted.name && (!subscription || asks))
      caller.event({ message: notification(LIST_CHANGED, params) });
  });
}

/** An answer on a resumed stream belongs to a call that parted: it is finished here. */
function hear(work: Work, about: About, event: StreamEvent): void {
  const { message } = event;
  if (!message || 'method' in message.message) return passDown(work, about, event);
  const response = message as Received<Response>;
  const call = work.parted.take(about.caller, response.message.id);
  const passed = call ? ended(work, about, call, response) : maskResponse(response, about);
  about.caller.event({ ...event, message: passed });
}
