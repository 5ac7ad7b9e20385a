import { isReady, type Approval } from './approval/approval.ts';
import type { Outcome, Report } from './approval/event.ts';
import type { Command, Refusal, RevealRefusal } from './approval/command.ts';
import { decide } from './approval/decide.ts';
import { cast, type Ballot } from './ballot.ts';
import { change, courseOf, type Course } from './change.ts';
import type { Person } from './directory.ts';
import type { Json } from './json.ts';
import { StoreFailure } from './ports.ts';
import { openGrant, sealGrant, type GrantProblem } from './grant/grant.ts';
import { jwkOf } from './grant/jws.ts';
import type { ActionId, ApprovalId } from './ids.ts';
import type { Parts } from './parts.ts';
import type { Proposal, ProposalRefusal } from './draft.ts';
import { err, ok, type Result } from './result.ts';
import { statusOf, type Status } from './status.ts';
import { edited, type Edit } from './edit.ts';
import { brokenGlass, reviewedGlass, type BreakGlass, type GlassReview } from './glass.ts';
import { revealed, type Reveal } from './reveal.ts';
import { register } from './register.ts';
import { performed, runnable, type Released } from './release.ts';

export type Answer = { readonly status: Status; readonly grant?: string };
/** What a gate may run at once is `released`. */
type Performed = Answer & { readonly released?: Released };
export type Change<T> = Result<T, Refusal | 'busy' | 'overloaded'>;

/** THE STORY (DESIGN §2). Every gate, channel and interface goes through these; there is no second way in. */
export type Gatekeeper = {
  readonly propose: (proposal: Proposal) => Promise<Result<Answer, ProposalRefusal>>;
  /** The same for a gate that runs what it proposes: what policy allows comes back released, in one durable step. */
  readonly perform: (proposal: Proposal, by: string) => Promise<Result<Performed, ProposalRefusal>>;
  readonly answer: (id: ActionId) => Promise<Answer | undefined>;
  readonly vote: (person: Person, ballot: Ballot) => Promise<Change<Answer>>;
  readonly edit: (
    person: Person,
    edit: Edit,
  ) => Promise<Result<Answer, Refusal | ProposalRefusal | 'busy' | 'overloaded'>>;
  /** One masked value in clear; whoever asks must be allowed to see it, and is recorded before they do. */
  readonly reveal: (
    person: Person,
    reveal: Reveal,
  ) => Promise<Result<Json, RevealRefusal | 'busy' | 'overloaded' | 'erased'>>;
  readonly cancel: (id: ActionId, by: string) => Promise<Change<Answer>>;
  readonly revoke: (id: ApprovalId, by: Person, reason?: string) => Promise<Change<Answer>>;
  readonly redeem: (
    token: string,
    by: string,
  ) => Promise<Result<Released, Refusal | GrantProblem | 'busy' | 'overloaded' | 'erased'>>;
  readonly report: (id: ActionId, by: string, report: Report) => Promise<Change<Answer>>;
  readonly close: (
    id: ActionId,
    by: Person,
    outcome: Outcome,
    note?: string,
  ) => Promise<Change<Answer>>;
  /** Goes ahead without those who are asked, where policy lets this person; loud, and reviewed afterwards. */
  readonly breakGlass: (person: Person, wish: BreakGlass) => Promise<Change<Answer>>;
  readonly reviewGlass: (person: Person, review: GlassReview) => Promise<Change<Answer>>;
  /** Brings every action that time has overtaken to the truth; returns how many changed. */
  readonly reconcile: () => Promise<number>;
  /** After the directory changed: pending requests that nobody can meet any more are settled; returns how many. */
  readonly recheck: () => Promise<number>;
  /** Calls back after every change of one action; returns the way to stop. */
  readonly watch: (id: ActionId, listener: () => void) => () => void;
};

