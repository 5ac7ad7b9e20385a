import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ALERTS, alertsOf, raise, type Alert } from '../src/flood/alert.ts';
import { createAttention } from '../src/flood/attention.ts';
import { createGatekeeper, type Gatekeeper } from '../src/gatekeeper.ts';
import type { Proposal } from '../src/draft.ts';
import type { Settings } from '../src/parts.ts';
import { createMemoryStore } from '../src/testing/index.ts';
import { instant } from '../src/time.ts';
import type { LedgerStore } from '../src/ports.ts';
import { must, openOffice, person, requirement, review, who, type Office } from './office.ts';

const HOUR = 3_600_000;
const T0 = 1_700_000_000_000; // where the office’s clock begins
const AGENTS: Readonly<Record<string, string>> = {
  'data-bot': 'mona',
  'mail-bot': 'mona',
  'ci-bot': 'carl',
};

/** An office with several agents, and limits of its own. */
function flooded(
  settings: Partial<Settings> = {},
  { attention = 1_000, store }: { attention?: number; store?: LedgerStore } = {},
) {
  const office = openOffice(review(), store && (() => store));
  const directory = office.parts.directory;
  const parts = {
    ...office.parts,
    attention: createAttention(attention),
    settings: {
      ...office.parts.settings,
      maxPending: 100,
      maxPendingPerSession: 50,
      maxPendingPerOwner: 200,
      ...settings,
    },
    directory: () => ({
      ...directory(),
      delegates: (groups: readonly string[]) =>
        office.people.filter(({ standsFor = [] }) =>
          standsFor.some((one) => one.groups.some((group) => groups.includes(group))),
        ),
      agent: (id: string) => {
        const owner = AGENTS[id];
        return owner === undefined ? undefined : { ...office.agent, id, owner };
      },
    }),
  };
  const gatekeeper = createGatekeeper(parts);
  let made = 0;
  const ask = async (more: Partial<Proposal> = {}) =>
    must(
      await gatekeeper.propose({
        agent: 'data-bot',
        type: 'crm.export',
        resource: { type: 'Database', id: 'crm' },
        arguments: { table: `t${++made}` },
        ...more,
      }),
    ).status;
  const alerts = async () => alertsOf(await parts.store.read(ALERTS));
  return { office, parts, gatekeeper, ask, alerts };
}

async function deny(office: Office, gatekeeper: Gatekeeper, id: string) {
  const ballot = await office.ballotOf(id, { choice: 'deny' });
  return must(await gatekeeper.vote(who(office, 'ben'), ballot)).status;
}

const countOf = (states: readonly { readonly state: string }[], state: string): number =>
  states.filter((one) => one.state === state).length;

describe('T14 a flood', () => {
  test('A11: of 1,000 requests of one agent in a minute the cap is asked, one alert is raised, others go on', async () => {
    const { ask, alerts, office } = flooded({}, { attention: 1_000 });
    const told = [];
    for (let i = 0; i < 20; i++) {
      told.push(...(await Promise.all(Array.from({ length: 50 }, () => ask()))));
      office.clock.advance(3_000);
    }
    expect(countOf(told, 'pending')).toBe(100);
    expect(countOf(told, 'budget-exhausted')).toBe(900);
    const refused = told.find(({ state }) => state === 'budget-exhausted');
    expect(refused).toMatchObject({
      code: 'budget-exhausted',
      because: 'agent',
      retry: 'later',
      retryAt: T0 + HOUR, // when the first of those that wait expires
    });
    expect(await alerts()).toEqual([
      expect.objectContaining({
        type: 'alert.raised',
        kind: 'flood',
        agent: 'data-bot',
        owner: 'mona',
        because: 'agent',
        count: 100,
      }),
    ]);
    expect(await ask({ agent: 'ci-bot' })).toMatchObject({ state: 'pending' });
  });

  test('A11: a session has a cap of its own, and another name for it is not another agent', async () => {
    const { ask } = flooded({ maxPendingPerSession: 2, maxPending: 3 });
    const in1 = { session: { id: 'one' } };
    for (let i = 0; i < 2; i++) expect(await ask(in1)).toMatchObject({ state: 'pending' });
    expect(await ask(in1)).toMatchObject({ state: 'budget-exhausted', because: 'session' });
    expect(await ask({ agent: 'ci-bot', ...in1 })).toMatchObject({ state: 'pending' });
    expect(await ask({ session: { id: 'two' } })).toMatchObject({ state: 'pending' });
    const third = await ask({ session: { id: 'three' } });
    expect(third).toMatchObject({ state: 'budget-exhausted', because: 'agent' });
  });

  test('A11: more agents do not give an owner more', async () => {
    const { ask } = flooded({ maxPendingPerOwner: 4 });
    for (const agent of ['data-bot', 'mail-bot', 'data-bot', 'mail-bot'])
      expect(await ask({ agent })).toMatchObject({ state: 'pending' });
    for (const agent of ['data-bot', 'mail-bot'])
      expect(await ask({ agent })).toMatchObject({ state: 'budget-exhausted', because: 'owner' });
    expect(await ask({ agent: 'ci-bot' })).toMatchObject({ state: 'pending' });
  });

  test('A11: what was answered makes room again', async () => {
    const { ask, office, gatekeeper } = flooded({ maxPending: 1 });
    const first = await ask();
    expect(await ask()).toMatchObject({ because: 'agent' });
    await deny(office, gatekeeper, first.id);
    expect(await ask()).toMatchObject({ state: 'pending' });
  });
});

