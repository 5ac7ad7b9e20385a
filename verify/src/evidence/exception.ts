import type { Entry } from '../entry.ts';
import { canonical, type JsonObject } from '../json.ts';
import { fail, ok, type Result } from '../result.ts';
import { checkBroken, type Asking } from './answer.ts';
import {
  ASSURANCES,
  readAnswer,
  readRequirement,
  type Assurance,
  type Judged,
  type Requirement,
  type Vote,
} from './event.ts';
import { integerOf, objectsOf, textOf, wordOf } from './read.ts';
import { unmet } from './quorum.ts';

/** One use of a waiver, as `action.waived` tells of it. */
export type WaiverUse = {
  readonly id: string;
  readonly use: number;
  readonly uses: number;
  readonly until: number;
};

/** Somebody went ahead without those who were asked, and what was found afterwards. */
export type Broken = {
  readonly vote: Vote;
  readonly reason: string;
  readonly reviewBy: number;
  readonly skipped: readonly string[];
  readonly finding?: string;
  readonly reviewedBy?: string;
};

/** Whether policy let a waiver do this (EV-13). Whether there was one in force its own stream says, not the action's. */
export function checkWaived(
  { requirementsJson }: Judged,
  entry: Entry,
): Result<readonly WaiverUse[]> {
  const waivers = objectsOf(entry, 'waivers').map((one) => ({
    id: textOf(one, 'id'),
    use: integerOf(one, 'use'),
    uses: integerOf(one, 'uses'),
    until: integerOf(one, 'until'),
  }));
  const demands = requirementsJson.map(readRequirement);
  if (waivers.length === 0) return mismatch('names no waiver');
  if (!demands.every(isWaivable)) return mismatch('policy lets nothing waive what it demands');
  for (const { id, use, uses, until } of waivers) {
    if (!/^wvr_[0-9a-z]{36}$/.test(id)) return mismatch(`\`${id}\` is no waiver`);
    if (use < 1 || use > uses || !demands.every((one) => uses <= (one.waivable?.uses ?? 0)))
      return mismatch('uses a waiver more often than policy allows');
    if (entry.at >= until || !demands.every((one) => until - entry.at <= (one.waivable?.ms ?? 0)))
      return mismatch('uses a waiver after its time, or one of a longer time than policy allows');
  }
  return ok(waivers);
}

/** Whether a demand may be waived at all. */
export const isWaivable = ({ kind, waivable, risk }: Requirement): boolean =>
  kind === 'review' && waivable !== undefined && risk !== 'critical';

/** Whether this person could go ahead alone: as any voter, and as policy lets them for every review (EV-14). */
export function checkGlass(
  asking: Asking,
  entry: Entry,
  origin: string,
  where: string,
): Result<Broken> {
  const vote = readAnswer(entry, entry, 'countersign/break-glass/v1');
  const checked = checkBroken(asking, vote, origin, where);
  if (!checked.ok) return checked;
  const reason = textOf(entry, 'reason');
  const reviewBy = integerOf(entry, 'reviewBy');
  const { requirements } = asking.asked;
  const reviews = requirements.filter(({ kind }) => kind === 'review');
  if (textOf(entry, 'by') !== vote.statement.person) return mismatch('`by` is not who stated it');
  if (vote.statement.choice !== 'approve') return mismatch('the statement is no yes');
  if (reviews.length === 0 || !reviews.every((one) => mayBreak(one, vote)))
    return mismatch('policy does not let this person go ahead alone, with this assurance');
  if (reviewBy <= entry.at || reason.trim() === '')
    return mismatch('has no reason, or no time for its review');
  const open = unmet(requirements, asking, entry.at);
  if (open.some(({ kind }) => kind === 'confirm')) return mismatch('lifts a confirmation');
  const passed = open.map(({ policies, groups }) => ({
    groups: [...groups],
    policies: [...policies],
  }));
  if (canonical(passed) !== canonical(skippedIn(entry)))
    return mismatch('passes over others than were still needed');
  return ok({ vote, reason, reviewBy, skipped: open.flatMap(({ groups }) => groups) });
}

const skippedIn = (entry: JsonObject): JsonObject[] => [...objectsOf(entry, 'skipped')];

const rank = (assurance: Assurance): number => ASSURANCES.indexOf(assurance);

const mayBreak = ({ breakGlass, assurance }: Requirement, vote: Vote): boolean =>
  breakGlass.some((group) => vote.groups.includes(group)) &&
  rank(vote.assurance) >= Math.max(rank('session'), rank(assurance));

/** A finding, once, by another human who is not excluded (EV-14). */
export function checkReviewed(
  glass: Broken | undefined,
  excluded: readonly { readonly human: string }[],
  entry: Entry,
): Result<Broken> {
  const human = textOf(entry, 'human');
  textOf(entry, 'note');
  const finding = wordOf(entry, 'finding', ['justified', 'not-justified']);
  if (!glass) return mismatch('nobody broke the glass');
  if (glass.finding !== undefined) return mismatch('it was reviewed before');
  if (human === glass.vote.human || excluded.some((one) => one.human === human))
    return mismatch('reviewed by somebody who may not');
  return ok({ ...glass, finding, reviewedBy: textOf(entry, 'by') });
}

const mismatch = (what: string) => fail('event-mismatch', what);
