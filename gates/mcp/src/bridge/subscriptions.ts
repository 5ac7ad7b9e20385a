import type { Caller, Link, Reply } from '../link.ts';
import type { Members, Notification, Request } from '../message.ts';
import { META } from './eras.ts';
import { answered, written } from '../answer.ts';
import { orBlank, orNone } from './json.ts';

/** The `subscriptions/listen` requests of modern clients of one legacy session. */
export type Subscriptions = {
  /** Serves one until its caller is gone. */
  readonly serve: (request: Request, caller: Caller) => Promise<Reply>;
  /** Tells whoever asked for it. */
  readonly tell: (notification: Notification) => void;
  /** Ends all of them, as a server does that goes away. */
  readonly end: () => void;
};

const LISTS = {
  'notifications/tools/list_changed': ['toolsListChanged', 'tools'],
  'notifications/prompts/list_changed': ['promptsListChanged', 'prompts'],
  'notifications/resources/list_changed': ['resourcesListChanged', 'resources'],
} as const;

type Open = {
  readonly request: Request;
  readonly caller: Caller;
  readonly honored: Members;
  readonly uris: ReadonlySet<string>;
  readonly end: () => void;
};

const MAX_URIS = 256;

/** What of a filter a server with these capabilities can keep. */
function honoredOf(filter: Members, capabilities: Members): Members {
  const offers = (part: string, what: string): boolean => orNone(capabilities[part])[what] === true;
  const lists = Object.values(LISTS).filter(
    ([name, part]) => filter[name] === true && offers(part, 'listChanged'),
  );
  const wanted = filter['resourceSubscriptions'];
  const uris = Array.isArray(wanted) ? wanted.filter((uri) => typeof uri === 'string') : [];
  return {
    ...Object.fromEntries(lists.map(([name]) => [name, true])),
    ...(uris.length > 0 && offers('resources', 'subscribe')
      ? { resourceSubscriptions: uris.slice(0, MAX_URIS) }
      : {}),
  };
}

/** Fans what a legacy server tells into the streams that asked for it, and subscribes to resources while somebody wants them. */
export function createSubscriptions(
  link: Link,
  send: (method: string, params: Members) => Promise<unknown>,
): Subscriptions {
  const open = new Set<Open>();

  const tell = (one: Open, { method, params }: Notification): void => {
    const meta = { ...orNone(orNone(params)['_meta']), [META.subscription]: one.request.id };
    one.caller.event({
      message: written({
        jsonrpc: '2.0',
        method,
        params: { ...orNone(params), _meta: meta },
      }),
    });
  };
  const wants = ({ honored, uris }: Open, { method, params }: Notification): boolean => {
    if (method === 'notifications/resources/updated')
      return uris.has(orBlank(orNone(params)['uri']));
    return Object.hasOwn(LISTS, method) && honored[LISTS[method as keyof typeof LISTS][0]] === true;
  };
  const isWanted = (uri: string): boolean => [...open].some(({ uris }) => uris.has(uri));

  return {
    tell: (notification) => {
      for (const one of open) if (wants(one, notification)) tell(one, notification);
    },
    end: () => open.forEach(({ end }) => end()),
    serve: async (request, caller) => {
      const filter = orNone(orNone(request.params)['notifications']);
      const honored = honoredOf(filter, link.server.capabilities);
      const uris = new Set((honored['resourceSubscriptions'] ?? []) as string[]);
      const fresh = [...uris].filter((uri) => !isWanted(uri));
      const { promise: ended, resolve: end } = Promise.withResolvers<void>();
      const one: Open = { request, caller, honored, uris, end };
      open.add(one);
      caller.signal.addEventListener('abort', () => end(), { once: true });
      if (caller.signal.aborted) end();
      // the acknowledgement is the first message of the stream
      const method = 'notifications/subscriptions/acknowledged';
      tell(one, { jsonrpc: '2.0', method, params: { notifications: honored } });
      await Promise.all(fresh.map((uri) => send('resources/subscribe', { uri })));
      await ended;
      open.delete(one);
      const left = [...uris].filter((uri) => !isWanted(uri));
      await Promise.all(left.map((uri) => send('resources/unsubscribe', { uri })));
      return answered(request.id, {
        result: { resultType: 'complete', _meta: { [META.subscription]: request.id } },
      });
    },
  };
}
