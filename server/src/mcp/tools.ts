import {
  changeTools,
  definitionOf,
  NO_TOOLS,
  ok,
  pinIn,
  pinsOf,
  readTools,
  sha256,
  sightTools,
  TOOLS,
  TOOLS_STANDING,
  toolStream,
  type Clock,
  type Digest,
  type FirstSight,
  type KnownPin,
  type LedgerStore,
  type PinnedTool,
  type ServerTools,
  type ToolDefinition,
} from '@countersign/core';
import type { Tool, Tools } from '@countersign/gate-mcp';

/** The pins of all servers, as the ledger tells of them. */
export type ToolRegistry = Tools & {
  /** Told of what a server of an agent's own lists; what is new is recorded as told by it. */
  readonly tell: (
    agent: string,
    server: string,
    listed: readonly ToolDefinition[],
  ) => Promise<ReadonlyMap<string, Tool>>;
  /** Servers that were ever told of. */
  readonly servers: () => readonly string[];
  /** What is durable of a server at the moment of the call, whichever gateway wrote it. Throws `StoreFailure`. */
  readonly current: (server: string) => Promise<ServerTools>;
  /** The pin that a tool was seen with last. */
  readonly offered: (server: string, tool: string) => Digest | undefined;
  readonly close: () => void;
};

export type RegistryParts = {
  readonly store: LedgerStore;
  readonly clock: Clock;
  readonly firstSight: (server: string) => FirstSight;
  readonly onFailure: (error: unknown) => void;
};

type Offered = { readonly pin: Digest; readonly definition: ToolDefinition };
type Listing = readonly (PinnedTool & { readonly definition: ToolDefinition })[];
type Known = {
  state: ServerTools;
  readonly offered: Map<string, Offered>;
  /** What was made of the last listings, by the digest of their text: one may differ from agent to agent. */
  readonly listings: Map<Digest, Listing>;
};

const LISTINGS_KEPT = 8;
const PAGE = 500;

/** Reads what is known of every server, then follows the ledger. */
export async function createToolRegistry(parts: RegistryParts): Promise<ToolRegistry> {
  const { store, clock, firstSight, onFailure } = parts;
  const known = new Map<string, Known>();
  const listeners = new Set<(server: string) => void>();
  const knownOf = (server: string): Known => {
    const one = known.get(server) ?? { state: NO_TOOLS, offered: new Map(), listings: new Map() };
    known.set(server, one);
    return one;
  };

  /** Takes a newer state in. What another gateway saw is what is offered, until this one looks itself (R2). */
  async function take(server: string, state: ServerTools): Promise<void> {
    const one = knownOf(server);
    const definitions = await definitionsOf(store, server, newlyOffered(one, state));
    if (state.version <= one.state.version) return;
    const isFirst = one.state.version === 0;
    one.state = state;
    for (const [tool, offered] of definitions) one.offered.set(tool, offered);
    if (!isFirst) for (const listener of listeners) listener(server);
  }

  const current: ToolRegistry['current'] = async (server) =>
    readTools(await store.read(toolStream(server)));
  const refresh = async (server: string): Promise<void> => take(server, await current(server));

  async function record(server: string, listing: Listing, by?: string): Promise<void> {
    const told = await changeTools(store, server, (state) => {
      const about = { server, listed: listing, firstSight: firstSight(server) };
      const events = sightTools(state, by === undefined ? about : { ...about, by }, clock());
      const named = new Set(
        events.flatMap((event) =>
          event.type === 'tool.reviewed' ? [] : event.tools.map(({ pin }) => pin),
        ),
      );
      return ok({ events, definitions: listing.filter(({ pin }) => named.has(pin)) });
    });
    if (told.ok) await take(server, told.value);
    else onFailure(told.error);
  }

  async function look(
    server: string,
    listed: readonly ToolDefinition[],
    by?: string,
  ): Promise<ReadonlyMap<string, Tool>> {
    const one = knownOf(server);
    const listing = listingOf(one, listed);
    for (const { name, pin, definition } of listing) one.offered.set(name, { pin, definition });
    // R2: what could not be written down is suspended, and tried again with the next listing
    if (listing.some(({ name, pin }) => !pinIn(one.state, name, pin)))
      await record(server, listing, by).catch(onFailure);
    return new Map(
      listing.map((tool) => [tool.name, toolOf(server, tool.name, tool, one.state)] as const),
    );
  }

  const close = store.onAppended(({ stream }) => {
    if (stream.startsWith(TOOLS)) void refresh(stream.slice(TOOLS.length)).catch(onFailure);
  });
  await Promise.all((await serversIn(store)).map((server) => refresh(server).catch(onFailure)));
  return {
    sight: (server, listed) => look(server, listed),
    tell: (agent, server, listed) => look(server, listed, agent),
    find: (server, name) => {
      const one = known.get(server);
      const offered = one?.offered.get(name);
      return one && offered && toolOf(server, name, offered, one.state);
    },
    isKnown: (server) => (known.get(server)?.state.version ?? 0) > 0,
    offered: (server, tool) => known.get(server)?.offered.get(tool)?.pin,
    servers: () => [...known].flatMap(([name, { state }]) => (state.version > 0 ? [name] : [])),
    current,
    onChange: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close,
  };
}

