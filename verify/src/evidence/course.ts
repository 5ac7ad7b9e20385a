import type { Entry } from '../entry.ts';
import { canonical, type Json } from '../json.ts';
import { fail, ok, type FailureCode, type Result } from '../result.ts';
import { mayStand, readDrillEnd } from './drill.ts';
import { checkConfirmation, checkVote } from './answer.ts';
import {
  readGrant,
  readJudged,
  readProposed,
  readRefusedVote,
  readRequested,
  readRevealed,
  readTurnedAway,
  readVote,
  type Grant,
  type Judged,
  type Proposed,
  type Requested,
  type Vote,
} from './event.ts';
import {
  checkGlass,
  checkReviewed,
  checkWaived,
  type Broken,
  type WaiverUse,
} from './exception.ts';
import { escalate, remind, type Reminded } from './overdue.ts';
import { unmet } from './quorum.ts';
import { digestOf, integerOf, Malformed, optionalObjectOf, textOf, wordOf } from './read.ts';
import type { Escalated } from './seats.ts';

/** Which events may follow in each state, and where they lead (EV-2). What is not here may not be. */
const NEXT = {
  none: { 'action.proposed': 'proposed' },
  proposed: { 'action.judged': 'judged' },
  'judged-allow': { 'grant.issued': 'allowed', 'approval.drill-ended': 'cancelled' },
  'judged-review': {
    'approval.requested': 'pending',
    'action.turned-away': 'turned-away',
    'approval.drill-ended': 'cancelled',
    'approval.unsatisfiable': 'unsatisfiable',
    'action.waived': 'waived', // EV-13
  },
  waived: { 'grant.issued': 'allowed' },
  pending: {
    'action.joined': 'pending',
    'approval.vote-cast': 'pending',
    'approval.confirmed': 'pending',
    'approval.vote-refused': 'pending', // EV-12: told, and no answer
    'approval.escalated': 'pending', // EV-16
    'approval.reminded': 'pending', // EV-17
    'approval.approved': 'met',
    'approval.expired': 'expired',
    'approval.cancelled': 'cancelled',
    'approval.unsatisfiable': 'unsatisfiable',
    'approval.superseded': 'superseded',
    'approval.glass-broken': 'broken', // EV-14
    'approval.drill-ended': 'cancelled',
  },
  broken: { 'grant.issued': 'approved' },
  'voted-down': { 'approval.denied': 'denied', 'approval.drill-ended': 'cancelled' },
  met: { 'grant.issued': 'approved' },
  allowed: {
    'grant.redeemed': 'executing',
    'approval.lapsed': 'lapsed',
    'approval.revoked': 'revoked',
    'approval.refused': 'refused',
    'approval.cancelled': 'cancelled',
  },
  approved: {
    'action.joined': 'approved', // EV-23
    'grant.redeemed': 'executing',
    'approval.lapsed': 'lapsed',
    'approval.revoked': 'revoked',
    'approval.refused': 'refused',
    'approval.cancelled': 'cancelled',
  },
  executing: {
    'action.executed': 'executed',
    'action.failed': 'failed',
    'action.unknown': 'unknown',
  },
  unknown: { 'action.closed': 'closed' },
} as const;

/** Where an action stands. Those without a row above are settled. */
type State = string;

type Redeemed = { readonly by: string; readonly policyDigest: string; readonly deadline: number };

/** What the events so far amount to. */
export type Course = {
  readonly state: State;
  /** Nothing but an erasure can follow. */
  readonly isSettled: boolean;
  readonly n: number;
  readonly stream: string;
  readonly proposed?: Proposed;
  readonly judged?: Judged;
  readonly asked?: Requested;
  readonly votes: readonly Vote[];
  readonly confirmed?: Vote;
  /** Accounts whose refused answer was told. */
  readonly turnedAway?: readonly string[];
  readonly escalated?: readonly Escalated[];
  readonly reminded?: Reminded;
  readonly grant?: Grant;
  readonly redeemed?: Redeemed;
  /** How an unknown outcome was closed later. */
  readonly closedAs?: string;
  readonly isErased?: boolean;
  /** Waivers it went on under: nobody was asked, and nobody approved it. */
  readonly waived?: readonly WaiverUse[];
  /** Somebody went ahead without those who were asked. */
  readonly glass?: Broken;
};