export function createGatekeeper(parts: Parts): Gatekeeper {
  const { store, clock, directory, settings } = parts;
  const watchers = new Map<string, Set<() => void>>();
  const begun = createBegun();
  store.onAppended(({ stream }) => watchers.get(stream)?.forEach((listener) => listener()));

  const answerOf = (approval: Approval): Answer | undefined => {
    const status = statusOf(approval);
    if (!status) return undefined;
    return isReady(approval)
      ? { status, grant: sealGrant(approval, settings.origin, parts.grantKey) }
      : { status };
  };
  const told = <E>(changed: Result<Approval, E>): Result<Answer, E | 'not-found'> => {
    const answer = changed.ok ? answerOf(changed.value) : undefined;
    if (!changed.ok) return changed;
    return answer ? ok(answer) : err('not-found');
  };
  const apply = async (stream: string, command: Command, known?: Course) =>
    told(
      await change(
        store,
        stream,
        (approval) => events(decide(approval, command, clock())),
        settings,
        known,
      ),
    );
  const applyTo = async (id: ApprovalId, command: Command): Promise<Change<Answer>> => {
    const stream = await store.byApproval(id);
    return stream ? apply(stream, command) : err('not-found');
  };
  /** An answer that was refused so that it is worth an entry gets one. */
  const noted = async (
    answered: Change<Answer>,
    by: Person,
    { approvalId, choice, channel }: Pick<Ballot, 'approvalId' | 'choice' | 'channel'>,
  ): Promise<Change<Answer>> => {
    const because = answered.ok ? undefined : answered.error;
    if (because === 'excluded' || because === 'inactive-person')
      await applyTo(approvalId, { type: 'note-refusal', by, because, choice, channel });
    return answered;
  };
  const settle = async (streams: readonly string[], command: Command): Promise<number> => {
    // one that cannot be settled now must not keep the others from it
    const done = await Promise.allSettled(streams.map((stream) => apply(stream, command)));
    const failed = done.find((one) => one.status === 'rejected' && !isTooNew(one.reason));
    if (failed?.status === 'rejected') throw failed.reason;
    return done.filter((one) => one.status === 'fulfilled' && one.value.ok).length;
  };

  return {
    propose: async (proposal) => {
      const registered = await register(parts, proposal);
      return registered.ok ? ok(answerOf(registered.value.approval) ?? unjudged()) : registered;
    },
    perform: async (proposal, by) => {
      const registered = await register(parts, { ...proposal, performer: by });
      if (!registered.ok) return registered;
      const { approval, made } = registered.value;
      const released = made && performed(approval, made);
      if (released) begun.put(released.actionId, { approval, version: PERFORMED });
      return ok({ ...(answerOf(approval) ?? unjudged()), ...(released && { released }) });
    },
    answer: async (id) => answerOf((await courseOf(store, id)).approval),
    vote: async (person, ballot) => {
      const voted = told(await cast(parts, person, ballot));
      return noted(voted, person, ballot);
    },
    breakGlass: async (person, wish) => {
      const broken = told(await brokenGlass(parts, person, wish));
      return noted(broken, person, { ...wish, choice: 'approve' });
    },
    reviewGlass: async (person, review) => told(await reviewedGlass(parts, person, review)),
    reveal: (person, asked) => revealed(parts, person, asked),
    edit: async (person, edit) => told(await edited(parts, person, edit)),
    cancel: (id, by) => apply(id, { type: 'cancel', by }),
    revoke: (id, by, reason) =>
      applyTo(id, {
        type: 'revoke',
        by,
        ...(reason === undefined ? {} : { reason: parts.display.text(reason) }),
      }),
    redeem: async (token, by) => {
      const keys = [jwkOf(parts.grantKey.publicKey)];
      const { origin: issuer, epochBegan: since } = settings;
      const claims = openGrant(token, { issuer, audience: by, keys, since }, clock());
      return typeof claims === 'string' ? err(claims) : runnable(parts, claims, by);
    },
    report: (id, by, report) => apply(id, { type: 'report', by, report }, begun.take(id)),
    close: (id, by, outcome, note) =>
      apply(id, {
        type: 'close',
        by,
        outcome,
        ...(note === undefined ? {} : { note: parts.display.text(note) }),
      }),
    reconcile: async () => settle(await store.due(clock(), 500), { type: 'expire' }),
    recheck: async () => {
      let settled = 0;
      for (let before: string | undefined; ;) {
        const place = before === undefined ? {} : { before };
        const page = await store.find({ states: ['pending'], limit: 500, ...place });
        const streams = page.map(({ stream }) => stream);
        settled += await settle(streams, {
          type: 'recheck',
          // that of the moment each one is decided: a newer configuration may come in force meanwhile
          get directory() {
            return directory();
          },
        });
        before = streams.at(-1);
        if (before === undefined) return settled;
      }
    },
    watch: (id, listener) => {
      const listeners = watchers.get(id) ?? new Set();
      watchers.set(id, listeners.add(listener));
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0 && watchers.get(id) === listeners) watchers.delete(id);
      };
    },
  };
}

const events = <T, E>(decided: Result<T, E>) =>
  decided.ok ? ok({ events: decided.value }) : decided;

/** Entries of an action that was allowed and redeemed at once. */
const PERFORMED = 4;
const MOST_BEGUN = 10_000;

/** What was performed here and is not reported yet: its report need not read it again. */
function createBegun() {
  const courses = new Map<string, Course>();
  return {
    put: (id: string, course: Course): void => {
      courses.set(id, course);
      const [oldest] = courses.keys();
      if (courses.size > MOST_BEGUN && oldest !== undefined) courses.delete(oldest);
    },
    take: (id: string): Course | undefined => {
      const course = courses.get(id);
      courses.delete(id);
      return course;
    },
  };
}

const isTooNew = (cause: unknown): boolean =>
  cause instanceof StoreFailure && cause.code === 'too-new';

function unjudged(): never {
  throw new TypeError('an action was recorded without a judgement');
}
