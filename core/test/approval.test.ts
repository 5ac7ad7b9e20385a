import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isSettled, NONE, type Approval } from '../src/approval/approval.ts';
import { decide } from '../src/approval/decide.ts';
import type { Command } from '../src/approval/command.ts';
import { evolve, replay } from '../src/approval/evolve.ts';
import type { ApprovalEvent, Judged, Proposed, Requested, Vote } from '../src/approval/event.ts';
import { unmet, type Countable } from '../src/approval/quorum.ts';
import { ASSURANCES, type Requirement } from '../src/approval/requirement.ts';
import type { Directory, Person } from '../src/directory.ts';
import { instant, type Instant } from '../src/time.ts';
import { allow, deny, person, requirement, review } from './office.ts';

const T0 = instant(1_000_000);
const DIGEST = `sha256:${'a'.repeat(64)}` as const;
const SEEN = `sha256:${'b'.repeat(64)}` as const;
const PEOPLE: readonly Person[] = [
  ...['p0', 'p1', 'p2', 'p3', 'p4'].map((id) => person(id, ['g0'])),
  person('q0', ['g1']),
  person('q1', ['g0', 'g1']),
  person('p1-twin', ['g0', 'g1'], { human: 'p1' }),
  person('owner', ['g0', 'g1']),
  person('owner-twin', ['g0', 'g1'], { human: 'owner' }),
];

const directory: Directory = {
  agent: () => undefined,
  person: (id) => PEOPLE.find((one) => one.id === id),
  members: (groups) => PEOPLE.filter((one) => one.groups.some((group) => groups.includes(group))),
  resource: () => [],
  isKilled: () => false,
};

const proposed: Proposed = {
  type: 'action.proposed',
  at: T0,
  actionId: 'act_1',
  actionType: 'crm.export',
  schemaVersion: 1,
  resource: { type: 'Database', id: 'crm' },
  lineage: { agent: 'bot', owner: 'owner', editors: [], delegators: [] },
  gate: 'api',
  digest: DIGEST,
  fingerprint: 'f',
  factsDigest: SEEN,
};

function asked(requirements: readonly Requirement[]): readonly [Proposed, Judged, Requested] {
  const judged: Judged = {
    type: 'action.judged',
    at: T0,
    judgement: review(...requirements),
    execution: { audience: 'bot', deadlineMs: 1000 },
  };
  return [
    proposed,
    judged,
    {
      type: 'approval.requested',
      at: T0,
      approvalId: 'apr_1',
      version: 1,
      requirements,
      excluded: [],
      expiresAt: instant(T0 + 3_600_000),
      seenDigest: SEEN,
    },
  ];
}

function voteOf(id: string, choice: 'approve' | 'deny', at: Instant): Vote {
  const one = PEOPLE.find((each) => each.id === id);
  return {
    statement: {
      v: 1,
      origin: 'o',
      approvalId: 'apr_1',
      version: 1,
      actionDigest: DIGEST,
      choice,
      person: id,
      seenDigest: SEEN,
      policyDigest: allow.policyDigest,
      issuedAt: at,
      expiresAt: instant(T0 + 3_600_000),
      nonce: 'n',
    },
    human: one?.human ?? id,
    groups: one?.groups ?? [],
    assurance: 'chat',
    channel: 'api',
  };
}

const requirements = fc.array(
  fc
    .record({
      groups: fc.constantFrom(['g0'], ['g1'], ['g0', 'g1']),
      quorum: fc.integer({ min: 1, max: 3 }),
      stage: fc.integer({ min: 1, max: 2 }),
      distinct: fc.boolean(),
    })
    .map((one) => requirement({ ...one, policies: [JSON.stringify(one)] })),
  { minLength: 1, maxLength: 3 },
);

