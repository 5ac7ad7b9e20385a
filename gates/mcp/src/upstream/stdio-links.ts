import type { Caller, Link, Opening, Reply, ServerSaid } from '../link.ts';
import type { Request } from '../message.ts';
import type { Running } from './children.ts';
import { enveloped } from './modern-headers.ts';
import { listenModern } from './modern-listen.ts';

/** The way to the child of one session. */
export function legacyLink(
  running: Running,
  server: ServerSaid,
  ticket: string,
  onClose: () => void,
): Link {
  const { talk, touch } = running;
  return {
    era: 'legacy',
    server,
    ticket,
    request: async (request, caller, options = {}) => {
      touch();
      const reply = await talk.request(request, caller, options.timeoutMs);
      touch();
      return reply.is === 'unsent' && running.isOver() ? { ...reply, isGone: true } : reply;
    },
    notify: async (notification) => talk.notify(notification),
    respond: async (response) => talk.respond(response),
    listen: async (caller) => {
      if (running.isOver()) return 'gone';
      caller.hold();
      return talk.listen(caller);
    },
    close: async () => {
      onClose();
      await running.end();
    },
  };
}

/** The way to whichever child the agent has now. */
export function modernLink(
  server: ServerSaid,
  client: Opening['client'],
  child: () => Promise<Running | { readonly unavailable: string }>,
): Link {
  const request = async (
    asked: Request,
    caller: Pick<Caller, 'signal' | 'event'>,
    { timeoutMs }: { readonly timeoutMs?: number } = {},
  ): Promise<Reply> => {
    const running = await child();
    if ('unavailable' in running) return { is: 'unsent', why: running.unavailable };
    const event: Caller['event'] = (one) => {
      // ATTACKER: a modern server asks nothing on its own
      if (one.message && !('id' in one.message.message)) caller.event(one);
    };
    running.touch();
    const params = enveloped(asked.params, client, server.protocolVersion);
    const { signal } = caller;
    const reply = await running.talk.request({ ...asked, params }, { signal, event }, timeoutMs);
    running.touch();
    return reply;
  };
  return {
    era: 'modern',
    server,
    ticket: 'modern',
    request,
    notify: async (notification) => {
      const running = await child();
      if (!('unavailable' in running)) running.talk.notify(notification);
    },
    respond: async () => false,
    listen: (caller) => listenModern(request, server, caller),
    close: async () => {},
  };
}