describe('attention', () => {
  test('A11: one agent takes half of a person’s hour and leaves the rest to others', async () => {
    const { ask, office, alerts } = flooded({}, { attention: 10 });
    const told = await Promise.all(Array.from({ length: 30 }, () => ask()));
    expect(countOf(told, 'pending')).toBe(5);
    expect(told.at(-1)).toMatchObject({ because: 'reviewers', retryAt: T0 + HOUR });
    expect(await alerts()).toMatchObject([{ kind: 'flood', because: 'reviewers', count: 5 }]);
    office.clock.advance(60_000);
    const others = await Promise.all(Array.from({ length: 9 }, () => ask({ agent: 'ci-bot' })));
    expect(countOf(others, 'pending')).toBe(5);
    office.clock.advance(HOUR - 60_001);
    expect(await ask()).toMatchObject({ state: 'budget-exhausted' });
    office.clock.advance(1);
    expect(await ask()).toMatchObject({ state: 'pending' });
  });

  test('A11: joining costs nobody attention, even where it is spent', async () => {
    const { ask } = flooded({}, { attention: 2 });
    const same = { arguments: { table: 'same' } };
    const { id } = await ask(same);
    for (let i = 0; i < 5; i++) expect((await ask(same)).id).toBe(id);
    expect(await ask()).toMatchObject({ because: 'reviewers' });
  });

  test('A11: those who are spent are spared while the others suffice, and it is recorded', async () => {
    const { ask, office, parts } = flooded({}, { attention: 4 });
    office.says = review(requirement({ groups: ['security'] }));
    for (let i = 0; i < 2; i++) expect((await ask()).state).toBe('pending'); // ana, and mona’s other account not
    office.says = review(requirement({ groups: ['security', 'data-owners'] }));
    const { id, approvalId } = await ask();
    const [, , requested] = await parts.store.read(id);
    expect(JSON.parse(requested?.entry ?? '')).toMatchObject({
      type: 'approval.requested',
      approvalId,
      spared: ['ana'],
    });
    office.says = review(requirement({ groups: ['security', 'data-owners'], quorum: 4 }));
    expect(await ask()).toMatchObject({ because: 'reviewers', retryAt: T0 + HOUR });
    // who is spared may answer all the same
    const ballot = await office.ballotOf(id);
    expect(must(await createGatekeeper(parts).vote(who(office, 'ana'), ballot)).status.state).toBe(
      'approved',
    );
  });

  test('A11: what is critical is held like the rest, never allowed', async () => {
    const { ask, office } = flooded({}, { attention: 1 });
    office.says = review(requirement({ risk: 'critical' }));
    expect((await ask()).state).toBe('pending');
    expect(await ask()).toMatchObject({ state: 'budget-exhausted', because: 'reviewers' });
  });

  test('a confirmation takes nobody’s attention', async () => {
    const { ask, office } = flooded({}, { attention: 1 });
    office.says = review(requirement({ kind: 'confirm', groups: [] }));
    for (let i = 0; i < 5; i++) expect((await ask()).state).toBe('pending');
  });

  test('A11: who stands in for somebody is asked too; who is asked only later does not look now', async () => {
    const { ask, office, parts } = flooded({}, { attention: 2 });
    const seat = { human: 'dana', person: 'dana', groups: ['data-owners'], until: instant(4e12) };
    office.people = [
      person('mona', ['data-owners']),
      person('dana', ['data-owners']),
      person('del', [], { standsFor: [seat] }),
      person('lead', ['leads']),
    ];
    const escalation = [{ afterMs: 60_000, groups: ['leads'] }];
    office.says = review(requirement({ escalation }));
    expect((await ask()).state).toBe('pending');
    const spent = parts.attention.spent('data-bot', ['dana', 'del', 'lead'], office.clock());
    expect([...spent.keys()]).toEqual(['dana', 'del']);
    expect(await ask()).toMatchObject({ state: 'budget-exhausted', because: 'reviewers' });
  });

  test('a request that was not written costs nothing', async () => {
    const { ask } = flooded({ maxPending: 1 }, { attention: 4 });
    expect((await ask()).state).toBe('pending');
    for (let i = 0; i < 5; i++) expect(await ask()).toMatchObject({ because: 'agent' });
    expect((await ask({ agent: 'ci-bot' })).state).toBe('pending');
  });

  test('retryAt is when enough people have attention again, not when all have', async () => {
    const { ask, office } = flooded({}, { attention: 2 });
    office.people = [person('p1', ['a']), person('p2', ['b']), person('mona')];
    office.says = review(requirement({ groups: ['a'] }));
    await ask();
    office.clock.advance(1_000);
    office.says = review(requirement({ groups: ['b'] }));
    await ask();
    office.says = review(requirement({ groups: ['a', 'b'] }));
    expect(await ask()).toMatchObject({ because: 'reviewers', retryAt: T0 + HOUR });
    office.says = review(requirement({ groups: ['a'] }), requirement({ groups: ['b'] }));
    expect(await ask()).toMatchObject({ because: 'reviewers', retryAt: T0 + HOUR + 1_000 });
  });

  test('the window counts every request once, in any order, and forgets it after an hour', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            n: fc.integer({ min: 0, max: 20 }),
            at: fc.integer({ min: 0, max: 2 * HOUR }),
            back: fc.boolean(),
          }),
        ),
        fc.integer({ min: 1, max: 6 }),
        (steps, most) => {
          const attention = createAttention(most);
          const kept = new Map<number, number>();
          for (const { n, at, back } of steps) {
            const approvalId = `apr_${n}` as const;
            if (back) {
              attention.giveBack(approvalId);
              kept.delete(n);
            } else {
              attention.take({ approvalId, at: instant(at), agent: 'bot', humans: ['ana'] });
              if (!kept.has(n)) kept.set(n, at);
            }
          }
          const now = instant(2 * HOUR);
          const counted = [...kept.values()]
            .filter((at) => at + HOUR > now)
            .toSorted((a, b) => a - b);
          expect(attention.countOf('bot', now)).toBe(counted.length);
          const half = Math.max(1, Math.floor(most / 2));
          const free = counted.at(-half);
          expect(attention.spent('bot', ['ana'], now).get('ana')).toBe(
            free === undefined ? undefined : free + HOUR,
          );
          const all = counted.at(-most);
          expect(attention.spent('other', ['ana'], now).has('ana')).toBe(all !== undefined);
        },
      ),
    );
  });
});