type Step = { readonly kind: string; readonly who: string; readonly at: number };
const steps = fc.array(
  fc.record({
    kind: fc.constantFrom(
      'approve',
      'approve',
      'approve',
      'deny',
      'expire',
      'cancel',
      'redeem',
      'redeem-denied',
      'report',
      'revoke',
      'supersede',
    ),
    who: fc.constantFrom(...PEOPLE.map(({ id }) => id), 'bot', 'stranger'),
    at: fc.integer({ min: 0, max: 4_000_000 }),
  }),
  { maxLength: 25 },
);

function commandOf({ kind, who }: Step, now: Instant): Command {
  const by = PEOPLE.find(({ id }) => id === who) ?? person(who);
  switch (kind) {
    case 'approve':
    case 'deny':
      return {
        type: 'cast-vote',
        vote: voteOf(who, kind, now),
        expected: { origin: 'o', person: who, choice: kind },
        grantId: 'grt_1',
        directory,
      };
    case 'cancel':
      return { type: 'cancel', by: who };
    case 'revoke':
      return { type: 'revoke', by };
    case 'supersede':
      return { type: 'supersede', by: who, successor: 'act_2', directory };
    case 'report':
      return { type: 'report', by: who, report: { outcome: 'executed' } };
    case 'redeem':
    case 'redeem-denied': {
      const judgement = kind === 'redeem' ? allow : deny;
      return { type: 'redeem', by: who, grantId: 'grt_1', digest: DIGEST, judgement, directory };
    }
    default:
      return { type: 'expire' };
  }
}

function run(
  needs: readonly Requirement[],
  all: readonly Step[],
): { events: ApprovalEvent[]; states: Approval[] } {
  const events: ApprovalEvent[] = [...asked(needs)];
  const states = [replay(events)];
  for (const step of all.toSorted((a, b) => a.at - b.at)) {
    const now = instant(T0 + step.at);
    const before = replay(events);
    const decided = decide(before, commandOf(step, now), now);
    if (decided.ok) events.push(...decided.value);
    states.push(replay(events));
  }
  return { events, states };
}

