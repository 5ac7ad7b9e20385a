import { instant, ok } from '@countersign/core';
import { createMemoryStore } from '@countersign/core/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  activeAt,
  createRoster,
  isOver,
  LONGEST_DELEGATION_MS,
  standing,
  type DelegationEvent,
} from '../src/index.ts';

const clock = () => instant(1_000);
const granted = (
  from: string,
  to: string,
  more: Partial<Extract<DelegationEvent, { type: 'delegation.granted' }>> = {},
): DelegationEvent => ({
  type: 'delegation.granted',
  at: clock(),
  by: from,
  delegation: `dlg_${from}_${to}`,
  from,
  to,
  begins: instant(0),
  ends: instant(10_000),
  ...more,
});
const ended = (delegation: string): DelegationEvent => ({
  type: 'delegation.ended',
  at: clock(),
  by: 'x',
  delegation,
});

const told = async (...events: readonly DelegationEvent[]) => {
  const roster = await createRoster(createMemoryStore({ clock }), clock);
  await roster.change(() => ok({ events }));
  return roster.now().delegations;
};

const PEOPLE = ['ana', 'ben', 'cara', 'dan', 'eve'].map((id) => ({
  id,
  human: id,
  groups: ['all', `of-${id}`],
  active: true,
}));
type Account = (typeof PEOPLE)[number];
const standingFor = async (
  id: string,
  events: readonly DelegationEvent[],
  people: readonly Account[] = PEOPLE,
  now = 1_000,
) => {
  const { active } = activeAt(await told(...events), instant(now));
  const personOf = (one: string) => people.find((each) => each.id === one);
  return standing(active, personOf)
    .of({ human: id })
    .map(({ human, groups, through = [] }) => [human, groups.join(), through.join()].join(' '));
};
const changed = (id: string, more: Partial<Account>) =>
  PEOPLE.map((one) => (one.id === id ? { ...one, ...more } : one));

describe('L36 who stands for whom', () => {
  test('from the moment it begins until the moment it ends, or is ended', async () => {
    const night = [granted('ana', 'ben', { begins: instant(500), ends: instant(900) })];
    const at = (now: number, more: readonly DelegationEvent[] = []) =>
      standingFor('ben', [...night, ...more], PEOPLE, now);
    expect(await at(499)).toEqual([]);
    expect(await at(500)).toEqual(['ana all,of-ana ']);
    expect(await at(899)).toHaveLength(1);
    expect(await at(900)).toEqual([]);
    expect(await at(600, [ended('dlg_ana_ben')])).toEqual([]);
    const delegations = await told(...night);
    expect(activeAt(delegations, instant(0)).until).toBe(500);
    expect(activeAt(delegations, instant(500)).until).toBe(900);
    expect([...delegations.values()].map((one) => isOver(one, instant(900)))).toEqual([true]);
  });

  test('one that is longer than it may be is none; an id is never another’s', async () => {
    const long = granted('ana', 'ben', { ends: instant(LONGEST_DELEGATION_MS + 1) });
    expect(await standingFor('ben', [long])).toEqual([]);
    const again = { ...granted('ana', 'cara'), delegation: 'dlg_ana_ben' };
    expect(await standingFor('cara', [granted('ana', 'ben'), again])).toEqual([]);
  });

  test('only groups that were passed on, and that they are in at this moment', async () => {
    const some = [granted('ana', 'ben', { groups: ['all', 'never'] })];
    expect(await standingFor('ben', some)).toEqual(['ana all ']);
    expect(await standingFor('ben', some, changed('ana', { groups: ['of-ana'] }))).toEqual([]);
    expect(await standingFor('ben', some, changed('ana', { active: false }))).toEqual([]);
  });

  test('a chain ends after three hands; what it loses on the way stays lost', async () => {
    const chain = [
      granted('ana', 'ben', { groups: ['all'] }),
      granted('ben', 'cara'),
      granted('cara', 'dan'),
      granted('dan', 'eve'),
    ];
    expect(await standingFor('dan', chain)).toEqual([
      'cara all,of-cara ',
      'ben all,of-ben cara',
      'ana all cara,ben',
    ]);
    expect(await standingFor('eve', chain)).not.toContain('ana all dan,cara,ben');
    expect(await standingFor('dan', chain, changed('ben', { active: false }))).toEqual([
      'cara all,of-cara ',
    ]);
  });

  test('a circle ends where it began, and nobody stands for themselves under another account', async () => {
    const circle = [granted('ana', 'ben'), granted('ben', 'ana')];
    expect(await standingFor('ben', circle)).toEqual(['ana all,of-ana ']);
    const twins = changed('ana', { human: 'ben' });
    expect(await standingFor('ben', [granted('ana', 'ben')], twins)).toEqual([]);
  });

  test('R5 whoever set it up for another had a hand in it, and never for themselves', async () => {
    const helped = [granted('ana', 'ben', { by: 'eve' })];
    expect(await standingFor('ben', helped)).toEqual(['ana all,of-ana eve']);
    expect(await standingFor('ben', [granted('ana', 'ben', { by: 'ben' })])).toEqual([]);
    const twin = changed('eve', { human: 'ben' });
    expect(await standingFor('ben', helped, twin)).toEqual([]);
  });

  test('whatever is passed on: nobody for themselves, no group its holder has not, at most two between', async () => {
    const name = fc.constantFrom(...PEOPLE.map(({ id }) => id));
    const pairs = fc.array(fc.tuple(name, name), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(pairs, name, async (made, who) => {
        const events = made.map(([from, to], i) => ({ ...granted(from, to), delegation: `d${i}` }));
        const { active } = activeAt(await told(...events), instant(1));
        const seats = standing(active, (id) => PEOPLE.find((one) => one.id === id)).of({
          human: who,
        });
        for (const { human, groups, through = [] } of seats) {
          expect(human).not.toBe(who);
          expect(through).not.toContain(who);
          expect(through.length).toBeLessThanOrEqual(2);
          expect(groups.every((group) => group === 'all' || group === `of-${human}`)).toBe(true);
        }
      }),
      { numRuns: 100 },
    );
  });
});