describe('deny memory', () => {
  test('A20: after three denials of one kind a reworded action is refused, whatever its session is called', async () => {
    const { ask, office, gatekeeper, alerts } = flooded();
    for (let i = 0; i < 3; i++) {
      expect(await alerts()).toEqual([]);
      await deny(office, gatekeeper, (await ask()).id);
      office.clock.advance(1_000);
    }
    expect(await alerts()).toEqual([
      expect.objectContaining({
        kind: 'denials',
        agent: 'data-bot',
        owner: 'mona',
        because: 'locked',
        count: 3,
        actionType: 'crm.export',
        resource: { type: 'Database', id: 'crm' },
      }),
    ]);
    const again = await ask({ session: { id: 'fresh' }, claim: 'something else' });
    expect(again).toMatchObject({
      state: 'denied',
      code: 'denied-before',
      because: 'locked',
      retryAt: T0 + 602_000,
    });
    // another resource, another agent: another matter
    expect((await ask({ resource: { type: 'Database', id: 'hr' } })).state).toBe('pending');
    expect((await ask({ agent: 'ci-bot' })).state).toBe('pending');
    office.clock.advance(598_999);
    expect(await ask()).toMatchObject({ because: 'locked' });
    office.clock.advance(1);
    expect((await ask()).state).toBe('pending');
    expect(await alerts()).toHaveLength(1);
  });

  test('A20: an identical action is refused from memory until that denial is forgotten', async () => {
    const { ask, office, gatekeeper } = flooded();
    const same = { arguments: { table: 'same' } };
    await deny(office, gatekeeper, (await ask(same)).id);
    office.clock.advance(60_000);
    const again = await ask(same);
    expect(again).toMatchObject({ state: 'denied', code: 'denied-before', retryAt: T0 + 600_000 });
    expect(again).not.toHaveProperty('because');
  });

  test('A20: three denials at once lock it once, and none is lost', async () => {
    const { ask, office, gatekeeper, alerts } = flooded();
    const asked = await Promise.all(Array.from({ length: 6 }, () => ask()));
    await Promise.all(asked.map(({ id }) => deny(office, gatekeeper, id)));
    expect(await ask()).toMatchObject({ because: 'locked' });
    expect(await alerts()).toHaveLength(1);
  });

  test('A20: denials that are forgotten do not count, and what is not reviewed is not held', async () => {
    const { ask, office, gatekeeper } = flooded();
    for (let i = 0; i < 4; i++) {
      await deny(office, gatekeeper, (await ask()).id);
      office.clock.advance(300_000);
    }
    expect((await ask()).state).toBe('pending');
    for (let i = 0; i < 2; i++) await deny(office, gatekeeper, (await ask()).id);
    expect(await ask()).toMatchObject({ because: 'locked' });
    office.says = { ...review(), verdict: 'allow', requirements: [] };
    expect((await ask()).state).toBe('allowed');
  });

  test('A20: a lock that falls between the look and the append holds', async () => {
    let onHolder: ((name: string) => Promise<void>) | undefined;
    const real = createMemoryStore();
    const store: LedgerStore = {
      ...real,
      holder: async (name, now) => {
        const held = await real.holder(name, now);
        await onHolder?.(name);
        return held;
      },
    };
    const { ask, office, gatekeeper } = flooded({ denialsBeforeLock: 1 }, { store });
    const { id } = await ask();
    onHolder = async (name) => {
      if (!name.startsWith('locked:')) return;
      onHolder = undefined;
      await deny(office, gatekeeper, id);
    };
    expect(await ask()).toMatchObject({ state: 'denied', because: 'locked' });
  });
});

