import { describe, expect, test } from 'vitest';
import { decodeEntry } from '../src/approval/entry.ts';
import { replay } from '../src/approval/evolve.ts';
import type { Requirement } from '../src/approval/requirement.ts';
import { must, openOffice, person, requirement, review, who, type Office } from './office.ts';

const MINUTE = 60_000;
const steps = [
  { afterMs: 20 * MINUTE, groups: ['leads'] },
  { afterMs: 45 * MINUTE, groups: ['ciso'] },
];
const escalating = (more: Partial<Requirement> = {}) => requirement({ escalation: steps, ...more });

async function waiting(...requirements: readonly Requirement[]) {
  const office = openOffice(review(...requirements));
  office.people = [
    ...office.people,
    person('lea', ['leads']),
    person('two', ['second']),
    person('cleo', ['ciso']),
    person('mona-lead', ['leads'], { human: 'mona' }),
  ];
  const { status } = must(await office.propose());
  return { office, id: status.id, asked: office.clock() };
}
const vote = async (office: Office, id: string, by: string) => {
  const cast = await office.gatekeeper.vote(who(office, by), await office.ballotOf(id));
  return cast.ok ? cast.value.status.state : cast.error;
};
const told = async (office: Office, id: string) =>
  (await office.store.read(id)).flatMap((entry) => {
    const event = decodeEntry(entry);
    if (event.type === 'approval.escalated') return [`${event.step}:${event.groups.join()}`];
    return event.type === 'approval.reminded' ? [`r${event.reminder}`] : [];
  });
const later = async (office: Office, minutes: number) => {
  office.clock.advance(minutes * MINUTE);
  return office.gatekeeper.reconcile();
};
const dueIn = async (office: Office, id: string) => {
  const [place] = await office.store.find({ states: ['pending'], limit: 9 });
  return (
    ((place?.standing.dueAt ?? 0) -
      (replay((await office.store.read(id)).map(decodeEntry)) as { asked: { at: number } }).asked
        .at) /
    MINUTE
  );
};

describe('EV-16 who is asked after a while', () => {
  test('R2 however late the timer, nobody is asked before the entry says so', async () => {
    const { office, id } = await waiting(escalating());
    expect(await vote(office, id, 'lea')).toBe('not-asked-yet');
    office.clock.advance(30 * MINUTE);
    expect(await vote(office, id, 'lea')).toBe('not-asked-yet');
    await office.gatekeeper.reconcile();
    expect(await vote(office, id, 'cleo')).toBe('not-asked-yet');
    expect(await vote(office, id, 'mona-lead')).toBe('excluded');
    expect(await vote(office, id, 'lea')).toBe('approved');
  });

  test('each step is one entry at its time; a late timer brings all that are due at once', async () => {
    const { office, id } = await waiting(escalating());
    expect(await dueIn(office, id)).toBe(20);
    expect(await later(office, 19)).toBe(0);
    expect(await later(office, 1)).toBe(1);
    expect(await later(office, 1)).toBe(0);
    expect(await told(office, id)).toEqual(['1:leads']);
    expect(await dueIn(office, id)).toBe(45);
    const late = await waiting(escalating());
    await later(late.office, 50);
    expect(await told(late.office, late.id)).toEqual(['1:leads', '2:ciso']);
    expect(await dueIn(late.office, late.id)).toBe(60);
  });

  test('R10 after the last step nothing but expiry follows', async () => {
    const { office, id } = await waiting(escalating());
    await later(office, 61);
    expect(await told(office, id)).toEqual([]);
    expect((await office.gatekeeper.answer(id))?.status.state).toBe('expired');
  });

  test('what is met or not asked yet is not escalated', async () => {
    const { office, id } = await waiting(
      escalating(),
      requirement({ groups: ['security'], policies: ['other'] }),
      escalating({ groups: ['second'], stage: 2, policies: ['second'] }),
    );
    expect(await vote(office, id, 'dana')).toBe('pending');
    expect(await later(office, 21)).toBe(0);
    expect(await told(office, id)).toEqual([]);
    expect(await vote(office, id, 'ana')).toBe('pending');
    expect(await later(office, 0)).toBe(1);
    expect(await told(office, id)).toEqual(['1:leads']);
    expect((await office.gatekeeper.answer(id))?.status.waitingFor?.[2]?.groups).toEqual([
      'second',
      'leads',
    ]);
  });

  test('only a vote decides: what was answered before was not an answer to it', async () => {
    const { office, id } = await waiting(
      escalating({ escalation: [{ afterMs: 20 * MINUTE, groups: ['security'] }] }),
      requirement({ groups: ['security'], policies: ['other'] }),
    );
    expect(await vote(office, id, 'ana')).toBe('pending');
    await later(office, 21);
    expect((await office.gatekeeper.answer(id))?.status.state).toBe('pending');
    expect(await vote(office, id, 'dana')).toBe('approved');
  });

  test('R6 policy dropped the step meanwhile: who came by it does not count', async () => {
    const { office, id } = await waiting(escalating());
    await later(office, 20);
    expect(await vote(office, id, 'lea')).toBe('approved');
    const grant = (await office.gatekeeper.answer(id))?.grant ?? '';
    office.says = review(requirement());
    expect((await office.gatekeeper.redeem(grant, 'data-bot')).ok).toBe(false);
    const same = await waiting(escalating());
    await later(same.office, 20);
    expect(await vote(same.office, same.id, 'lea')).toBe('approved');
    const good = (await same.office.gatekeeper.answer(same.id))?.grant ?? '';
    expect((await same.office.gatekeeper.redeem(good, 'data-bot')).ok).toBe(true);
  });

  test('A15 who is asked only later makes it satisfiable; nobody at all does not', async () => {
    const missing = { groups: ['nobody'], escalation: steps };
    const { office, id } = await waiting(escalating(missing));
    expect((await office.gatekeeper.answer(id))?.status.state).toBe('pending');
    const none = openOffice(review(escalating(missing)));
    expect(must(await none.propose()).status.state).toBe('unsatisfiable');
  });
});

describe('EV-17 reminders', () => {
  const reminding = requirement({ quorum: 2, remindMs: [5 * MINUTE, 15 * MINUTE] });
  test('are one entry for a request, however many policies ask, and change nothing', async () => {
    const other = requirement({
      groups: ['security'],
      remindMs: [5 * MINUTE],
      policies: ['other'],
    });
    const { office, id } = await waiting(reminding, other);
    await later(office, 5);
    expect(await told(office, id)).toEqual(['r1']);
    expect(await vote(office, id, 'dana')).toBe('pending');
    await later(office, 11);
    expect(await told(office, id)).toEqual(['r1', 'r2']);
    expect(await later(office, 20)).toBe(0);
    expect(await dueIn(office, id)).toBe(60);
  });

  test('those that were missed are one; nobody is reminded of what was just answered', async () => {
    const { office, id } = await waiting(reminding);
    await later(office, 16);
    expect(await told(office, id)).toEqual(['r1']);
    const answered = await waiting(reminding);
    answered.office.clock.advance(16 * MINUTE);
    expect(await vote(answered.office, answered.id, 'dana')).toBe('pending');
    expect(await later(answered.office, 0)).toBe(0);
  });
});
