import { describe, expect, test } from 'vitest';
import { allow, deny, must, openOffice, review, who } from './office.ts';

const call = { agent: 'data-bot', type: 'crm.export', resource: { type: 'Database', id: 'crm' } };
const proposal = { ...call, arguments: { table: 'customers' } };

const typesOf = async (office: ReturnType<typeof openOffice>, id: string) =>
  (await office.store.read(id)).map(({ entry }) => (JSON.parse(entry) as { type: string }).type);

describe('perform', () => {
  test('R1 R4 what policy allows is released by one unit, and its grant is spent by it', async () => {
    const office = openOffice(allow);
    const performed = must(await office.gatekeeper.perform(proposal, 'data-bot'));
    const { status, released, grant } = performed;
    expect(status.state).toBe('executing');
    expect(grant).toBeUndefined();
    expect(released).toMatchObject({
      actionId: status.id,
      digest: status.digest,
      arguments: { table: 'customers', limit: 10 },
    });
    expect((await office.store.head()).size).toBe(4);
    expect(await typesOf(office, status.id)).toEqual([
      'action.proposed',
      'action.judged',
      'grant.issued',
      'grant.redeemed',
    ]);
    const told = await office.gatekeeper.report(status.id, 'data-bot', { outcome: 'executed' });
    expect(must(told).status.state).toBe('executed');
  });

  test('R4 the same key again releases nothing', async () => {
    const office = openOffice(allow);
    const keyed = { ...proposal, idempotencyKey: 'run-1' };
    must(await office.gatekeeper.perform(keyed, 'data-bot'));
    const again = must(await office.gatekeeper.perform(keyed, 'data-bot'));
    expect(again.status.state).toBe('executing');
    expect(again.released).toBeUndefined();
  });

  test('R2 whoever is not the executor of the action gets it allowed and not released', async () => {
    const office = openOffice(allow);
    const { status, released, grant } = must(await office.gatekeeper.perform(proposal, 'other'));
    expect(status.state).toBe('allowed');
    expect(released).toBeUndefined();
    expect(grant).toBeDefined();
  });

  test.each([
    ['deny', deny, 'denied'],
    ['review', review(), 'pending'],
  ])('%s releases nothing', async (_, says, state) => {
    const { status, released } = must(
      await openOffice(says).gatekeeper.perform(proposal, 'data-bot'),
    );
    expect(status.state).toBe(state);
    expect(released).toBeUndefined();
  });

  test.each([
    [831, 831],
    [1, 1],
    [0, undefined],
    [-3, undefined],
    [0.5, undefined],
  ])('EV-24 an outcome tells of %d repeats as %s', async (repeats, told) => {
    const office = openOffice(allow);
    const { status } = must(await office.gatekeeper.perform(proposal, 'data-bot'));
    const report = { outcome: 'executed', repeats } as const;
    const { outcome } = must(await office.gatekeeper.report(status.id, 'data-bot', report)).status;
    expect(outcome).toEqual({ outcome: 'executed', ...(told && { repeats: told }) });
  });

  test('R4 a performed action nobody reports becomes unknown', async () => {
    const office = openOffice(allow);
    const { status } = must(await office.gatekeeper.perform(proposal, 'data-bot'));
    office.clock.advance(24 * 3_600_000);
    expect(await office.gatekeeper.reconcile()).toBe(1);
    expect((await office.gatekeeper.answer(status.id))?.status.state).toBe('unknown');
  });
});

const approved = async () => {
  const office = openOffice(review());
  const asked = must(await office.gatekeeper.propose({ ...proposal, rejoins: true }));
  must(await office.gatekeeper.vote(who(office, 'dana'), await office.ballotOf(asked.status.id)));
  return { office, id: asked.status.id };
};

describe('coming back for the answer', () => {
  test('the identical call finds what was approved, and nobody is asked again', async () => {
    const { office, id } = await approved();
    const back = must(await office.gatekeeper.propose({ ...proposal, rejoins: true }));
    expect(back.status).toMatchObject({ id, state: 'approved' });
    must(await office.gatekeeper.redeem(back.grant ?? '', 'data-bot'));
    const third = must(await office.gatekeeper.propose({ ...proposal, rejoins: true }));
    expect(third.status.id).not.toBe(id);
    expect(third.status.state).toBe('pending');
  });

  test('EV-23 R4 coming back is told, and its key stands for the action from then on', async () => {
    const { office, id } = await approved();
    const keyed = { ...proposal, rejoins: true, idempotencyKey: 'second-run' };
    const back = must(await office.gatekeeper.propose(keyed));
    expect(back.status.id).toBe(id);
    expect((await typesOf(office, id)).at(-1)).toBe('action.joined');
    must(await office.gatekeeper.redeem(back.grant ?? '', 'data-bot'));
    must(await office.gatekeeper.report(id, 'data-bot', { outcome: 'executed' }));
    const replayed = must(await office.gatekeeper.propose(keyed));
    expect(replayed.status).toMatchObject({ id, state: 'executed' });
  });

  test('R3 a changed byte is a request of its own', async () => {
    const { office, id } = await approved();
    const other = { ...proposal, arguments: { table: 'orders' }, rejoins: true };
    const asked = must(await office.gatekeeper.propose(other));
    expect(asked.status.id).not.toBe(id);
    expect(asked.status.state).toBe('pending');
  });

  test('without asking for it an identical action is one of its own', async () => {
    const { office, id } = await approved();
    const next = must(await office.gatekeeper.propose(proposal));
    expect(next.status.id).not.toBe(id);
    expect(next.status.state).toBe('pending');
    // and its approval does not fail for want of the name the first one still has
    const voted = await office.gatekeeper.vote(
      who(office, 'dana'),
      await office.ballotOf(next.status.id),
    );
    expect(must(voted).status.state).toBe('approved');
    const back = must(await office.gatekeeper.propose({ ...proposal, rejoins: true }));
    expect(back.status.id).toBe(id);
  });

  test.each(['lapsed', 'revoked'])('what %s is not found any more', async (how) => {
    const { office, id } = await approved();
    if (how === 'revoked') {
      const [found] = await office.store.find({ states: ['approved'], limit: 1 });
      const { approvalId } = found?.standing ?? {};
      if (!approvalId) throw new Error('nothing is approved');
      must(await office.gatekeeper.revoke(approvalId, who(office, 'dana')));
    } else office.clock.advance(24 * 3_600_000);
    const back = must(await office.gatekeeper.propose({ ...proposal, rejoins: true }));
    expect(back.status.id).not.toBe(id);
    expect(back.status.state).toBe('pending');
  });

  test('R6 policy that allows or denies by now is what counts', async () => {
    const { office, id } = await approved();
    office.says = deny;
    const refused = must(await office.gatekeeper.propose({ ...proposal, rejoins: true }));
    expect(refused.status).toMatchObject({ state: 'denied' });
    expect(refused.status.id).not.toBe(id);
  });
});
