import { describe, expect, test } from 'vitest';
import type { Requirement } from '../src/approval/requirement.ts';
import type { Gatekeeper } from '../src/gatekeeper.ts';
import { openGlasses, type BreakGlass } from '../src/glass.ts';
import type { ActionId } from '../src/ids.ts';
import { deny, must, openOffice, requirement, review, who, type Office } from './office.ts';

const breakable = (more: Partial<Requirement> = {}): Requirement =>
  requirement({ breakGlass: ['security'], groups: ['data-protection'], ...more });
const REASON = 'production is down and nobody answers';

async function asked(...requirements: readonly Requirement[]) {
  const office = openOffice(review(...(requirements.length > 0 ? requirements : [breakable()])));
  const { status } = must(await office.propose());
  return { office, id: status.id };
}

async function wish(
  office: Office,
  id: ActionId,
  more: Partial<BreakGlass> = {},
): Promise<BreakGlass> {
  const { control: _, choice: __, ...ballot } = await office.ballotOf(id);
  return { ...ballot, assurance: 'session', reason: REASON, ...more };
}
const breaks = async (
  office: Office,
  by: string,
  id: ActionId,
  more: Partial<BreakGlass> = {},
): ReturnType<Gatekeeper['breakGlass']> =>
  office.gatekeeper.breakGlass(who(office, by), await wish(office, id, more));
const reviews = async (office: Office, by: string, id: ActionId) =>
  office.gatekeeper.reviewGlass(who(office, by), {
    approvalId: (await office.ballotOf(id)).approvalId,
    finding: 'not-justified',
    note: 'it could have waited',
  });
const no = (error: string) => ({ ok: false, error });

