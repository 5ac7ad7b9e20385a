import type { Caller, Link, Opening, ServerSaid } from '../link.ts';
import type { Era, Members, Notification, Received, Request, Response } from '../message.ts';
import type { Answered, McpParts, Mounted, Story } from '../parts.ts';

/** One client's way through the gate: what a front sees of the story and the link behind it. */
export type Way = {
  readonly server: ServerSaid;
  /** Finds this way again, at any replica. */
  readonly ticket: string;
  readonly request: (request: Received<Request>, caller: Caller) => Promise<Answered>;
  readonly notify: (notification: Notification) => Promise<void>;
  readonly respond: (response: Response) => Promise<boolean>;
  readonly listen: (
    caller: Caller,
    options?: { readonly lastEventId?: string },
  ) => Promise<'ended' | 'unsupported' | 'gone'>;
  readonly close: () => Promise<void>;
};

/** What stands at one address: one server, or all of them together. */
export type Served = {
  /** Bound into sessions: one of another address is none here. */
  readonly name: string;
  readonly open: (era: Era, opening: Opening) => Promise<Way | { readonly unavailable: string }>;
  readonly attach: (ticket: string, opening: Opening) => Promise<Way | undefined>;
  /** The definition of a tool under the name it has here, as last listed. */
  readonly definitionOf: (tool: string) => Members | undefined;
};

/** One server at an address of its own, all names as they are. */
export function serveOne(
  mounted: Mounted,
  { tools, story }: Pick<McpParts, 'tools'> & { readonly story: Story },
): Served {
  const { name, upstream } = mounted;
  const wayOf = (link: Link): Way => ({
    server: link.server,
    ticket: link.ticket,
    request: (request, caller) => story.request(request, { caller, link, mounted }),
    notify: link.notify,
    respond: link.respond,
    listen: (caller, options) => story.listen({ caller, link, mounted }, options),
    close: link.close,
  });
  return {
    name,
    open: async (era, opening) => {
      const link = await upstream.open(era, opening);
      if ('unavailable' in link) return link;
      return link.era === era ? wayOf(link) : { unavailable: 'it speaks another version of MCP' };
    },
    attach: async (ticket, opening) => {
      const link = await upstream.attach(ticket, opening);
      return link && wayOf(link);
    },
    definitionOf: (tool) => tools.find(name, tool)?.definition,
  };
}