const alert = (agent: string, at: number): Alert => ({
  type: 'alert.raised',
  at: instant(at),
  kind: 'flood',
  agent,
  owner: 'mona',
  because: 'agent',
  count: 1,
  until: instant(at + HOUR),
});

test('L37: of gateways that raise one alert at once, one does, and the numbers have no gap', async () => {
  const real = createMemoryStore();
  const views = [{ ...real }, { ...real }, { ...real }]; // turns are taken per process
  await Promise.all(
    views.flatMap((store) => ['a', 'b', 'a'].map((agent) => raise(store, alert(agent, 0)))),
  );
  const entries = await real.read(ALERTS);
  expect(
    alertsOf(entries)
      .map(({ agent }) => agent)
      .toSorted(),
  ).toEqual(['a', 'b']);
  expect(entries.map(({ entry }) => JSON.parse(entry).n)).toEqual([1, 2]);
});

test('A11: whatever the order, nobody has more waiting than their cap', async () => {
  const step = fc.record({
    agent: fc.constantFrom(...Object.keys(AGENTS)),
    session: fc.constantFrom('s', 't'),
    settles: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(step, { maxLength: 8 }), { maxLength: 6 }),
      async (rounds) => {
        const { ask, gatekeeper, parts } = flooded({
          maxPendingPerSession: 2,
          maxPending: 3,
          maxPendingPerOwner: 4,
        });
        const cancelled = new Set<string>();
        for (const round of rounds) {
          await Promise.all(
            round.map(async ({ agent, session, settles }) => {
              const { id, state } = await ask({ agent, session: { id: session } });
              if (!settles || state !== 'pending') return;
              must(await gatekeeper.cancel(id, agent));
              cancelled.add(id);
            }),
          );
          const waiting = await parts.store.find({ states: ['pending'], limit: 100 });
          const most = (keyOf: (one: (typeof waiting)[number]['standing']) => string): number =>
            Math.max(
              0,
              ...Object.values(Object.groupBy(waiting, ({ standing }) => keyOf(standing))).map(
                (all) => all?.length ?? 0,
              ),
            );
          expect(most(({ agent, session }) => `${agent} ${session}`)).toBeLessThanOrEqual(2);
          expect(most(({ agent }) => agent)).toBeLessThanOrEqual(3);
          expect(most(({ owner }) => owner ?? '')).toBeLessThanOrEqual(4);
          expect(waiting.some(({ stream }) => cancelled.has(stream))).toBe(false);
        }
      },
    ),
    { numRuns: 60 },
  );
});
