import type { Digest } from '../crypto.ts';
import type { Instant } from '../time.ts';
import type { SightedPin, ToolEvent, ToolReviewed, ToolSuspended, WhySuspended } from './event.ts';

/** One definition a tool ever had, by its pin, and where that stands. */
export type KnownPin = {
  readonly pin: Digest;
  readonly standing: 'accepted' | 'suspended' | 'refused';
  readonly sightedAt: Instant;
  readonly because?: WhySuspended;
  /** The agent that told of it, where the gateway did not see it itself. */
  readonly toldBy?: string;
  readonly review?: Pick<ToolReviewed, 'choice' | 'by' | 'at' | 'reason'>;
};

/** The tools of one server: the fold of its stream. Pins of a tool stand in the order they were first seen. */
export type ServerTools = {
  readonly version: number;
  readonly tools: ReadonlyMap<string, readonly KnownPin[]>;
};

export const NO_TOOLS: ServerTools = Object.freeze({ version: 0, tools: new Map() });

/** A pin of a tool, where it is known. */
export const pinIn = ({ tools }: ServerTools, tool: string, pin: Digest): KnownPin | undefined =>
  tools.get(tool)?.find((one) => one.pin === pin);

/** What was accepted last of a tool, besides one pin. */
export function acceptedBefore(
  { tools }: ServerTools,
  tool: string,
  besides?: Digest,
): Digest | undefined {
  const accepted = (tools.get(tool) ?? []).filter(
    ({ pin, standing }) => standing === 'accepted' && pin !== besides,
  );
  return accepted.toSorted((a, b) => since(b) - since(a))[0]?.pin;
}

const since = ({ review, sightedAt }: KnownPin): number => review?.at ?? sightedAt;

/** State after one more fact. Total: a pin keeps how it was first seen, and the last review of it counts. */
export function evolveTools(state: ServerTools, event: ToolEvent): ServerTools {
  const tools = new Map(state.tools);
  if (event.type === 'tool.reviewed') {
    const pins = tools.get(event.tool) ?? [];
    const known = pins.map((one) => (one.pin === event.pin ? reviewed(one, event) : one));
    if (pins.length > 0) tools.set(event.tool, known);
  } else
    for (const sighted of event.tools) {
      const pins = tools.get(sighted.tool) ?? [];
      if (!pins.some(({ pin }) => pin === sighted.pin))
        tools.set(sighted.tool, [...pins, knownOf(sighted, event)]);
    }
  return { version: state.version + 1, tools };
}

const knownOf = ({ pin }: SightedPin, event: Exclude<ToolEvent, ToolReviewed>): KnownPin => ({
  pin,
  sightedAt: event.at,
  ...(event.by === undefined ? {} : { toldBy: event.by }),
  ...(isSuspension(event)
    ? { standing: 'suspended', because: event.because }
    : { standing: 'accepted' }),
});

const isSuspension = (event: ToolEvent): event is ToolSuspended => event.type === 'tool.suspended';

const reviewed = (known: KnownPin, { choice, by, at, reason }: ToolReviewed): KnownPin => ({
  ...known,
  standing: choice === 'accept' ? 'accepted' : 'refused',
  review: { choice, by, at, ...(reason === undefined ? {} : { reason }) },
});