/** Before the first event. */
export const START: Course = { state: 'none', isSettled: false, n: 0, stream: '', votes: [] };

/** Stands in for an action whose settled course was forgotten. */
export const SETTLED: Course = { ...START, state: 'settled', isSettled: true };

/** One event with what it is called in messages and the origin statements must name. */
export type Step = { readonly entry: Entry; readonly origin: string; readonly where: string };

class Breach extends Error {
  readonly code: FailureCode;
  constructor(code: FailureCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** The course after one more event, or the rule that event breaks. */
export function step(course: Course, { entry, origin, where }: Step): Result<Course> {
  try {
    const next = apply(course, entry, origin, where);
    const { state } = next;
    return ok({
      ...next,
      n: entry.n,
      stream: entry.stream,
      // what was found about a broken glass may be told after the action is over
      isSettled: !(state in NEXT) && (!next.glass || next.glass.finding !== undefined),
    });
  } catch (error) {
    if (error instanceof Malformed) return fail('event-malformed', `${where}: ${error.message}`);
    if (error instanceof Breach) return fail(error.code, `${where}: ${error.message}`);
    throw error;
  }
}

function apply(course: Course, entry: Entry, origin: string, where: string): Course {
  // EV-11: who looked at a masked value changes nothing
  if (entry.type === 'action.revealed' && course.state !== 'none') {
    readRevealed(entry);
    return course;
  }
  // EV-10
  if (entry.type === 'action.erased' && course.state !== 'none')
    return { ...course, isErased: true };
  if (entry.type === 'approval.glass-reviewed' && course.state !== 'none')
    return {
      ...course,
      glass: held(checkReviewed(course.glass, course.asked?.excluded ?? [], entry)),
    };
  if (entry.type === 'grant.redeemed' && course.redeemed)
    throw new Breach('grant-reused', 'the grant was redeemed before');
  const row: Readonly<Record<string, string>> = NEXT[course.state as keyof typeof NEXT] ?? {};
  // ATTACKER: `constructor` is a member of every row, and no event
  const state = Object.hasOwn(row, entry.type) ? row[entry.type] : undefined;
  if (state === undefined || (course.proposed && !mayStand(entry.type, course.proposed.isDrill)))
    throw new Breach('event-out-of-order', `cannot follow when the action is ${course.state}`);
  return { ...course, ...take({ ...course, state }, entry, origin, where) };
}

type Taken = Partial<Course>;

/** What an event adds, with everything that must hold for it. `course.state` is the new one. */
function take(course: Course, entry: Entry, origin: string, where: string): Taken {
  const { state } = course;
  switch (entry.type) {
    case 'action.proposed':
      return { state, proposed: propose(entry) };
    case 'action.judged':
      return judge(entry);
    case 'approval.requested':
      return { state, asked: request(course, entry) };
    case 'approval.vote-cast':
      return vote(course, entry, origin, where);
    case 'approval.confirmed':
      return confirm(course, entry, origin, where);
    case 'approval.vote-refused':
      return { state, turnedAway: turnAway(course, entry) };
    case 'approval.escalated':
    case 'approval.reminded':
      return { state, ...overtake(course, entry) };
    case 'approval.approved':
      return { state, ...approve(course, entry) };
    case 'action.waived':
      return { state, waived: held(checkWaived(known(course.judged), entry)) };
    case 'approval.glass-broken':
      return { state, glass: held(checkGlass(askingOf(course), entry, origin, where), where) };
    case 'grant.issued':
      return { state, grant: issue(course, entry) };
    case 'grant.redeemed':
      return { state, redeemed: redeem(course, entry) };
    case 'action.closed':
      return {
        state: 'unknown-closed',
        closedAs: wordOf(entry, 'outcome', ['executed', 'failed']),
      };
    case 'action.turned-away':
      return { state: readTurnedAway(entry) };
    case 'approval.drill-ended':
      return { state, ...endDrill(course, entry) };
    default:
      settle(course, entry);
      return { state };
  }
}

function demand(holds: boolean, what: string): void {
  if (!holds) throw new Breach('event-mismatch', what);
}

function known<T>(value: T | undefined): T {
  if (value === undefined) throw new TypeError('the order of events does not hold');
  return value;
}

function propose(entry: Entry): Proposed {
  const proposed = readProposed(entry);
  demand(proposed.actionId === entry.stream, '`actionId` is not the stream’s');
  demand(entry.n === 1, 'is not the first of its stream');
  return proposed;
}

function judge(entry: Entry): Taken {
  const judged = readJudged(entry);
  const { verdict, requirementsJson } = judged;
  demand(
    verdict === 'review' ? requirementsJson.length > 0 : requirementsJson.length === 0,
    'a review, and nothing else, has requirements',
  );
  return { state: verdict === 'deny' ? 'denied' : `judged-${verdict}`, judged };
}

const same = (a: readonly Json[], b: readonly Json[]): boolean => canonical(a) === canonical(b);

/** Told once for each account (EV-12). */
function turnAway({ turnedAway = [] }: Course, entry: Entry): readonly string[] {
  const by = readRefusedVote(entry);
  demand(!turnedAway.includes(by), 'the refused answer of this account was told before');
  return [...turnedAway, by];
}

/** What time brings while people are asked; it never answers (EV-16, EV-17). */
function overtake(course: Course, entry: Entry): Taken {
  const asking = askingOf(course);
  const { wrong, ...taken } =
    entry.type === 'approval.escalated'
      ? escalate(asking, entry)
      : remind({ ...asking, reminded: course.reminded }, entry);
  if (wrong !== undefined) throw new Breach('event-mismatch', wrong);
  return taken;
}

/** What people are asked is what policy demanded, and no longer (EV-3). */
function request({ judged }: Course, entry: Entry): Requested {
  const asked = readRequested(entry);
  demand(
    same(asked.requirementsJson, known(judged).requirementsJson),
    'asks for other requirements than policy did',
  );
  const longest = Math.min(...asked.requirements.map(({ expiresMs }) => expiresMs));
  demand(asked.expiresAt - asked.at <= longest, 'waits longer than policy allows');
  return asked;
}

const askingOf = ({ proposed, judged, asked, votes, confirmed, escalated = [] }: Course) => ({
  proposed: known(proposed),
  judged: known(judged),
  asked: known(asked),
  votes,
  confirmed,
  escalated,
});

function vote(course: Course, entry: Entry, origin: string, where: string): Taken {
  const checked = checkVote(askingOf(course), readVote(entry), origin, where);
  if (!checked.ok)
    throw new Breach(checked.failure.code, unprefixed(checked.failure.message, where));
  const state = checked.value.statement.choice === 'deny' ? 'voted-down' : 'pending';
  return { state, votes: [...course.votes, checked.value] };
}

function confirm(course: Course, entry: Entry, origin: string, where: string): Taken {
  const checked = checkConfirmation(askingOf(course), readVote(entry), origin, where);
  if (!checked.ok)
    throw new Breach(checked.failure.code, unprefixed(checked.failure.message, where));
  const state = checked.value.statement.choice === 'deny' ? 'voted-down' : 'pending';
  return { state, confirmed: checked.value };
}

/** A drill ends as what was answered says (EV-19). */
function endDrill(course: Course, entry: Entry): Taken {
  const { result, by } = readDrillEnd(entry);
  const { asked, votes, confirmed } = course;
  demand((result === 'skipped') === (asked === undefined), 'it is skipped if nobody was asked');
  const naysayers = [...votes, ...(confirmed ? [confirmed] : [])].filter(
    ({ statement }) => statement.choice === 'deny',
  );
  const isTheirs = naysayers.every(({ statement }) => statement.person === by);
  if (result === 'caught') demand(by !== undefined && isTheirs, 'caught by another than said so');
  else demand(naysayers.length === 0, 'somebody said no, so it was caught');
  if (result === 'unanswered')
    demand(entry.at >= known(asked).expiresAt, 'unanswered before its time');
  return result === 'missed' ? approve(course, entry) : {};
}

/** What holds, or the rule it breaks. */
function held<T>(checked: Result<T>, where = ''): T {
  if (checked.ok) return checked.value;
  const { code, message } = checked.failure;
  throw new Breach(code, message.startsWith(`${where}: `) ? unprefixed(message, where) : message);
}

const unprefixed = (message: string, where: string): string => message.slice(where.length + 2);

/** The yes itself: every requirement met by distinct humans, counted again here (EV-7, EV-8). */
function approve(course: Course, { at }: Entry): Taken {
  const asking = askingOf(course);
  const open = unmet(asking.asked.requirements, asking, at);
  if (open.length === 0) return {};
  const policies = open.flatMap((one) => one.policies).join(', ');
  throw new Breach('requirements-unmet', `the answers do not meet what ${policies} demands`);
}

/** The only ways here are policy's own yes, `approval.approved`, a waiver and a broken glass (GR-6): the table above. */
function issue(course: Course, entry: Entry): Grant {
  const grant = readGrant(entry);
  const { audience } = known(course.judged);
  demand(grant.audience === audience, 'the grant is for another executor than was judged');
  demand(grant.notBefore < grant.useBy, 'the grant ends before it begins');
  for (const { until } of course.waived ?? [])
    demand(grant.useBy <= until, 'the grant outlives the waiver it rests on');
  if (course.asked) {
    // an answer holds no longer than the requirement it serves says (GR-7)
    const counted = course.glass ? [course.glass.vote] : course.votes;
    const answers = [...counted, ...(course.confirmed ? [course.confirmed] : [])];
    const earliest = Math.min(...answers.map(({ statement }) => statement.issuedAt));
    const shortest = Math.min(...course.asked.requirements.map(({ expiresMs }) => expiresMs));
    demand(grant.useBy <= earliest + shortest, 'the grant outlives the answers it rests on');
  }
  return grant;
}

/** Once, by its audience, in time (GR-5): a second one is refused before it gets here. */
function redeem({ grant, judged }: Course, entry: Entry): Redeemed {
  const by = textOf(entry, 'by');
  const deadline = integerOf(entry, 'deadline');
  demand(by === known(grant).audience, 'redeemed by another than the grant is for');
  demand(entry.at < known(grant).useBy, 'redeemed after its use-by');
  demand(deadline === entry.at + known(judged).deadlineMs, 'another deadline than was judged');
  return { by, policyDigest: digestOf(entry, 'policyDigest'), deadline };
}

/** EV-24: how often what was permitted ran again, where it did. */
function readRepeats(entry: Entry): void {
  const report = optionalObjectOf(entry, 'report');
  if (report?.['repeats'] !== undefined && integerOf(report, 'repeats') < 1)
    throw new Malformed('`repeats` is not 1 or more');
}

/** Nothing settles before its time (EV-9), and only the executor says what happened. */
function settle({ asked, votes, confirmed, grant, redeemed }: Course, entry: Entry): void {
  const { at, type } = entry;
  if (type === 'approval.expired') demand(at >= known(asked).expiresAt, 'expired before its time');
  if (type === 'approval.lapsed') demand(at >= known(grant).useBy, 'lapsed before its time');
  if (type === 'action.unknown') demand(at >= known(redeemed).deadline, 'unknown before its time');
  if (type === 'action.executed' || type === 'action.failed') {
    demand(textOf(entry, 'by') === known(redeemed).by, 'reported by another than redeemed it');
    readRepeats(entry);
  }
  if (type === 'approval.denied') {
    const naysayers = [...votes, ...(confirmed ? [confirmed] : [])].map(
      ({ statement }) => statement,
    );
    const by = textOf(entry, 'by');
    demand(
      naysayers.some(({ choice, person }) => choice === 'deny' && person === by),
      'denied by somebody who did not vote no',
    );
  }
}
