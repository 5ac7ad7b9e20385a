import { pinsOf, type Digest } from '@countersign/core';
import type { Members, Tool, Tools } from '@countersign/gate-mcp';
import { GatewayUnreachable, Refused, type Transport } from '@countersign/sdk';

/** Pins as the gateway keeps them. */
export type RemoteTools = Tools & { readonly close: () => void };

type Told = {
  readonly tools: readonly {
    readonly name: string;
    readonly pin: Digest;
    readonly standing: Tool['standing'];
    readonly because?: NonNullable<Tool['because']>;
  }[];
};

/** How often the gateway is asked again for tools that wait for a review. */
const AGAIN_MS = 15_000;

/** Tells the gateway what a server lists, and hears what of it may be used. What it could not be asked about is not used (R2). */
export function createRemoteTools(
  { json }: Pick<Transport, 'json'>,
  log: (line: string) => void,
  againMs: number = AGAIN_MS,
): RemoteTools {
  const known = new Map<string, Map<string, Tool>>();
  const listings = new Map<string, readonly Members[]>();
  const listeners = new Set<(server: string) => void>();

  const ask = async (server: string, listed: readonly Members[]): Promise<Map<string, Tool>> => {
    const { tools } = await json<Told>({
      method: 'POST',
      path: '/v1/tools',
      body: { server, tools: listed },
      tries: 2,
      isAnswer: (answer) => Array.isArray((answer as Partial<Told> | null)?.tools),
    });
    return toolsOf(server, listed, tools);
  };
  const look = async (server: string, listed: readonly Members[]): Promise<void> => {
    const before = known.get(server);
    const tools = await ask(server, listed);
    known.set(server, new Map([...(before ?? []), ...tools]));
    const isNews = [...tools].some(
      ([name, { standing }]) => before?.get(name)?.standing !== standing,
    );
    if (isNews) for (const listener of listeners) listener(server);
  };
  const isWaiting = (server: string): boolean =>
    [...(known.get(server)?.values() ?? [])].some(({ standing }) => standing !== 'accepted');
  const again = setInterval(() => {
    for (const [server, listed] of listings)
      if (isWaiting(server)) look(server, listed).catch(() => undefined); // it is asked again
  }, againMs).unref();

  return {
    sight: async (server, listed) => {
      try {
        const tools = await ask(server, listed);
        listings.set(server, listed);
        known.set(server, new Map([...(known.get(server) ?? []), ...tools]));
        return tools;
      } catch (error) {
        log(`tools of \`${server}\` cannot be looked up now: ${whyOf(error)}`);
        // what was accepted stays listed, calls of it are refused; the rest is asked for again
        const before = known.get(server);
        const tools = unaskable(server, listed, before);
        listings.set(server, listed);
        known.set(server, new Map([...(before ?? []), ...tools]));
        return tools;
      }
    },
    // a gateway that has a baseline is told all of it once more, and finds nothing new
    isKnown: (server) => listings.has(server),
    find: (server, name) => known.get(server)?.get(name),
    onChange: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: () => clearInterval(again),
  };
}

/** R3: an answer counts for a definition whose pin is the same here. */
function toolsOf(
  server: string,
  listed: readonly Members[],
  told: Told['tools'],
): Map<string, Tool> {
  const definitions = new Map(listed.map((one) => [one['name'], one]));
  const pins = new Map(pinsOf(listed).map(({ name, pin }) => [name, pin]));
  const tools = new Map<string, Tool>();
  for (const { name, pin, standing, because } of told) {
    const definition = definitions.get(name);
    if (definition === undefined || pins.get(name) !== pin) continue;
    const tool = { server, name, pin, standing, definition };
    tools.set(name, because === undefined ? tool : { ...tool, because });
  }
  return tools;
}

const unaskable = (
  server: string,
  listed: readonly Members[],
  before: ReadonlyMap<string, Tool> | undefined,
): Map<string, Tool> =>
  toolsOf(
    server,
    listed,
    pinsOf(listed).map(({ name, pin }) => {
      const known = before?.get(name);
      return known?.pin === pin
        ? known
        : { name, pin, standing: 'suspended', because: 'unreviewed' };
    }),
  );

function whyOf(error: unknown): string {
  if (error instanceof Refused) return error.problem.detail ?? error.code;
  return error instanceof GatewayUnreachable ? error.message : 'the gateway gave no answer';
}
