import type { ApprovalEvent, DrillResult, Requested, Vote } from '../approval/event.ts';
import { readEntry } from '../approval/entry.ts';
import type { StoredEntry } from '../ports.ts';
import type { Instant } from '../time.ts';
import type { ReportRange } from './report.ts';
import { plus } from './spread.ts';

/** How a request ended. */
export type End =
  | 'approved'
  | 'denied'
  | 'expired'
  | 'cancelled'
  | 'unsatisfiable'
  | 'superseded'
  | 'glassBroken';

/** One answer: how long after the request. */
type Answer = {
  readonly person: string;
  readonly isYes: boolean;
  /** What was shown was not the whole action. */
  readonly isPartial: boolean;
  readonly groups: readonly string[];
  readonly afterMs: number;
};

/** Whom a request asks, and whom it keeps out: one value for all requests that are alike in it, which are most. */
export type Asks = { readonly groups: readonly string[]; readonly excluded: readonly string[] };

/** What the entries of a range tell of one request. */
export type Request = {
  readonly at: Instant;
  readonly length: number | undefined;
  readonly isPartial: boolean;
  readonly asks: Asks;
  readonly isDrill: boolean;
  readonly answers: Answer[];
  end?: End;
  endedMs?: number;
  drill?: DrillResult;
};

/** Everything of a range, while its entries come in. */
export type Gathered = {
  readonly requests: ReadonlyMap<string, Request>;
  readonly counts: ReadonlyMap<string, number>;
  readonly channels: ReadonlyMap<string, number>;
  readonly assurances: ReadonlyMap<string, number>;
};

// within canonical JSON only a member of ours reads like this: quotes in a text are escaped. Parsing all would cost ten times as much
const TOLD =
  /"type":"(?:approval\.(?!lapsed|revoked|refused)[a-z-]+|action\.(?:joined|turned-away|waived))"/;
const DRILL = '"drill":true';

/** Gathers what a report is made of, one entry after the other in the order of the ledger. */
export function createGathering({ from, to, group }: ReportRange): {
  readonly add: (stored: StoredEntry) => void;
  readonly gathered: Gathered;
} {
  const requests = new Map<string, Request>();
  const drills = new Set<string>();
  const counts = new Map<string, number>();
  const channels = new Map<string, number>();
  const assurances = new Map<string, number>();
  const asks = new Map<string, Asks>();
  const groupLists = new Map<string, readonly string[]>();
  const within = (at: number): boolean => at >= from && at < to;

  function ask(stream: string, event: Requested): void {
    const asked = asksOf(event);
    const alike = once(asks, JSON.stringify(asked), asked);
    const isDrill = drills.has(stream);
    if (isDrill) plus(counts, 'drill-asked');
    if (group === undefined || alike.groups.includes(group))
      requests.set(stream, requestOf(event, alike, isDrill));
  }

  function answer(request: Request, { at, vote }: { at: Instant; vote: Vote }): void {
    const groups = once(groupLists, vote.groups.join(), vote.groups);
    request.answers.push(answerOf(request, at, { ...vote, groups }));
    if (request.isDrill) return;
    plus(channels, vote.channel);
    plus(assurances, vote.assurance);
    if (vote.batch) plus(counts, 'in-batch');
  }

  /** What nobody was asked about. */
  function tellUnasked({ stream, version }: StoredEntry, event: ApprovalEvent): void {
    if (!within(event.at) || drills.has(stream)) return;
    if (event.type === 'action.turned-away') plus(counts, event.code);
    if (event.type === 'approval.unsatisfiable' && version === UNASKED_AT) plus(counts, event.type);
    if ((event.type as string) === 'action.waived') plus(counts, event.type);
  }

  function tell(request: Request, event: ApprovalEvent): void {
    if (event.type === 'approval.vote-cast' || event.type === 'approval.confirmed')
      answer(request, event);
    else if (event.type === 'approval.drill-ended') request.drill = event.result;
    else if (event.type === 'approval.vote-refused' && !request.isDrill)
      plus(counts, event.because);
    else if (event.type === 'action.joined' && !request.isDrill) plus(counts, event.type);
    const end = ENDS[event.type];
    if (end === undefined || request.end !== undefined) return;
    request.end = end;
    request.endedMs = event.at - request.at;
  }

  return {
    gathered: { requests, counts, channels, assurances },
    add: (stored) => {
      const { stream, entry, version } = stored;
      const drilled = version === 1 && entry.includes(DRILL) ? drillOf(stored) : undefined;
      if (drilled) drills.add(stream);
      if (drilled && within(drilled.at)) plus(counts, 'drill-proposed');
      if (!TOLD.test(entry)) return;
      const event = readEntry(stored);
      const request = requests.get(stream);
      if (request && event.at < to) return tell(request, event);
      if (event.type === 'approval.requested' && within(event.at)) return ask(stream, event);
      tellUnasked(stored, event);
    },
  };
}

/** Where an entry stands that settles an action nobody was asked about: after proposal and judgement. */
const UNASKED_AT = 3;

/** The value of that name, made only once: a report of a year holds a million requests. */
function once<T>(known: Map<string, T>, name: string, value: T): T {
  const earlier = known.get(name);
  if (earlier === undefined) known.set(name, value);
  return earlier ?? value;
}

const asksOf = ({ requirements, excluded }: Requested): Asks => ({
  groups: [...new Set(requirements.flatMap((one) => one.groups))].toSorted(),
  excluded: excluded.map(({ human }) => human),
});

const requestOf = (event: Requested, asks: Asks, isDrill: boolean): Request => ({
  at: event.at,
  length: event.length,
  isPartial: event.isPartial === true,
  asks,
  isDrill,
  answers: [],
});

const answerOf = (request: Request, at: Instant, { statement, groups, shown }: Vote): Answer => ({
  person: statement.person,
  isYes: statement.choice === 'approve',
  isPartial: request.isPartial || shown?.complete === false,
  groups,
  afterMs: at - request.at,
});

function drillOf(stored: StoredEntry): ApprovalEvent | undefined {
  const event = readEntry(stored);
  return event.type === 'action.proposed' && event.drill === true ? event : undefined;
}

const ENDS: Readonly<Record<string, End>> = {
  'approval.approved': 'approved',
  'approval.denied': 'denied',
  'approval.expired': 'expired',
  'approval.cancelled': 'cancelled',
  'approval.unsatisfiable': 'unsatisfiable',
  'approval.superseded': 'superseded',
  'approval.glass-broken': 'glassBroken',
};
