import { written } from '../answer.ts';
import { CODES } from '../front/refusal.ts';
import type { Served, Way } from '../front/served.ts';
import type { Caller, Opening } from '../link.ts';
import type { Era, Members, Received, Request, Response } from '../message.ts';
import { WAIT_TOOL } from '../names.ts';
import type { Answered, McpParts, Story } from '../parts.ts';
import { isMembers } from '../read-message.ts';
import { serverOfTask } from '../task-id.ts';
import { envelopeOf, type Around } from './around.ts';
import { aboutOf, findLanes, openLanes, ticketOf, type Lane, type Lanes } from './lanes.ts';
import { listAll, LISTS } from './lists.ts';
import { eventBack, eventOut, idBack, split } from './names.ts';
import { createFindResource } from './resources.ts';
import { saidByAll } from './said.ts';
import { subscribe } from './subscribe.ts';

type Parts = Pick<McpParts, 'servers' | 'tools' | 'sealer' | 'now'> & { readonly story: Story };

/** All servers at one address: tools and prompts as `<server>__<name>`, resources by their URI. */
export function serveAll({ servers, tools, sealer, now, story }: Parts): Served {
  const find = createFindResource(now);
  const taskAt = (id: string): string | undefined => serverOfTask(sealer, id);
  const wayOf = (lanes: Lanes, era: Era, opening: Opening): Way => ({
    server: saidByAll(lanes, era, opening),
    ticket: ticketOf(lanes),
    request: (request, caller) => ask(request, { caller, lanes, story, find, taskAt }),
    notify: async (told) => {
      await Promise.all([...lanes.values()].map(({ link }) => link.notify(told)));
    },
    respond: async (response) => {
      const back = idBack(response.id);
      const lane = back && lanes.get(back[0]);
      return lane ? lane.link.respond({ ...response, id: back[1] }) : false;
    },
    listen: (caller, options) => listenAll({ caller, lanes, story, find, taskAt }, options),
    close: async () => {
      await Promise.allSettled([...lanes.values()].map(({ link }) => link.close()));
    },
  });
  return {
    name: '*',
    open: async (era, opening) => {
      const lanes = await openLanes(servers, era, opening);
      return lanes.size > 0
        ? wayOf(lanes, era, opening)
        : { unavailable: 'none of the servers can be reached' };
    },
    attach: async (ticket, opening) => {
      const lanes = await findLanes(servers, ticket, opening);
      return lanes.size > 0 ? wayOf(lanes, 'legacy', opening) : undefined;
    },
    definitionOf: (tool) => {
      const [server, name] = split(tool) ?? [];
      if (server === undefined || name === undefined) return undefined;
      return tools.find(server, name)?.definition;
    },
  };
}

/** One request, by the server it is for. */
async function ask(request: Received<Request>, around: Around): Promise<Answered> {
  const { message } = request;
  const { method, id, params = {} } = message;
  if (Object.hasOwn(LISTS, method)) return answered(await listAll(message, around));
  if (method === 'ping') return answered(written({ jsonrpc: '2.0', id, result: {} }));
  if (method === 'subscriptions/listen') return answered(await subscribe(message, around));
  if (method === 'logging/setLevel') return toAll(message, around);
  if (method === 'tools/call' || method === 'prompts/get')
    return byName(message, params['name'], around);
  const { uri, ref, taskId } = params;
  if (method.startsWith('tasks/')) {
    const lane = around.lanes.get(around.taskAt(typeof taskId === 'string' ? taskId : '') ?? '');
    return lane
      ? at(lane, request, around)
      : failed(message, CODES.invalidParams, 'there is no such task of yours');
  }
  if (typeof uri === 'string') return byUri(message, uri, around);
  if (method === 'completion/complete' && isMembers(ref))
    return typeof ref['uri'] === 'string'
      ? byUri(message, ref['uri'], around)
      : byName(message, ref['name'], around);
  return failed(message, CODES.methodNotFound, 'this method leads to no server here');
}

function byName(request: Request, name: unknown, around: Around): Promise<Answered> {
  const { caller, lanes, story } = around;
  const [first] = lanes.values();
  if (name === WAIT_TOOL && request.method === 'tools/call' && first)
    return story.request(written(request), aboutOf(first, caller, lanes));
  const [server, own] = (typeof name === 'string' ? split(name) : undefined) ?? [];
  const lane = server === undefined ? undefined : lanes.get(server);
  if (!lane || own === undefined)
    return failed(request, CODES.invalidParams, 'no server that can be reached has this name');
  const { params = {} } = request;
  const { ref } = params;
  const renamed: Members = isMembers(ref)
    ? { ...params, ref: { ...ref, name: own } }
    : { ...params, name: own };
  return at(lane, written({ ...request, params: renamed }), around);
}

async function byUri(request: Request, uri: string, around: Around): Promise<Answered> {
  const whose = await around.find(uri, { ...around, meta: envelopeOf(request) });
  if (whose === 'ambiguous')
    return failed(
      request,
      CODES.invalidParams,
      'several servers have this resource: ask one alone',
    );
  if (whose === 'unknown')
    return failed(request, CODES.invalidParams, 'no server that can be reached has this resource');
  return at(whose[1], written(request), around);
}

/** At one server; whatever comes before the answer says whose it is. */
function at(lane: Lane, request: Received<Request>, around: Around): Promise<Answered> {
  const { caller, lanes, story } = around;
  const { name } = lane.mounted;
  const event: Caller['event'] = (one) => caller.event(eventOut(name, 'answer', one));
  return story.request(request, aboutOf(lane, { ...caller, event }, lanes));
}

async function toAll(request: Request, around: Around): Promise<Answered> {
  const able = [...around.lanes.values()].filter(({ link }) =>
    isMembers(link.server.capabilities['logging']),
  );
  await Promise.allSettled(able.map((lane) => at(lane, written(request), around)));
  return answered(written({ jsonrpc: '2.0', id: request.id, result: {} }));
}

/** What all servers say unasked, in one stream; or the rest of one answer. */
async function listenAll(
  { caller, lanes, story }: Around,
  { lastEventId }: { readonly lastEventId?: string } = {},
): Promise<'ended' | 'unsupported' | 'gone'> {
  const back = lastEventId === undefined ? undefined : eventBack(lastEventId);
  const some =
    back?.kind === 'answer' ? [...lanes].filter(([name]) => name === back.server) : [...lanes];
  const kind = back?.kind ?? 'told';
  const ends = await Promise.all(
    some.map(([name, lane]) => {
      const event: Caller['event'] = (one) => caller.event(eventOut(name, kind, one));
      const from = back?.server === name ? { lastEventId: back.id } : {};
      return story.listen(aboutOf(lane, { ...caller, event }, lanes), from);
    }),
  );
  if (ends.every((end) => end === 'gone')) return 'gone';
  return ends.every((end) => end === 'unsupported') ? 'unsupported' : 'ended';
}

const answered = (response: Received<Response>): Answered => ({ is: 'answered', response });

const failed = ({ id }: Request, code: number, message: string): Promise<Answered> =>
  Promise.resolve(answered(written({ jsonrpc: '2.0', id, error: { code, message } })));
