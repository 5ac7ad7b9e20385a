import type { Caller, Link } from '../link.ts';
import type { Members } from '../message.ts';
import { META, withMeta } from './eras.ts';
import { written } from '../answer.ts';
import { membersOf } from '../members.ts';
import { orNone, without } from './json.ts';

/** What a modern server tells, as the stream of a legacy session. */
export type Changes = {
  /** False where the server has no subscriptions, or enough of them. */
  readonly subscribe: (uri: string) => boolean;
  readonly unsubscribe: (uri: string) => void;
  /** The session's stream: list changes and resources subscribed to. */
  readonly listen: (caller: Caller) => Promise<'ended' | 'unsupported'>;
  readonly close: () => void;
};

const MAX_URIS = 256;
/** The longest a timer can be. */
const FOREVER_MS = 2_147_483_647;

export function createChanges(link: Link, envelope: (params: Members) => Members): Changes {
  const { capabilities } = link.server;
  const offers = (part: string, what: string): boolean => orNone(capabilities[part])[what] === true;
  const lists: Members = {
    ...(offers('tools', 'listChanged') ? { toolsListChanged: true } : {}),
    ...(offers('prompts', 'listChanged') ? { promptsListChanged: true } : {}),
    ...(offers('resources', 'listChanged') ? { resourcesListChanged: true } : {}),
  };
  const uris = new Set<string>();
  const closing = new AbortController();
  let count = 0;
  /** Ends the subscription under way, for one with another filter. */
  let renew = new AbortController();
  const changed = (): void => {
    const before = renew;
    renew = new AbortController();
    before.abort();
  };

  const once = async (caller: Caller, signal: AbortSignal): Promise<void> => {
    const notifications = {
      ...lists,
      ...(uris.size > 0 ? { resourceSubscriptions: [...uris] } : {}),
    };
    const id = `changes-${++count}`;
    const inner: Caller = {
      ...caller,
      era: 'modern',
      signal,
      event: ({ message }) => {
        const told = message?.message;
        if (!told || !('method' in told) || 'id' in told) return;
        if (told.method === 'notifications/subscriptions/acknowledged') return;
        const params = orNone(told.params);
        const meta = without(orNone(params['_meta']), META.subscription);
        const plain = withMeta(params, Object.keys(meta).length > 0 ? meta : undefined);
        caller.event({
          message: written({
            jsonrpc: '2.0',
            method: told.method,
            ...(membersOf(told.params) && Object.keys(plain).length > 0 ? { params: plain } : {}),
          }),
        });
      },
    };
    await link.request(
      { jsonrpc: '2.0', id, method: 'subscriptions/listen', params: envelope({ notifications }) },
      inner,
      { timeoutMs: FOREVER_MS },
    );
  };

  return {
    subscribe: (uri) => {
      if (!offers('resources', 'subscribe') || uris.size >= MAX_URIS) return false;
      if (!uris.has(uri)) {
        uris.add(uri);
        changed();
      }
      return true;
    },
    unsubscribe: (uri) => void (uris.delete(uri) && changed()),
    listen: async (caller) => {
      if (Object.keys(lists).length === 0 && !offers('resources', 'subscribe'))
        return 'unsupported';
      for (;;) {
        const asked = renew.signal;
        await once(caller, AbortSignal.any([caller.signal, closing.signal, asked]));
        // a server that ended it by itself is not pressed
        if (caller.signal.aborted || closing.signal.aborted || !asked.aborted) return 'ended';
      }
    },
    close: () => closing.abort(),
  };
}
