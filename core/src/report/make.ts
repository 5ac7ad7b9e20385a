import type { StoredEntry } from '../ports.ts';
import {
  CHARACTERS_PER_SECOND,
  type ApprovalReport,
  type DrillFigures,
  type ReportRange,
  type ReviewerLoad,
  type Share,
} from './report.ts';
import { createGathering, type Asks, type End, type Gathered, type Request } from './requests.ts';
import { byLength, plus, sharesOf, spreadOf } from './spread.ts';

const MOST_REVIEWERS = 500;

/** Makes a report of the entries it is given, in the order of the ledger. */
export function createReport(range: ReportRange): {
  readonly add: (entry: StoredEntry) => void;
  readonly report: () => ApprovalReport;
} {
  const { add, gathered } = createGathering(range);
  return { add, report: () => made(gathered) };
}

function made(gathered: Gathered): ApprovalReport {
  const all = [...gathered.requests.values()];
  const real = all.filter(({ isDrill }) => !isDrill);
  const ends = new Map<string, number>();
  for (const { end = 'waiting' } of real) plus(ends, end);
  const ended = (end: End | 'waiting'): number => ends.get(end) ?? 0;
  const [approved, denied] = [ended('approved'), ended('denied')];
  const timed = real.map((one) => ({ length: one.length, decidedMs: decidedMs(one) }));
  const told = (name: string): number => gathered.counts.get(name) ?? 0;
  const reviewers = reviewersOf(real);
  return {
    requests: {
      total: real.length,
      approved,
      denied,
      expired: ended('expired'),
      cancelled: ended('cancelled'),
      unsatisfiable: ended('unsatisfiable'),
      superseded: ended('superseded'),
      glassBroken: ended('glassBroken'),
      waiting: ended('waiting'),
    },
    denials: { count: denied, of: approved + denied },
    unanswered: {
      count: real.filter(({ end, answers }) => end === 'expired' && answers.length === 0).length,
      of: real.length,
    },
    timeToDecision: spreadOf(timed.flatMap((one) => one.decidedMs ?? [])),
    byLength: byLength(timed),
    ...answersOf(real, told('in-batch'), gathered),
    reviewers: reviewers.slice(0, MOST_REVIEWERS),
    omitted: Math.max(0, reviewers.length - MOST_REVIEWERS),
    groups: groupsOf(real),
    refused: { excluded: told('excluded'), inactive: told('inactive-person') },
    joined: told('action.joined'),
    notAsked: {
      deniedBefore: told('denied-before'),
      budgetExhausted: told('budget-exhausted'),
      unsatisfiable: told('approval.unsatisfiable'),
      waived: told('action.waived'),
    },
    drills: drillsOf(all, told('drill-proposed') - told('drill-asked')),
  };
}

const decidedMs = ({ end, endedMs }: Request): number | undefined =>
  end === 'approved' || end === 'denied' ? endedMs : undefined;

/** Whether a yes came sooner than the request can have been read. */
const isFast = (length: number, afterMs: number): boolean =>
  afterMs < (length / CHARACTERS_PER_SECOND) * 1_000;

type Answered = 'fastApprovals' | 'partialApprovals' | 'inBatches' | 'channels' | 'assurances';

function answersOf(
  real: readonly Request[],
  inBatches: number,
  { channels, assurances }: Gathered,
): Pick<ApprovalReport, Answered> {
  const yeses = real.flatMap(({ answers, length }) =>
    answers
      .filter(({ isYes }) => isYes)
      .map(({ afterMs, isPartial }) => ({ afterMs, length, isPartial })),
  );
  const measured = yeses.flatMap(({ afterMs, length }) =>
    length === undefined ? [] : [isFast(length, afterMs)],
  );
  const total = real.reduce((sum, { answers }) => sum + answers.length, 0);
  return {
    fastApprovals: {
      count: measured.filter(Boolean).length,
      of: measured.length,
      charactersPerSecond: CHARACTERS_PER_SECOND,
    },
    partialApprovals: {
      count: yeses.filter(({ isPartial }) => isPartial).length,
      of: yeses.length,
    },
    inBatches: { count: inBatches, of: total },
    channels: sharesOf(channels, total),
    assurances: sharesOf(assurances, total),
  };
}

/** How many requests asked each group, and how many of them somebody answered. */
function groupsOf(real: readonly Request[]): ApprovalReport['groups'] {
  const asked = new Map<string, number>();
  const answered = new Map<string, number>();
  for (const { asks, answers } of real)
    for (const group of asks.groups) {
      plus(asked, group);
      if (answers.some((one) => one.groups.includes(group))) plus(answered, group);
    }
  const shares: readonly (Share & { readonly name: string })[] = sharesOf(asked, 0);
  return shares.map(({ name, count }) => ({ name, count: answered.get(name) ?? 0, of: count }));
}

/** Those who answered anything, busiest first. */
function reviewersOf(real: readonly Request[]): readonly ReviewerLoad[] {
  const times = new Map<string, number[]>();
  const groups = new Map<string, Set<string>>();
  for (const { answers } of real)
    for (const { person, afterMs, groups: own } of answers) {
      const took = times.get(person) ?? [];
      took.push(afterMs);
      times.set(person, took);
      const known = groups.get(person) ?? new Set();
      groups.set(
        person,
        own.reduce((all, one) => all.add(one), known),
      );
    }
  const likes = likesOf(real);
  return [...times]
    .map(([person, took]) => ({
      person,
      // whoever stood in for another was asked for a group that is not theirs
      asked: Math.max(took.length, askedOf(person, groups.get(person) ?? new Set(), likes)),
      answered: took.length,
      medianMs: spreadOf(took).medianMs ?? 0,
    }))
    .toSorted((a, b) => b.answered - a.answered || (a.person < b.person ? -1 : 1));
}

/** How many requests ask alike: far fewer kinds than requests. */
function likesOf(real: readonly Request[]): ReadonlyMap<Asks, number> {
  const likes = new Map<Asks, number>();
  for (const { asks } of real) likes.set(asks, (likes.get(asks) ?? 0) + 1);
  return likes;
}

const askedOf = (
  person: string,
  own: ReadonlySet<string>,
  likes: ReadonlyMap<Asks, number>,
): number =>
  [...likes].reduce(
    (sum, [{ groups, excluded }, count]) =>
      groups.some((group) => own.has(group)) && !excluded.includes(person) ? sum + count : sum,
    0,
  );

function drillsOf(all: readonly Request[], skipped: number): DrillFigures {
  const drills = all.filter(({ isDrill }) => isDrill);
  const count = (result: Request['drill']): number =>
    drills.filter(({ drill }) => drill === result).length;
  const [caught, missed, unanswered] = [count('caught'), count('missed'), count('unanswered')];
  const withdrawn = drills.filter((one) => one.drill === undefined && one.end !== undefined).length;
  const waiting = drills.length - caught - missed - unanswered - withdrawn;
  const catchRate = { count: caught, of: caught + missed };
  return { caught, missed, unanswered, withdrawn, skipped, waiting, catchRate };
}
