import type { Digest } from '../crypto.ts';
import { err, ok, type Result } from '../result.ts';
import type { Instant } from '../time.ts';
import type { SightedPin, ToolEvent, ToolReviewed, WhySuspended } from './event.ts';
import { acceptedBefore, pinIn, type KnownPin, type ServerTools } from './registry.ts';

/** What a server's first listing is worth: accepted as it stands, or suspended until people reviewed it. */
export type FirstSight = 'accept' | 'review';

/** What a server lists, complete. */
export type Sighting = {
  readonly server: string;
  readonly listed: readonly { readonly name: string; readonly pin: Digest }[];
  readonly firstSight: FirstSight;
  readonly by?: string;
};

// ATTACKER: a server may define a tool anew at every look. What goes beyond is not written down: it is suspended all the same
const MOST_WAITING = 256;
const MOST_WAITING_OF_ONE = 8;
const MOST_TOOLS = 1_024;
/** Of names with as many bytes as they may have, so many and their pins are less than an entry holds (L1). */
const MOST_IN_ENTRY = 64;

/** What a listing adds: nothing, where every pin in it is known. Decides; changes nothing. */
export function sightTools(
  state: ServerTools,
  { server, listed, firstSight, by }: Sighting,
  at: Instant,
): readonly ToolEvent[] {
  const fresh = listed.filter(({ name, pin }) => !pinIn(state, name, pin));
  const about = { at, server, ...(by === undefined ? {} : { by }) };
  const isFirst = state.version === 0;
  const kept = isFirst ? fresh.slice(0, MOST_TOOLS) : withinBounds(state, fresh);
  const sighted = kept.map(({ name, pin }) => sightedPin(state, name, pin));
  if (isFirst && firstSight === 'accept')
    return inParts(sighted).map((tools) => ({ type: 'tool.sighted', ...about, tools }));
  const why = (tool: string): WhySuspended => (isFirst ? 'unreviewed' : whyOf(state, tool));
  return REASONS.flatMap((because) =>
    inParts(sighted.filter(({ tool }) => why(tool) === because)).map(
      (tools) => ({ type: 'tool.suspended', ...about, because, tools }) as const,
    ),
  );
}

const REASONS: readonly WhySuspended[] = ['changed', 'new', 'unreviewed'];

function sightedPin(state: ServerTools, tool: string, pin: Digest): SightedPin {
  const was = acceptedBefore(state, tool);
  return { tool, pin, ...(was === undefined ? {} : { was }) };
}

/** A tool of which nothing is accepted goes on waiting for what it waits for. */
function whyOf(state: ServerTools, tool: string): WhySuspended {
  const pins = state.tools.get(tool);
  if (pins?.some(isAccepted)) return 'changed';
  return pins?.[0]?.because === 'unreviewed' ? 'unreviewed' : 'new';
}

const isAccepted = ({ standing }: KnownPin): boolean => standing === 'accepted';
const isWaiting = ({ standing }: KnownPin): boolean => standing === 'suspended';

function withinBounds(state: ServerTools, fresh: Sighting['listed']): Sighting['listed'] {
  let room = MOST_WAITING;
  for (const pins of state.tools.values()) room -= pins.filter(isWaiting).length;
  let names = MOST_TOOLS - state.tools.size;
  return fresh.filter(({ name }) => {
    const pins = state.tools.get(name);
    if (room <= 0 || (pins ? !hasRoom(pins) : names-- <= 0)) return false;
    room--;
    return true;
  });
}

const hasRoom = (pins: readonly KnownPin[]): boolean =>
  pins.filter(isWaiting).length < MOST_WAITING_OF_ONE;

function inParts<T>(list: readonly T[]): readonly (readonly T[])[] {
  const parts: T[][] = [];
  for (let from = 0; from < list.length; from += MOST_IN_ENTRY)
    parts.push(list.slice(from, from + MOST_IN_ENTRY));
  return parts;
}

/** A person's answer about one pin. */
export type ToolReview = Omit<ToolReviewed, 'type' | 'at'>;

/** What a review adds. An accepted pin may be refused later, and the other way round. */
export function reviewTool(
  state: ServerTools,
  review: ToolReview,
  at: Instant,
): Result<readonly ToolEvent[], 'not-found' | 'already-reviewed'> {
  const known = pinIn(state, review.tool, review.pin);
  if (!known) return err('not-found');
  const standing = review.choice === 'accept' ? 'accepted' : 'refused';
  if (known.standing === standing) return err('already-reviewed');
  return ok([{ type: 'tool.reviewed', at, ...review }]);
}
