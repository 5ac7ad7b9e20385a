import { written } from '../answer.ts';
import type { Caller } from '../link.ts';
import type { Json } from '@countersign/core';
import type { Members, Received, Request, Response } from '../message.ts';
import { isMembers } from '../read-message.ts';
import { envelopeOf, type Around } from './around.ts';
import { aboutOf } from './lanes.ts';

const SUBSCRIPTION = 'io.modelcontextprotocol/subscriptionId';
const ACKNOWLEDGED = 'notifications/subscriptions/acknowledged';

/** One subscription at all servers: acknowledged once, with what any of them honours; a resource only at the server that has it. */
export async function subscribe(request: Request, around: Around): Promise<Received<Response>> {
  const { caller, lanes, story } = around;
  const { id, params = {} } = request;
  const wanted = isMembers(params['notifications']) ? params['notifications'] : {};
  const filters = await filtersOf(wanted, request, around);
  const honoured: Record<string, Json> = {};
  let waiting = filters.size;
  const acknowledge = (): void => {
    waiting -= 1;
    if (waiting !== 0) return;
    const meta = { [SUBSCRIPTION]: id };
    const told = { notifications: honoured, _meta: meta };
    const message = written({ jsonrpc: '2.0', method: ACKNOWLEDGED, params: told } as const);
    caller.event({ message });
  };
  await Promise.all(
    [...lanes].map(async ([name, lane]) => {
      const notifications = filters.get(name);
      if (!notifications) return;
      let isOpen = false;
      const event: Caller['event'] = (one) => {
        const message = one.message?.message;
        if (!message || !('method' in message) || message.method !== ACKNOWLEDGED)
          return caller.event(one);
        const given = message.params?.['notifications'];
        if (isMembers(given)) join(honoured, given);
        if (!isOpen) acknowledge();
        isOpen = true;
      };
      const mine = written({ ...request, params: { ...params, notifications } });
      await story.request(mine, aboutOf(lane, { ...caller, event }, lanes));
      // one that refused, or is down, holds up nobody
      if (!isOpen) acknowledge();
    }),
  );
  const meta = { [SUBSCRIPTION]: id };
  return written({ jsonrpc: '2.0', id, result: { resultType: 'complete', _meta: meta } });
}

/** What each server is asked for. */
async function filtersOf(
  wanted: Members,
  request: Request,
  around: Around,
): Promise<ReadonlyMap<string, Members>> {
  const { resourceSubscriptions: uris, ...rest } = wanted;
  const byServer = new Map<string, string[]>();
  for (const uri of Array.isArray(uris) ? (uris as readonly Json[]) : []) {
    if (typeof uri !== 'string') continue;
    const whose = await around.find(uri, { ...around, meta: envelopeOf(request) });
    if (typeof whose !== 'string') byServer.set(whose[0], [...(byServer.get(whose[0]) ?? []), uri]);
  }
  return new Map(
    [...around.lanes.keys()].map((name) => {
      const mine = byServer.get(name);
      return [name, { ...rest, ...(mine && { resourceSubscriptions: mine }) }];
    }),
  );
}

function join(into: Record<string, Json>, given: Members): void {
  for (const [name, value] of Object.entries(given)) {
    const before = into[name];
    into[name] = Array.isArray(value) && Array.isArray(before) ? [...before, ...value] : value;
  }
}
