// One who is away is answered for, and what nobody answers goes further; and every way that can be wrong (EV-15 … EV-17).
import type { ApprovalEvent, Escalation, Seat } from '../src/approval/event.ts';
import type { ActionId } from '../src/ids.ts';
import { instant } from '../src/time.ts';
import { must, person, requirement, review, who, type Office } from './office.ts';
import { forged, type Broken } from './vector-broken.ts';
import { eventOf, openFixedOffice, receiptOf, type Ended } from './vector-story.ts';

const MINUTE = 60_000;
const UNTIL = instant(1_800_000_000_000);

type Away = {
  readonly office: Office;
  readonly id: ActionId;
  readonly events: readonly ApprovalEvent[];
};

/** Two of the owners, one of them away; security, who are reminded, then their leads. */
export async function awayStory(): Promise<Away> {
  const office = openFixedOffice(
    review(
      requirement({ quorum: 2 }),
      requirement({
        groups: ['security'],
        policies: ['pii'],
        remindMs: [5 * MINUTE, 15 * MINUTE],
        escalation: [
          { afterMs: 20 * MINUTE, groups: ['leads'] },
          { afterMs: 45 * MINUTE, groups: ['ciso'] },
        ],
      }),
    ),
  );
  const seat = { human: 'dana', person: 'dana', groups: ['data-owners'], until: UNTIL };
  office.people = [
    ...office.people,
    person('del', [], { standsFor: [seat] }),
    person('lea', ['leads']),
  ];
  const { gatekeeper, clock } = office;
  const { status } = must(await office.propose());
  const vote = async (id: string) => {
    clock.advance(1_000);
    return must(await gatekeeper.vote(who(office, id), await office.ballotOf(status.id)));
  };
  await vote('del');
  await vote('ben');
  clock.advance(5 * MINUTE);
  await gatekeeper.reconcile();
  clock.advance(20 * MINUTE);
  await gatekeeper.reconcile();
  const { grant } = await vote('lea');
  must(await gatekeeper.redeem(grant ?? '', 'data-bot'));
  must(await gatekeeper.report(status.id, 'data-bot', { outcome: 'executed' }));
  const events = (await office.store.read(status.id)).map(eventOf);
  return { office, id: status.id, events };
}

/** The receipt of the story as it was. */
export async function awayEnds({ office, id }: Away): Promise<readonly Ended[]> {
  const name = 'EV-15 EV-16 EV-17 a delegate, a reminder, an escalation, executed';
  return [{ name, state: 'executed', receipt: await receiptOf(office.store, id) }];
}

type Of<T extends ApprovalEvent['type']> = Extract<ApprovalEvent, { readonly type: T }>;

/** Honestly signed logs in which somebody counts who must not, or time brought something it must not. */
export async function brokenAway({ id, events }: Away): Promise<readonly Broken[]> {
  const first = <T extends ApprovalEvent['type']>(type: T): Of<T> => {
    const found = events.find((event): event is Of<T> => event.type === type);
    if (!found) throw new Error(`no ${type}`);
    return found;
  };
  const vote = first('approval.vote-cast');
  const step = first('approval.escalated');
  const reminder = first('approval.reminded');
  const instead = (of: ApprovalEvent, by: ApprovalEvent) =>
    events.map((event) => (event === of ? by : event));
  const sitting = (...standsFor: readonly Seat[]) =>
    instead(vote, { ...vote, vote: { ...vote.vote, standsFor } });
  const stepped = (more: Partial<Escalation>) => instead(step, { ...step, ...more });
  const groups = ['data-owners'];
  const dana = { human: 'dana', groups };
  const { standsFor: _, ...alone } = vote.vote;
  const own = {
    ...vote.vote,
    human: 'dana',
    groups,
    statement: { ...vote.vote.statement, person: 'dana' },
  };
  const rows: readonly (readonly [string, string, readonly ApprovalEvent[]])[] = [
    ['EV-15 on the seat of the owner', 'excluded-voter', sitting({ human: 'mona', groups })],
    ['EV-15 a seat the owner passed on', 'excluded-voter', sitting({ ...dana, through: ['mona'] })],
    ['EV-15 a seat of one’s own', 'repeated-voter', sitting({ human: 'del', groups })],
    ['EV-15 a seat in another group', 'event-mismatch', sitting({ ...dana, groups: ['interns'] })],
    ['EV-15 no seat at all', 'event-mismatch', instead(vote, { ...vote, vote: alone })],
    ['EV-15 a seat of nobody', 'event-malformed', sitting({ groups } as unknown as Seat)],
    [
      'EV-15 the seat of one who has answered',
      'repeated-voter',
      events.toSpliced(3, 0, { ...vote, vote: { ...own, standsFor: [] } }),
    ],
    [
      'EV-15 the seat of one who answers later',
      'requirements-unmet',
      events.map((event) =>
        event.type === 'approval.vote-cast' && event.vote.human === 'ben'
          ? { ...event, vote: { ...own, standsFor: [] } }
          : event,
      ),
    ],
    ['EV-16 never escalated', 'event-mismatch', events.filter((event) => event !== step)],
    ['EV-16 before its time', 'event-mismatch', stepped({ at: instant(step.at - 10 * MINUTE) })],
    ['EV-16 to other groups', 'event-mismatch', stepped({ groups: ['interns'] })],
    ['EV-16 a step left out', 'event-mismatch', stepped({ step: 2, groups: ['ciso'] })],
    ['EV-16 of another policy', 'event-mismatch', stepped({ policies: ['other'] })],
    ['EV-16 of what is met', 'event-mismatch', stepped({ policies: ['large-export'] })],
    ['EV-16 twice', 'event-mismatch', events.toSpliced(events.indexOf(step), 0, step)],
    [
      'EV-16 after it had expired',
      'event-mismatch',
      stepped({ at: instant(step.at + 60 * MINUTE) }),
    ],
    [
      'EV-17 before its time',
      'event-mismatch',
      instead(reminder, { ...reminder, at: instant(reminder.at - MINUTE) }),
    ],
    ['EV-17 another number', 'event-mismatch', instead(reminder, { ...reminder, reminder: 2 })],
    ['EV-17 after the decision', 'event-out-of-order', [...events, reminder]],
  ];
  return Promise.all(
    rows.map(async ([name, refusal, course]) => ({
      name,
      refusal,
      receipt: await forged({ id }, course),
    })),
  );
}
