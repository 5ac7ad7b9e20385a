import { expect, test } from 'vitest';
import { canonical } from '../src/canonical.ts';
import { allow, must, openOffice, requirement, review, who, type Office } from './office.ts';

/** What a newer gateway might write: an action that must not run for now. */
async function holdBack({ parts }: Office, stream: string, event: object): Promise<void> {
  const n = (await parts.store.read(stream)).length + 1;
  const entries = [canonical({ v: 1, at: parts.clock(), ...event, stream, n })];
  expect(await parts.store.append({ stream, expectedVersion: n - 1, entries })).toMatchObject({
    ok: true,
  });
}

const tooNew = { code: 'too-new', retryable: true };

test.each([
  ['of a type this version does not know', { type: 'approval.suspended' }],
  ['of a version this one does not know', { type: 'action.joined', by: 'data-bot', v: 2 }],
  ['named as something every object has', { type: 'toString' }],
])('R2 an entry %s: nothing is released, decided or changed', async (_, event) => {
  const office = openOffice(allow);
  const { grant, status } = must(await office.propose());
  await holdBack(office, status.id, event);
  const before = await office.parts.store.head();
  await expect(office.gatekeeper.redeem(grant ?? '', 'data-bot')).rejects.toMatchObject(tooNew);
  await expect(office.gatekeeper.answer(status.id)).rejects.toMatchObject(tooNew);
  await expect(office.gatekeeper.cancel(status.id, 'data-bot')).rejects.toMatchObject(tooNew);
  expect(await office.parts.store.head()).toEqual(before);
});

test('R2 nobody votes on what a newer gateway holds back', async () => {
  const office = openOffice(review(requirement()));
  const { status } = must(await office.propose());
  const ballot = await office.ballotOf(status.id);
  await holdBack(office, status.id, { type: 'approval.suspended' });
  await expect(office.gatekeeper.vote(who(office, 'dana'), ballot)).rejects.toMatchObject(tooNew);
});

test('what is due is settled all the same, but for what is held back', async () => {
  const office = openOffice(review(requirement()));
  const [held, other] = await Promise.all([
    office.propose({ arguments: { table: 't1' } }),
    office.propose({ arguments: { table: 't2' } }),
  ]);
  await holdBack(office, must(held).status.id, { type: 'approval.suspended' });
  office.clock.advance(3_600_001);
  expect(await office.gatekeeper.reconcile()).toBe(1);
  expect((await office.gatekeeper.answer(must(other).status.id))?.status.state).toBe('expired');
});
