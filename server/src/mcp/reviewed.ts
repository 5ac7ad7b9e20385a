import type { ToolItem, ToolPin } from '@countersign/api';
import {
  acceptedBefore,
  definitionOf,
  pinIn,
  toIso,
  viewTool,
  type Digest,
  type KnownPin,
  type LedgerStore,
  type ServerTools,
  type ToolDefinition,
  type ToolView,
} from '@countersign/core';
import type { ToolRegistry } from './tools.ts';

/** A tool by name, and which of its definitions; else the one it was seen with last. */
export type Asked = { readonly server: string; readonly tool: string; readonly pin?: Digest };

/** What there is to review, of one moment. */
export type Matter = {
  readonly state: ServerTools;
  readonly view: ToolView;
  readonly definition: ToolDefinition;
};

type Parts = {
  readonly store: Pick<LedgerStore, 'blob'>;
  readonly registry: Pick<ToolRegistry, 'current' | 'offered'>;
};

/** Reads what there is to review of a tool, as it is durable now. */
export async function matterOf(
  { store, registry }: Parts,
  asked: Asked,
): Promise<Matter | undefined> {
  const { server, tool } = asked;
  const state = await registry.current(server);
  const pin = asked.pin ?? lastSeen(registry, state, asked);
  const known = pin && pinIn(state, tool, pin);
  if (!known) return undefined;
  const before = acceptedBefore(state, tool, pin);
  const load = (one: Digest): Promise<ToolDefinition | undefined> =>
    definitionOf(store, server, one);
  const [definition, was] = await Promise.all([load(pin), before && load(before)]);
  if (!definition) return undefined;
  const base = before && was ? { was: { pin: before, definition: was } } : {};
  const names = state.tools.keys();
  return { state, definition, view: viewTool({ server, tool, known, definition, names, ...base }) };
}

/** The pin a tool was seen with last: by this gateway, else by whichever wrote it down. */
function lastSeen(
  { offered }: Pick<ToolRegistry, 'offered'>,
  state: ServerTools,
  { server, tool }: Asked,
): Digest | undefined {
  const here = offered(server, tool);
  return here && pinIn(state, tool, here) ? here : state.tools.get(tool)?.at(-1)?.pin;
}

/** A tool as it is listed; undefined where there is none. */
export function itemOf(
  registry: Pick<ToolRegistry, 'offered'>,
  state: ServerTools,
  { server, tool }: Asked,
): ToolItem | undefined {
  const offered = lastSeen(registry, state, { server, tool });
  const known = offered && pinIn(state, tool, offered);
  return (
    known && {
      server,
      tool,
      offered,
      standing: known.standing,
      ...(known.because === undefined ? {} : { because: known.because }),
      pins: (state.tools.get(tool) ?? []).map(toPin),
    }
  );
}

const toPin = ({ sightedAt, review, ...known }: KnownPin): ToolPin => ({
  ...known,
  sightedAt: toIso(sightedAt),
  ...(review ? { review: { ...review, at: toIso(review.at) } } : {}),
});

/** Those that wait for somebody first, then by name. */
export const inOrder = (items: readonly ToolItem[]): readonly ToolItem[] =>
  items.toSorted((a, b) => rankOf(a) - rankOf(b) || (nameOf(a) < nameOf(b) ? -1 : 1));

const rankOf = ({ standing, pins }: ToolItem): number => {
  if (standing === 'suspended') return 0;
  return pins.some((one) => one.standing === 'suspended') ? 1 : 2;
};
const nameOf = ({ server, tool }: ToolItem): string => `${server}/${tool}`;
