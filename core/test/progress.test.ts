import { describe, expect, test } from 'vitest';
import { decodeEntry } from '../src/approval/entry.ts';
import { replay } from '../src/approval/evolve.ts';
import { progressOf } from '../src/approval/progress.ts';
import type { Requirement } from '../src/approval/requirement.ts';
import { must, openOffice, person, requirement, review, who, type Office } from './office.ts';

const waiting = async (...requirements: readonly Requirement[]) => {
  const office = openOffice(review(...requirements));
  const { status } = must(await office.propose());
  return { office, id: status.id };
};
const vote = async (office: Office, id: string, by: string, more = {}) =>
  office.gatekeeper.vote(who(office, by), await office.ballotOf(id, more));

const progress = async (office: Office, id: string) => {
  const approval = replay((await office.store.read(id)).map(decodeEntry));
  if (!('asked' in approval) || !approval.asked) throw new Error('nobody was asked');
  const asked = { ...approval, asked: approval.asked };
  return progressOf(asked, office.parts.directory(), office.clock()).map(
    ({ have, need }) => `${have}/${need}`,
  );
};

describe('progress is counted by what decides', () => {
  const two = [
    requirement({ quorum: 2 }),
    requirement({ groups: ['security'], policies: ['pii'] }),
    requirement({ kind: 'confirm', groups: [], policies: ['own'] }),
  ] as const;
  test('a vote counts wherever the person serves; one who left does not any more', async () => {
    const { office, id } = await waiting(...two);
    expect(await progress(office, id)).toEqual(['0/2', '0/1', '0/1']);
    must(await vote(office, id, 'dana'));
    must(await vote(office, id, 'ana'));
    must(await vote(office, id, 'mona', { control: 'confirm' }));
    expect(await progress(office, id)).toEqual(['1/2', '1/1', '1/1']);
    office.people = office.people.filter(({ id: one }) => one !== 'dana');
    expect(await progress(office, id)).toEqual(['0/2', '1/1', '1/1']);
  });
  test('once decided it stays what it was when they answered', async () => {
    const { office, id } = await waiting(...two);
    must(await vote(office, id, 'mona-admin', { control: 'confirm' }));
    for (const by of ['dana', 'ana', 'ben']) must(await vote(office, id, by));
    office.people = [person('mona')];
    office.clock.advance(86_400_000);
    expect(await progress(office, id)).toEqual(['2/2', '1/1', '1/1']);
  });
  test('enough persons, but one would have to count twice where each counts once', async () => {
    const { office, id } = await waiting(
      requirement({ distinct: true }),
      requirement({ groups: ['data-protection'], distinct: true, policies: ['other'] }),
    );
    must(await vote(office, id, 'ben'));
    expect(await progress(office, id)).toEqual(['0/1', '0/1']);
    must(await vote(office, id, 'ana'));
    expect((await office.gatekeeper.answer(id))?.status.state).toBe('approved');
  });
});
