import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { decodeEntry } from '../src/approval/entry.ts';
import { replay } from '../src/approval/evolve.ts';
import type { Requirement } from '../src/approval/requirement.ts';
import type { Person, StandsFor } from '../src/directory.ts';
import { instant } from '../src/time.ts';
import { must, openOffice, person, requirement, review, who, type Office } from './office.ts';

const UNTIL = instant(4_000_000_000_000);
const seat = (human: string, groups: readonly string[], ...through: string[]): StandsFor => ({
  human,
  person: human,
  groups,
  until: UNTIL,
  ...(through.length > 0 && { through }),
});
const standIn = (id: string, seats: readonly StandsFor[], more: Partial<Person> = {}): Person =>
  person(id, [], { standsFor: seats, ...more });

const OWNERS = ['data-owners'];
const base = () => [
  person('mona', OWNERS),
  person('dana', OWNERS),
  person('carl', OWNERS),
  person('sec', ['security']),
];

async function waiting(extra: readonly Person[], ...requirements: readonly Requirement[]) {
  const office = openOffice(review(...requirements));
  office.people = [...base(), ...extra];
  const { status } = must(await office.propose());
  return { office, id: status.id, state: status.state };
}
const vote = async (office: Office, id: string, by: string, more = {}) => {
  const cast = await office.gatekeeper.vote(who(office, by), await office.ballotOf(id, more));
  return cast.ok ? cast.value.status.state : cast.error;
};
const change = (office: Office, id: string, more: Partial<Person>): void => {
  office.people = office.people.map((one) => (one.id === id ? { ...one, ...more } : one));
};
const lastVote = async (office: Office, id: string) => {
  const approval = replay((await office.store.read(id)).map(decodeEntry));
  return 'votes' in approval ? approval.votes.at(-1) : undefined;
};

describe('EV-15 whoever is away is answered for', () => {
  test('a delegate answers on the seat of the one who is away, and the vote says so', async () => {
    const { office, id } = await waiting([standIn('del', [seat('dana', OWNERS)])]);
    expect(await vote(office, id, 'del')).toBe('approved');
    expect((await lastVote(office, id))?.standsFor).toEqual([{ human: 'dana', groups: OWNERS }]);
  });

  test('no seat is used where one’s own group does', async () => {
    const { office, id } = await waiting(
      [person('del', OWNERS, { standsFor: [seat('dana', OWNERS)] })],
      requirement({ quorum: 2 }),
    );
    expect(await vote(office, id, 'del')).toBe('pending');
    expect(await lastVote(office, id)).not.toHaveProperty('standsFor');
    expect(await vote(office, id, 'dana')).toBe('approved');
  });

  test('delegator and delegate never make two of one seat, whoever answers first', async () => {
    const two = requirement({ quorum: 2 });
    const first = await waiting([standIn('del', [seat('dana', OWNERS)])], two);
    expect(await vote(first.office, first.id, 'del')).toBe('pending');
    expect(await vote(first.office, first.id, 'dana')).toBe('pending');
    expect(await vote(first.office, first.id, 'carl')).toBe('approved');
    const second = await waiting([standIn('del', [seat('dana', OWNERS)])], two);
    expect(await vote(second.office, second.id, 'dana')).toBe('pending');
    expect(await vote(second.office, second.id, 'del')).toBe('not-an-approver');
  });

  test('two delegates of one make one; one delegate of two makes one', async () => {
    const two = requirement({ quorum: 2 });
    const both = [seat('dana', OWNERS), seat('carl', OWNERS)];
    const crowd = [standIn('del', [seat('dana', OWNERS)]), standIn('eve', [seat('dana', OWNERS)])];
    const shared = await waiting(crowd, two);
    expect(await vote(shared.office, shared.id, 'del')).toBe('pending');
    expect(await vote(shared.office, shared.id, 'eve')).toBe('not-an-approver');
    const busy = await waiting([standIn('del', both)], two);
    expect(await vote(busy.office, busy.id, 'del')).toBe('pending');
    expect(await vote(busy.office, busy.id, 'del')).toBe('already-voted');
  });

  test.each([
    ['T34 a delegate of the owner', [seat('mona', OWNERS)]],
    ['R5 a delegate the owner passed it on to', [seat('dana', OWNERS, 'mona')]],
  ])('%s is excluded, and it is told', async (_, seats) => {
    const { office, id } = await waiting([standIn('del', seats)]);
    expect(await vote(office, id, 'del')).toBe('excluded');
    const types = (await office.store.read(id)).map((entry) => decodeEntry(entry).type);
    expect(types.at(-1)).toBe('approval.vote-refused');
  });

  test('R5 the owner stands for nobody, under no account', async () => {
    const alias = standIn('mona-2', [seat('dana', OWNERS)], { human: 'mona' });
    const { office, id } = await waiting([alias]);
    expect(await vote(office, id, 'mona-2')).toBe('excluded');
  });

  test('a linked account of a delegate is the same human', async () => {
    const twin = standIn('dana-2', [seat('dana', OWNERS)], { human: 'dana' });
    const { office, id } = await waiting([twin], requirement({ quorum: 2 }));
    expect(await vote(office, id, 'dana-2')).toBe('not-an-approver');
  });

  test.each([
    ['it ended', { standsFor: [] }],
    ['the delegate left', { active: false }],
    ['the delegator left the group', { standsFor: [seat('dana', ['else'])] }],
  ])('DS-15 between vote and quorum %s: not counted any more', async (_, more) => {
    const { office, id } = await waiting(
      [standIn('del', [seat('dana', OWNERS)])],
      requirement({ quorum: 2 }),
    );
    expect(await vote(office, id, 'del')).toBe('pending');
    change(office, 'del', more);
    expect(await vote(office, id, 'carl')).toBe('pending');
  });

  test('R6 the delegation ended before the grant was redeemed: refused', async () => {
    const { office, id } = await waiting([standIn('del', [seat('dana', OWNERS)])]);
    expect(await vote(office, id, 'del')).toBe('approved');
    change(office, 'del', { standsFor: [] });
    const grant = (await office.gatekeeper.answer(id))?.grant ?? '';
    const redeemed = await office.gatekeeper.redeem(grant, 'data-bot');
    expect(redeemed.ok).toBe(false);
    expect((await office.gatekeeper.answer(id))?.status.state).toBe('refused');
  });

  test('distinct requirements stay of distinct humans, seats or not', async () => {
    const { office, id } = await waiting(
      [person('del', ['security'], { standsFor: [seat('dana', OWNERS)] })],
      requirement({ distinct: true }),
      requirement({ groups: ['security'], distinct: true, policies: ['other'] }),
    );
    expect(await vote(office, id, 'del')).toBe('pending');
    expect(await vote(office, id, 'carl')).toBe('approved');
  });

  test('a delegate makes satisfiable what its delegator cannot prove; no second person', async () => {
    const sure = requirement({ groups: ['security'], assurance: 'passkey' });
    const del = standIn('del', [seat('sec', ['security'])], { reach: 'passkey' });
    const office = openOffice(review(sure));
    office.people = [...base(), del];
    const directory = office.parts.directory;
    const withDelegates = () => ({ ...directory(), delegates: () => [del] });
    Object.assign(office.parts, { directory: withDelegates });
    const asked = async (...needs: readonly Requirement[]) => {
      office.says = review(...needs);
      office.clock.advance(1);
      const { status } = must(
        await office.propose({
          arguments: { table: needs.length + String(needs[0]?.quorum) + needs[0]?.assurance },
        }),
      );
      return status.state;
    };
    expect(await asked(sure)).toBe('pending');
    expect(await asked({ ...sure, quorum: 2 })).toBe('unsatisfiable');
    expect(await asked({ ...sure, assurance: 'chat', quorum: 2 })).toBe('unsatisfiable');
    expect(await asked({ ...sure, assurance: 'hardware' })).toBe('unsatisfiable');
  });
});