describe('break-glass', () => {
  test('EV-14: goes ahead, short, loud, with the reason; the mark stays whatever becomes of it', async () => {
    const { office, id } = await asked();
    const { status, grant } = must(await breaks(office, 'ana', id));
    expect(status).toMatchObject({
      state: 'approved',
      votes: { approve: 0 },
      brokenGlass: { by: 'ana', reason: REASON, reviewBy: office.clock() + 86_400_000 },
      useBy: office.clock() + 600_000,
    });
    const types = (await office.store.read(id)).map(({ entry }) => JSON.parse(entry).type);
    expect(types.slice(-2)).toEqual(['approval.glass-broken', 'grant.issued']);
    must(await office.gatekeeper.redeem(grant ?? '', 'data-bot'));
    must(await office.gatekeeper.report(id, 'data-bot', { outcome: 'executed' }));
    must(await reviews(office, 'ben', id));
    const { status: after } = (await office.gatekeeper.answer(id)) ?? {};
    expect(after).toMatchObject({
      state: 'executed',
      brokenGlass: { by: 'ana', finding: 'not-justified' },
    });
    expect(await reviews(office, 'ben', id)).toEqual(no('already-reviewed'));
  });

  test.each([
    ['R5 the owner', 'mona', 'excluded', {}],
    ['R5 an account linked to the owner', 'mona-admin', 'excluded', {}],
    ['somebody whom policy does not name', 'ben', 'not-breakable', {}],
    ['somebody who is not there any more', 'gone', 'inactive-person', {}],
    ['a click in a chat', 'ana', 'assurance-too-low', { assurance: 'chat' }],
    ['a reason of spaces', 'ana', 'reason-too-short', { reason: 'now          ' }],
    ['what was seen is another version', 'ana', 'version-mismatch', { version: 2 }],
    [
      'what was seen is another view',
      'ana',
      'seen-mismatch',
      { seenDigest: `sha256:${'0'.repeat(64)}` },
    ],
    ['a passkey claimed without a proof', 'ana', 'statement-invalid', { assurance: 'passkey' }],
  ] as const)('refuses %s, and announces nothing', async (_, by, code, more) => {
    const { office, id } = await asked();
    expect(await breaks(office, by, id, more)).toEqual(no(code));
    expect(await office.store.read('break-glass')).toEqual([]);
    expect((await office.gatekeeper.answer(id))?.status.state).toBe('pending');
  });

  test('an attempt of an excluded person is told', async () => {
    const { office, id } = await asked();
    await breaks(office, 'mona', id);
    const last = JSON.parse((await office.store.read(id)).at(-1)?.entry ?? '{}');
    expect(last).toMatchObject({ type: 'approval.vote-refused', by: 'mona', because: 'excluded' });
  });

  test('POL-17 every review must let it be broken, each by a group of the person', async () => {
    const two = await asked(breakable(), requirement({ policies: ['hard'] }));
    expect(await breaks(two.office, 'ana', two.id)).toEqual(no('not-breakable'));
    const other = await asked(breakable(), breakable({ policies: ['x'], breakGlass: ['admins'] }));
    expect(await breaks(other.office, 'ana', other.id)).toEqual(no('not-breakable'));
    const office = openOffice(review(breakable({ assurance: 'passkey' })));
    office.people = office.people.map((one) => ({ ...one, reach: 'passkey' }));
    const { status } = must(await office.propose());
    expect(await breaks(office, 'ana', status.id)).toEqual(no('assurance-too-low'));
  });

  test('a confirmation is not lifted', async () => {
    const confirm = requirement({ kind: 'confirm', groups: [], policies: ['c'] });
    const { office, id } = await asked(breakable(), confirm);
    expect(await breaks(office, 'ana', id)).toEqual(no('confirmation-missing'));
    const yes = await office.ballotOf(id, { control: 'confirm' });
    must(await office.gatekeeper.vote(who(office, 'mona'), yes));
    expect(must(await breaks(office, 'ana', id)).status.state).toBe('approved');
  });

  test('a denial stands', async () => {
    const { office, id } = await asked();
    must(
      await office.gatekeeper.vote(
        who(office, 'ben'),
        await office.ballotOf(id, { choice: 'deny' }),
      ),
    );
    expect(await breaks(office, 'ana', id)).toEqual(no('not-pending'));
  });

  test.each([
    ['policy denies now', (office: Office) => (office.says = deny)],
    [
      'a new review does not let it be broken',
      (office: Office) => (office.says = review(breakable(), requirement({ policies: ['new'] }))),
    ],
    [
      'who broke it left the group',
      (office: Office) =>
        (office.people = office.people.map((one) =>
          one.id === 'ana' ? { ...one, groups: ['data-protection'] } : one,
        )),
    ],
    [
      'who broke it is deactivated',
      (office: Office) =>
        (office.people = office.people.map((one) =>
          one.id === 'ana' ? { ...one, active: false } : one,
        )),
    ],
    [
      'who broke it owns the agent now',
      (office: Office) => (office.agent = { ...office.agent, owner: 'ana' }),
    ],
  ])('R6 refused at redeem: %s', async (_, changes) => {
    const { office, id } = await asked();
    const { grant } = must(await breaks(office, 'ana', id));
    changes(office);
    expect(await office.gatekeeper.redeem(grant ?? '', 'data-bot')).toEqual(no('refused'));
    expect((await office.gatekeeper.answer(id))?.status).toMatchObject({
      state: 'refused',
      brokenGlass: { by: 'ana' },
    });
  });

  test('reviewed by another human of those passed over, who is not excluded', async () => {
    const { office, id } = await asked(breakable({ groups: ['data-protection', 'data-owners'] }));
    expect(await reviews(office, 'ben', id)).toEqual(no('glass-not-broken'));
    must(await breaks(office, 'ana', id));
    expect(await reviews(office, 'ana', id)).toEqual(no('excluded'));
    expect(await reviews(office, 'mona', id)).toEqual(no('excluded'));
    expect(await reviews(office, 'gone', id)).toEqual(no('inactive-person'));
    office.people = [
      ...office.people,
      { ...who(office, 'ana'), id: 'zoe', human: 'zoe', groups: ['security'] },
    ];
    expect(await reviews(office, 'zoe', id)).toEqual(no('not-an-approver'));
    expect(await openGlasses(office.parts)).toMatchObject([{ actionId: id, by: 'ana' }]);
    must(await reviews(office, 'ben', id));
    expect(await openGlasses(office.parts)).toEqual([]);
  });

  test('an overdue review blocks the next, until it is reviewed; one that nothing came of blocks nobody', async () => {
    const { office, id } = await asked();
    must(await breaks(office, 'ana', id));
    const next = async () =>
      must(await office.propose({ arguments: { table: `t${office.clock()}` } })).status.id;
    must(await breaks(office, 'ana', await next()));
    office.clock.advance(86_400_000);
    const third = await next();
    expect(await breaks(office, 'ana', third)).toEqual(no('break-glass-review-overdue'));
    must(await reviews(office, 'ben', id));
    expect(await breaks(office, 'ana', third)).toEqual(no('break-glass-review-overdue'));
    for (const { actionId } of await openGlasses(office.parts))
      must(await reviews(office, 'ben', actionId));
    must(await breaks(office, 'ana', third));
  });
});