describe('properties of the state machine', () => {
  test('settled never changes, and replay(prefix) + rest = replay(all)', () => {
    fc.assert(
      fc.property(requirements, steps, fc.nat(), (needs, all, cut) => {
        const { events, states } = run(needs, all);
        const first = states.findIndex(isSettled);
        if (first >= 0)
          for (const state of states.slice(first)) expect(state.state).toBe(states[first]?.state);
        const at = cut % (events.length + 1);
        expect(events.slice(at).reduce(evolve, replay(events.slice(0, at)))).toEqual(
          replay(events),
        );
      }),
    );
  });

  test('R5 approved only by distinct humans who may, in every requirement; the owner and twins never count', () => {
    fc.assert(
      fc.property(requirements, steps, (needs, all) => {
        const { events } = run(needs, all);
        const end = events.findIndex(({ type }) => type === 'grant.issued');
        if (end < 0) return;
        const yes = events
          .slice(0, end)
          .flatMap((event) => (event.type === 'approval.vote-cast' ? [event.vote] : []));
        const humans = yes.map(({ human }) => human);
        expect(humans).not.toContain('owner');
        expect(new Set(humans).size).toBe(humans.length);
        for (const { groups, quorum } of needs) {
          const serving = yes.filter((vote) => vote.groups.some((group) => groups.includes(group)));
          expect(serving.length).toBeGreaterThanOrEqual(quorum);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('R4 no interleaving redeems twice, and only the agent of the grant redeems', () => {
    fc.assert(
      fc.property(requirements, steps, (needs, all) => {
        const { events } = run(needs, all);
        const redeemed = events.filter((event) => event.type === 'grant.redeemed');
        expect(redeemed.length).toBeLessThanOrEqual(1);
        expect(redeemed.every(({ by }) => by === 'bot')).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test('one eligible deny settles; nothing runs after', () => {
    const events = [...asked([requirement({ groups: ['g0'], quorum: 2 })])];
    const no = decide(replay(events), commandOf({ kind: 'deny', who: 'p1', at: 0 }, T0), T0);
    expect(no.ok && no.value.map(({ type }) => type)).toEqual([
      'approval.vote-cast',
      'approval.denied',
    ]);
  });

  test('a command on an unknown action is refused', () => {
    expect(decide(NONE, { type: 'expire' }, T0)).toEqual({ ok: false, error: 'not-found' });
  });
});

describe('quorum', () => {
  const votes = fc.array(
    fc
      .record({
        human: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
        groups: fc.subarray(['g0', 'g1', 'g2']),
        assurance: fc.constantFrom(...ASSURANCES),
        at: fc.integer({ min: 0, max: 100 }),
      })
      .map((one): Countable => ({ ...one, at: instant(one.at) })),
    { maxLength: 6 },
  );

  test('another approving vote never un-satisfies; another requirement never satisfies', () => {
    fc.assert(
      fc.property(requirements, requirements, votes, votes, (needs, more, some, extra) => {
        const now = instant(100);
        if (unmet(needs, some, now).length === 0)
          expect(unmet(needs, [...some, ...extra], now)).toEqual([]);
        if (unmet([...needs, ...more], some, now).length === 0)
          expect(unmet(needs, some, now)).toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });

  test.each([
    ['A15 an empty group list', { groups: [] }],
    ['A15 a quorum of zero', { quorum: 0 }],
  ])('%s is never met', (_, more) => {
    const vote = { human: 'a', groups: ['data-owners'], assurance: 'hardware', at: T0 } as const;
    expect(unmet([requirement(more)], [vote], T0)).toHaveLength(1);
  });

  test.each([
    ['a stale vote', { at: instant(T0 - 3_600_001) }],
    ['a vote from the future', { at: instant(T0 + 1) }],
    ['a vote with too little assurance', { assurance: 'chat' }],
    ['a vote from another group', { groups: ['dba'] }],
  ] as const)('%s does not count', (_, more) => {
    const vote: Countable = {
      human: 'a',
      groups: ['data-owners'],
      assurance: 'session',
      at: T0,
      ...more,
    };
    expect(unmet([requirement({ assurance: 'session' })], [vote], T0)).toHaveLength(1);
    const good: Countable = { human: 'a', groups: ['data-owners'], assurance: 'session', at: T0 };
    expect(unmet([requirement({ assurance: 'session' })], [good], T0)).toEqual([]);
  });

  test('policy.md vote table: three groups, one missing at a time', () => {
    const needs = [
      requirement({ groups: ['data-owners'], expiresMs: 7_200_000, policies: ['D'] }),
      requirement({
        groups: ['data-protection', 'security'],
        quorum: 2,
        assurance: 'passkey',
        expiresMs: 1_800_000,
        policies: ['P'],
      }),
    ];
    const at = instant(T0 + 1_800_000);
    const ana: Countable = { human: 'ana', groups: ['security'], assurance: 'passkey', at };
    const ben: Countable = { human: 'ben', groups: ['data-protection'], assurance: 'passkey', at };
    const dana: Countable = { human: 'dana', groups: ['data-owners'], assurance: 'chat', at };
    const missing = (...cast: readonly Countable[]) =>
      unmet(needs, cast, at)
        .map(({ requirement: { policies }, missing: n }) => `${policies.join()}${n}`)
        .join(' ');
    expect(missing()).toBe('D1 P2');
    expect(missing(ana)).toBe('D1 P1');
    expect(missing(ana, ana)).toBe('D1 P1');
    expect(missing(ana, ben)).toBe('D1');
    expect(missing(ana, ben, dana)).toBe('');
    expect(missing(ana, { ...ben, assurance: 'session' }, dana)).toBe('P1');
    expect(missing({ ...ana, at: instant(at - 1_860_000) }, ben, dana)).toBe('P1');
  });
});