async function serversIn(store: Pick<LedgerStore, 'find'>): Promise<readonly string[]> {
  const servers: string[] = [];
  for (let before: string | undefined; ;) {
    const place = before === undefined ? {} : { before };
    const page = await store.find({ states: [TOOLS_STANDING], limit: PAGE, ...place });
    servers.push(...page.map(({ stream }) => stream.slice(TOOLS.length)));
    before = page.at(-1)?.stream;
    if (page.length < PAGE || before === undefined) return servers;
  }
}

/** Tools with a pin that is not in the state before: the newest of each. */
function newlyOffered({ state: { tools }, offered }: Known, next: ServerTools): readonly Pinned[] {
  return [...next.tools].flatMap(([tool, pins]) => {
    const last = pins.at(-1)?.pin;
    const isNew = last !== undefined && pins.length > (tools.get(tool)?.length ?? 0);
    return isNew && offered.get(tool)?.pin !== last ? [{ tool, pin: last }] : [];
  });
}

type Pinned = { readonly tool: string; readonly pin: Digest };

async function definitionsOf(
  store: Pick<LedgerStore, 'blob'>,
  server: string,
  pins: readonly Pinned[],
): Promise<readonly (readonly [string, Offered])[]> {
  const found = await Promise.all(
    pins.map(async ({ tool, pin }) => {
      const definition = await definitionOf(store, server, pin);
      return definition && ([tool, { pin, definition }] as const);
    }),
  );
  return found.filter((one) => one !== undefined);
}

/** A listing with its pins; hashing one again that was hashed before is most of what a listing costs. */
function listingOf({ listings }: Known, listed: readonly ToolDefinition[]): Listing {
  const text = sha256(JSON.stringify(listed));
  const before = listings.get(text);
  if (before) return before;
  const byName = new Map(listed.map((definition) => [definition['name'], definition]));
  const made = pinsOf(listed).map((tool) => ({ ...tool, definition: byName.get(tool.name) ?? {} }));
  listings.set(text, made);
  const [oldest] = listings.keys();
  if (listings.size > LISTINGS_KEPT && oldest !== undefined) listings.delete(oldest);
  return made;
}

function toolOf(
  server: string,
  name: string,
  { pin, definition }: Offered,
  state: ServerTools,
): Tool {
  const known = pinIn(state, name, pin);
  const tool = { server, name, pin, definition };
  return known?.standing === 'accepted'
    ? { ...tool, standing: 'accepted' }
    : { ...tool, standing: 'suspended', because: whyNot(known, state, name) };
}

/** Why a pin may not be used. One that is not known could not be written down. */
function whyNot(
  known: KnownPin | undefined,
  { tools, version }: ServerTools,
  name: string,
): NonNullable<Tool['because']> {
  if (known) return known.standing === 'refused' ? 'refused' : (known.because ?? 'unreviewed');
  return version === 0 ? 'unreviewed' : tools.has(name) ? 'changed' : 'new';
}
