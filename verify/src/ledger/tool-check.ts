import type { Entry } from '../entry.ts';
import {
  digestOf,
  Malformed,
  objectsOf,
  optionalTextOf,
  textOf,
  wordOf,
} from '../evidence/read.ts';
import type { JsonObject } from '../json.ts';
import { fail, ok, type Result } from '../result.ts';

/** Follows the pins of tools through a whole ledger (L39): none is accepted but by the first listing, or by a person. */
export type ToolCheck = {
  readonly take: (entry: Entry, where: string) => Result<void>;
  /** An entry of the stream `directory`: whoever it registers as an agent is no person (R7). */
  readonly meet: (entry: Entry) => void;
};

type Pin = { readonly is: 'accepted' | 'suspended' | 'refused'; readonly since: number };
type Known = {
  /** When the first listing was told of, and how. */
  readonly began: number;
  readonly isAccepting: boolean;
  /** Whether nothing but the first listing was told of. */
  readonly isFirst: boolean;
  /** By tool, then by pin. */
  readonly tools: Map<string, Map<string, Pin>>;
  /** Agents that told of something. */
  readonly agents: Set<string>;
};

/** Makes the check; one word per pin is remembered. */
export function createToolCheck(): ToolCheck {
  const known = new Map<string, Known>();
  const registered = new Set<unknown>();
  return {
    meet: ({ type, agent }) => {
      if (type === 'agent.registered') registered.add(agent);
    },
    take: (entry, where) => {
      try {
        if (registered.has(entry['human']) || (entry['human'] && registered.has(entry['by'])))
          throw new Malformed('reviewed by an agent');
        known.set(entry.stream, next(known.get(entry.stream), entry));
        return ok(undefined);
      } catch (error) {
        if (!(error instanceof Malformed)) throw error;
        return fail('tool-mismatch', `${where}: ${error.message}`);
      }
    },
  };
}

function next(before: Known | undefined, entry: Entry): Known {
  if (textOf(entry, 'server') !== entry.stream.slice('tools-'.length))
    throw new Malformed('it is about another server');
  switch (entry.type) {
    case 'tool.sighted':
      return sighted(before, entry);
    case 'tool.suspended':
      return suspended(before, entry);
    case 'tool.reviewed':
      return reviewed(before, entry);
    default:
      throw new Malformed('an unknown type of event of tools');
  }
}

/** Accepted without a person: nothing but the first listing, which is one moment. */
function sighted(before: Known | undefined, entry: Entry): Known {
  if (before && !(before.isFirst && before.isAccepting && before.began === entry.at))
    throw new Malformed('accepted without a review, and not by the first listing');
  return add(before ?? begun(entry, true), entry, 'accepted');
}

const begun = (entry: Entry, isAccepting: boolean): Known => ({
  began: entry.at,
  isAccepting,
  isFirst: true,
  tools: new Map(),
  agents: new Set(),
});

function suspended(before: Known | undefined, entry: Entry): Known {
  const because = wordOf(entry, 'because', ['changed', 'new', 'unreviewed']);
  const known = before ?? begun(entry, false);
  if ((!before || known.isAccepting) && (because === 'unreviewed') !== !before)
    throw new Malformed('`because` is not why it is suspended');
  for (const one of objectsOf(entry, 'tools')) {
    const last = lastAccepted(known.tools.get(textOf(one, 'tool')));
    if (last !== optionalTextOf(one, 'was') || (because === 'changed') !== (last !== undefined))
      throw new Malformed('it was not accepted before as it says');
  }
  const isFirst = known.isFirst && because === 'unreviewed' && known.began === entry.at;
  return { ...add(known, entry, 'suspended'), isFirst };
}

function add(known: Known, entry: Entry, is: Pin['is']): Known {
  const by = optionalTextOf(entry, 'by');
  if (by !== undefined) known.agents.add(by);
  const listed = objectsOf(entry, 'tools');
  if (listed.length === 0) throw new Malformed('it names no tool');
  for (const one of listed) {
    const pins = pinsOf(known, one);
    const pin = digestOf(one, 'pin');
    if (pins.has(pin)) throw new Malformed('a pin that was known before');
    pins.set(pin, { is, since: entry.at });
  }
  return known;
}

function pinsOf({ tools }: Known, one: JsonObject): Map<string, Pin> {
  const tool = textOf(one, 'tool');
  const pins = tools.get(tool) ?? new Map<string, Pin>();
  tools.set(tool, pins);
  return pins;
}

/** What was accepted last; of several at one moment, the one that was seen first. */
function lastAccepted(pins: ReadonlyMap<string, Pin> = new Map()): string | undefined {
  const accepted = [...pins].filter(([, { is }]) => is === 'accepted');
  return accepted.toSorted(([, a], [, b]) => b.since - a.since)[0]?.[0];
}

/** R7: by a person, of a pin that was seen, and it changes where that stands. */
function reviewed(before: Known | undefined, entry: Entry): Known {
  const is = wordOf(entry, 'choice', ['accept', 'refuse']) === 'accept' ? 'accepted' : 'refused';
  const pins = before?.tools.get(textOf(entry, 'tool'));
  const pin = digestOf(entry, 'pin');
  const was = pins?.get(pin);
  if (!before || !pins || !was) throw new Malformed('a review of what was never seen');
  if (was.is === is) throw new Malformed('a review that changes nothing');
  wordOf(entry, 'assurance', ['chat', 'session', 'passkey', 'hardware']);
  wordOf(entry, 'channel', ['console', 'terminal', 'api']);
  digestOf(entry, 'seenDigest');
  optionalTextOf(entry, 'reason');
  for (const who of [textOf(entry, 'by'), textOf(entry, 'human')])
    if (who === '' || before.agents.has(who))
      throw new Malformed('reviewed by an agent, or by nobody');
  pins.set(pin, { is, since: entry.at });
  return { ...before, isFirst: false };
}
