import type { ProblemCode, ReviewingTool, ToolPage } from '@countersign/api';
import {
  changeTools,
  digestToolView,
  err,
  ok,
  reviewTool,
  visible,
  type Digest,
  type Result,
  type ToolDefinition,
} from '@countersign/core';
import type { Config } from '../config/config.ts';
import { inOrder, itemOf, matterOf, type Asked } from '../mcp/reviewed.ts';
import type { ToolRegistry } from '../mcp/tools.ts';
import { channelFor } from './approvals.ts';
import { assuranceOf } from './assurance.ts';
import { json, personOf, type Caller, type Exchange, type Handlers } from './exchange.ts';
import { whyNotManage } from './manage.ts';
import { namesOf } from './names.ts';
import { refuse } from './refuse.ts';
import { isAdministrator } from './rights.ts';
import type { Sight } from './see.ts';

type ToolRoutes = Pick<Handlers, 'tellTools' | 'tools' | 'tool' | 'reviewTool'>;

/** What tools over HTTP need. */
export type ToolParts = { readonly registry: ToolRegistry; readonly config: () => Config };

const MOST_LISTED = 1_000;
const SERVER_TYPE = 'McpServer';

/** Pins of tools. R7: an agent tells and asks, a person reviews; accepting a definition permits no call of it. */
export function toolRoutes({ parts, access }: Sight, { registry, config }: ToolParts): ToolRoutes {
  const { store, clock, directory, display } = parts;

  /** A tool with what is reviewed of it, as it is durable now. */
  async function pageOf(caller: Caller, asked: Asked): Promise<ToolPage | undefined> {
    const matter = await matterOf({ store, registry }, asked);
    const item = matter && itemOf(registry, matter.state, asked);
    if (!item) return undefined;
    const people = item.pins.map((one) => one.review?.by);
    return {
      ...item,
      view: matter.view,
      seenDigest: digestToolView(matter.view),
      definition: visible(JSON.stringify(matter.definition, null, 2)).text,
      names: namesOf(directory(), people),
      may: { review: caller.kind === 'person' && isAdministrator(caller.person, access()) },
    };
  }

  /** Writes a review down, if what was seen is what there is. */
  async function review(exchange: Exchange<'reviewTool'>): Promise<Result<unknown, ProblemCode>> {
    const { body, caller, request } = exchange;
    const { reason, ...said } = body;
    const channel = channelFor({ caller, request });
    const matter = await matterOf({ store, registry }, body);
    if (!matter || !channel) return err('not-found');
    if (digestToolView(matter.view) !== body.seenDigest) return err('seen-mismatch');
    const { id: by, human } = personOf(exchange);
    const told = {
      ...said,
      by,
      human,
      assurance: assuranceOf(caller, clock()),
      channel,
      ...(reason === undefined ? {} : { reason: display.text(reason) }),
    };
    return changeTools<ProblemCode>(store, body.server, (state) => {
      // another review, or another definition, since it was looked at: what was seen is not what is reviewed
      if (state.version !== matter.state.version) return err('seen-mismatch');
      const events = reviewTool(state, told, clock());
      return events.ok ? ok({ events: events.value }) : events;
    });
  }

  /** What gives power needs recent proof of who it is, as everywhere. */
  function whyNotReview({ choice }: ReviewingTool, caller: Caller): ProblemCode | undefined {
    const { signIn } = config();
    const hasSignIn = signIn.development || signIn.providers.length > 0;
    const gives = choice === 'accept';
    return whyNotManage(caller, { gives, access: access(), hasSignIn, now: clock() });
  }

  return {
    tellTools: async (exchange) => {
      const { body, caller } = exchange;
      const { server, tools: listed } = body;
      // what an agent may act on is configured: it makes up no servers
      if (!config().resources.some(({ type, id }) => type === SERVER_TYPE && id === server))
        return refuse(exchange, 'unknown-resource', {
          path: '$.server',
          detail: `no \`${SERVER_TYPE}\` of this name is among \`resources\``,
        });
      const told = await registry.tell(caller.id, server, listed as readonly ToolDefinition[]);
      const tools = [...told.values()].map(({ name, pin, standing, because }) => ({
        name,
        pin,
        standing,
        ...(because === undefined ? {} : { because }),
      }));
      return json(200, { tools });
    },
    tools: async ({ query: { server: only } }) => {
      const servers = registry.servers().filter((one) => only === undefined || one === only);
      const found = await Promise.all(
        servers.map(async (server) => {
          const state = await registry.current(server);
          return [...state.tools.keys()].map((tool) => itemOf(registry, state, { server, tool }));
        }),
      );
      const all = inOrder(found.flat().filter((item) => item !== undefined));
      const items = all.slice(0, MOST_LISTED);
      const people = items.flatMap(({ pins }) => pins.map(({ review: one }) => one?.by));
      return json(200, { items, total: all.length, names: namesOf(directory(), people) });
    },
    tool: async (exchange) => {
      const asked = askedOf(exchange);
      const page = asked && (await pageOf(exchange.caller, asked));
      return page ? json(200, page) : refuse(exchange, 'not-found');
    },
    reviewTool: async (exchange) => {
      const { body, caller } = exchange;
      const barred = whyNotReview(body, caller);
      if (barred) return refuse(exchange, barred);
      const done = await review(exchange);
      if (!done.ok) return refuse(exchange, done.error);
      const page = await pageOf(caller, body);
      return page ? json(200, page) : refuse(exchange, 'not-found');
    },
  };
}

/** `{server}/{tool}`, each percent-encoded. */
function askedOf({ param, query: { pin } }: Exchange<'tool'>): Asked | undefined {
  const [server, tool, ...rest] = param.split('/').map(decoded);
  if (!server || !tool || rest.length > 0) return undefined;
  return { server, tool, ...(pin === undefined ? {} : { pin: String(pin) as Digest }) };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