const NAMES = ['a', 'b', 'c', 'd', 'mona'] as const;
const somebody = fc.record({
  groups: fc.subarray(['g0', 'g1']),
  human: fc.constantFrom('own', 'own', 'own', 'a'),
  seats: fc.array(
    fc.record({
      of: fc.constantFrom(...NAMES),
      groups: fc.subarray(['g0', 'g1'], { minLength: 1 }),
      through: fc.constantFrom<readonly string[]>([], [], ['mona'], ['b']),
    }),
    { maxLength: 3 },
  ),
});
const need = fc
  .record({
    groups: fc.constantFrom(['g0'], ['g1'], ['g0', 'g1']),
    quorum: fc.integer({ min: 1, max: 3 }),
    stage: fc.integer({ min: 1, max: 2 }),
    distinct: fc.boolean(),
  })
  .map((one) => requirement({ ...one, policies: [JSON.stringify(one)] }));

test('EV-15 R5 whatever is delegated: distinct humans on distinct seats, none excluded', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.tuple(somebody, somebody, somebody, somebody, somebody),
      fc.array(need, { minLength: 1, maxLength: 2 }),
      fc.array(fc.constantFrom(...NAMES), { maxLength: 8 }),
      async (made, needs, order) => {
        const people = NAMES.map((id, i): Person => {
          const { groups, human, seats } = made[i] ?? { groups: [], human: 'own', seats: [] };
          const standsFor = seats.map(({ of, groups: of2, through }) => seat(of, of2, ...through));
          return person(id, groups, {
            human: human === 'own' || id === 'mona' ? id : human,
            standsFor,
          });
        });
        const office = openOffice(review(...needs));
        office.people = people;
        const { status } = must(await office.propose());
        if (status.state !== 'pending') return;
        for (const by of order) await vote(office, status.id, by);
        const approval = replay((await office.store.read(status.id)).map(decodeEntry));
        if (approval.state !== 'approved') return;
        const { votes } = approval;
        const humans = votes.map(({ human }) => human);
        const seats = votes.flatMap(({ standsFor = [] }) => [
          ...new Set(standsFor.map((one) => one.human)),
        ]);
        expect(new Set(humans).size).toBe(humans.length);
        expect(new Set(seats).size).toBe(seats.length);
        for (const one of votes.flatMap(({ human, standsFor = [] }) => [
          human,
          ...standsFor.flatMap((s) => [s.human, ...(s.through ?? [])]),
        ]))
          expect(one).not.toBe('mona');
        for (const { groups, quorum } of needs) {
          // one human, one seat: their own, or one that nobody else has
          const counted = votes.filter(({ groups: own, standsFor = [] }) =>
            [
              ...own,
              ...standsFor.filter(({ human }) => !humans.includes(human)).flatMap((s) => s.groups),
            ].some((group) => groups.includes(group)),
          );
          expect(counted.length).toBeGreaterThanOrEqual(quorum);
        }
      },
    ),
    { numRuns: 150 },
  );
});
