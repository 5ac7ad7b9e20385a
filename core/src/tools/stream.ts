import { canonical } from '../canonical.ts';
import { fromUtf8, utf8, type Digest } from '../crypto.ts';
import { parseJson } from '../json.ts';
import { StoreFailure, type LedgerStore, type Standing, type StoredEntry } from '../ports.ts';
import { err, ok, type Result } from '../result.ts';
import type { Instant } from '../time.ts';
import { inTurn } from '../turns.ts';
import type { PinnedTool, ToolDefinition } from './definition.ts';
import type { ToolEvent } from './event.ts';
import { evolveTools, NO_TOOLS, type ServerTools } from './registry.ts';

/** Streams that tell of tools (docs/spec/ledger.md, L39), one for each server. */
export const TOOLS = 'tools-';
export const toolStream = (server: string): string => `${TOOLS}${server}`;

/** The state of every such stream's standing: they are found by it. */
export const TOOLS_STANDING = 'tools';

/** The definition of a pin lies beside the stream under this name. */
export const definitionBlob = (pin: Digest): string => `def-${pin}`;

const TYPES: Readonly<Record<ToolEvent['type'], true>> = {
  'tool.sighted': true,
  'tool.suspended': true,
  'tool.reviewed': true,
};

/** The tools that these entries tell of. R2: what a newer gateway wrote may suspend one, so nothing is told without it. */
export function readTools(entries: readonly Pick<StoredEntry, 'entry'>[]): ServerTools {
  let state = NO_TOOLS;
  for (const { entry } of entries) {
    const parsed = parseJson(entry, 32);
    const event = (parsed.ok ? parsed.value : {}) as unknown as ToolEvent & { readonly v?: 1 };
    if (event.v !== 1 || !Object.hasOwn(TYPES, event.type))
      throw new StoreFailure('too-new', 'an entry about tools was written by a newer gateway', {
        retryable: true,
      });
    state = evolveTools(state, event);
  }
  return state;
}

const MAX_TRIES = 5;

/** What a change adds to the stream of a server, and the definitions that come with it. */
export type PlannedTools<E> = Result<
  { readonly events: readonly ToolEvent[]; readonly definitions?: readonly PinnedTool[] },
  E
>;

/** Read, decide, append at the version read; where another gateway was quicker, decide anew, at most five times. */
export function changeTools<E>(
  store: LedgerStore,
  server: string,
  plan: (state: ServerTools) => PlannedTools<E>,
): Promise<Result<ServerTools, E | 'busy' | 'overloaded'>> {
  const stream = toolStream(server);
  return inTurn(store, stream, async () => {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const state = readTools(await store.read(stream));
      const planned = plan(state);
      if (!planned.ok) return planned;
      const { events, definitions = [] } = planned.value;
      const [first] = events;
      if (!first) return ok(state);
      const { version } = state;
      const appended = await store.append({
        stream,
        expectedVersion: version,
        entries: events.map((event, i) =>
          canonical({ ...event, v: 1, stream, n: version + 1 + i }),
        ),
        ...(version === 0 && { standing: toolStanding(first.at) }),
        blobs: Object.fromEntries(
          definitions.map(({ pin, text }) => [definitionBlob(pin), utf8(text)]),
        ),
      });
      if (appended.ok) return ok(events.reduce(evolveTools, state));
      if (appended.error.code === 'overloaded') return err('overloaded');
    }
    return err('busy');
  });
}

/** What the store keeps to find a stream; it never changes. */
export const toolStanding = (at: Instant): Standing => ({
  state: TOOLS_STANDING,
  agent: '',
  createdAt: at,
});

/** The definition of a pin; undefined where it was erased. */
export async function definitionOf(
  store: Pick<LedgerStore, 'blob'>,
  server: string,
  pin: Digest,
): Promise<ToolDefinition | undefined> {
  const bytes = await store.blob(toolStream(server), definitionBlob(pin));
  // only this installation writes blobs, and by their own digest
  return bytes && (JSON.parse(fromUtf8(bytes)) as ToolDefinition);
}
