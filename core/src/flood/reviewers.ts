import type { Lineage } from '../action/action.ts';
import type { Requested } from '../approval/event.ts';
import type { Requirement } from '../approval/requirement.ts';
import { whatIsUnsatisfiable } from '../approval/tally.ts';
import type { Directory, Person } from '../directory.ts';
import { err, ok, type Result } from '../result.ts';
import type { Instant } from '../time.ts';
import type { Attended, Attention } from './attention.ts';
import type { Barred } from './because.ts';

/** Every human a request is put before: active, in a group that is asked, and neither excluded nor spared. */
export function attendedBy(
  { agent }: Pick<Lineage, 'agent'>,
  asked: Pick<Requested, 'approvalId' | 'at' | 'requirements' | 'excluded' | 'spared'>,
  directory: Directory,
): Attended {
  const { approvalId, at, excluded, spared = [] } = asked;
  const not = new Set([...excluded.map(({ human }) => human), ...spared]);
  const humans = membersOf(asked.requirements, directory).filter((human) => !not.has(human));
  return { approvalId, at, agent, humans };
}

// a confirmation is the person's own doing, and no review: it takes nobody else's attention
const membersOf = (
  requirements: readonly Requirement[],
  directory: Directory,
): readonly string[] => {
  const groups = requirements.flatMap((one) => (one.kind === 'review' ? one.groups : []));
  const asked = [...directory.members(groups), ...(directory.delegates?.(groups) ?? [])];
  const active = asked.filter((one) => one.active);
  return [...new Set(active.map(({ human }) => human))];
};

type Asking = {
  readonly requirements: readonly Requirement[];
  readonly lineage: Lineage;
  readonly directory: Directory;
  readonly now: Instant;
};

/**
 * Who is spared a request because their attention is spent (A11): it is asked all the same while the others suffice. Where
 * they do not, nobody is asked, whatever the risk, until enough of them have attention again.
 */
export function spare(
  attention: Attention,
  { requirements, lineage, directory, now }: Asking,
): Result<readonly string[], Barred> {
  const spent = attention.spent(lineage.agent, membersOf(requirements, directory), now);
  if (spent.size === 0) return ok([]);
  // whoever is asked only later does not look at it now
  const asked = requirements.map((one): Requirement => ({ ...one, escalation: [] }));
  const suffice = (spared: Iterable<string>): boolean =>
    whatIsUnsatisfiable(asked, lineage, without(directory, spared), now).length === 0;
  // only those who are asked later could meet it at all: nobody’s attention stands against that
  if (!suffice([])) return ok([...spent.keys()].toSorted());
  if (suffice(spent.keys())) return ok([...spent.keys()].toSorted());
  const retryAt = firstWhere([...new Set(spent.values())], (time) =>
    suffice([...spent].flatMap(([human, freeAt]) => (freeAt > time ? [human] : []))),
  );
  return err({ code: 'budget-exhausted', because: 'reviewers', retryAt });
}

/** The same directory without some humans in its groups; they are still known. */
function without(directory: Directory, humans: Iterable<string>): Directory {
  const left = new Set(humans);
  const isThere = ({ human }: Person): boolean => !left.has(human);
  return {
    ...directory,
    members: (groups) => directory.members(groups).filter(isThere),
    delegates: (groups) => (directory.delegates?.(groups) ?? []).filter(isThere),
  };
}

/** The earliest of these times at which something holds that then goes on to hold; it does at the last. */
function firstWhere(times: readonly Instant[], holds: (time: Instant) => boolean): Instant {
  const sorted = times.toSorted((a, b) => a - b);
  let [low, high] = [0, sorted.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    const time = sorted[middle];
    if (time !== undefined && holds(time)) high = middle;
    else low = middle + 1;
  }
  const found = sorted[low];
  if (found === undefined) throw new RangeError('there is no time to choose from');
  return found;
}
