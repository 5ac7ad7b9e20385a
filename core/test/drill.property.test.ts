import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { asDrill, openingOfDrill } from '../src/approval/drill.ts';
import { decide } from '../src/approval/decide.ts';
import type { Command } from '../src/approval/command.ts';
import type { ApprovalEvent, EventType } from '../src/approval/event.ts';
import { evolve, replay } from '../src/approval/evolve.ts';
import { courseOf } from '../src/change.ts';
import { createGatekeeper } from '../src/gatekeeper.ts';
import { createWaiverBook } from '../src/waiver/book.ts';
import { proposeWaiver } from '../src/waiver/propose.ts';
import { instant } from '../src/time.ts';
import { makeId, type ActionId } from '../src/ids.ts';
import { allow, deny, must, openOffice, requirement, review, who, type Office } from './office.ts';

// EV-19: a drill is asked, answered and told of, and never runs, whatever anybody does to it.

const VERDICTS = {
  allow,
  deny,
  review: review(),
  two: review(requirement({ quorum: 2 })),
  confirm: review(requirement({ kind: 'confirm', groups: [], policies: ['own'] })),
  breakable: review(requirement({ breakGlass: ['security'], remindMs: [600_000] })),
} as const;

const eventsOf = async (office: Office, id: string): Promise<readonly ApprovalEvent[]> =>
  (await office.store.read(id)).map(({ entry }) => JSON.parse(entry) as ApprovalEvent);
const typesOf = async (office: Office, id: string): Promise<readonly EventType[]> =>
  (await eventsOf(office, id)).map(({ type }) => type);

const step = fc.record({
  do: fc.constantFrom(
    'vote',
    'vote',
    'confirm',
    'edit',
    'revoke',
    'cancel',
    'close',
    'report',
    'redeem',
    'reconcile',
    'recheck',
    'again',
    'break-glass',
    'remind',
  ),
  who: fc.constantFrom('dana', 'ben', 'carl', 'mona', 'ana'),
  isNo: fc.boolean(),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const grantOf = (office: Office, digest: string): Command => ({
  type: 'redeem',
  by: 'data-bot',
  grantId: makeId('grt', office.clock(), new Uint8Array(16)),
  digest: digest as `sha256:${string}`,
  judgement: allow,
  directory: office.parts.directory(),
});

async function make(office: Office, id: Parameters<typeof courseOf>[1], one: Step): Promise<void> {
  const { gatekeeper } = office;
  const { approval } = await courseOf(office.store, id);
  if (!('asked' in approval) || !approval.asked) return;
  const by = who(office, one.who);
  const choice = one.isNo ? 'deny' : 'approve';
  const ballot = await office.ballotOf(id, { choice });
  const { approvalId, version } = ballot;
  const action = approval.proposed.actionId;
  switch (one.do) {
    case 'vote':
      await gatekeeper.vote(by, ballot);
      return;
    case 'confirm':
      await gatekeeper.vote(who(office, 'mona-admin'), { ...ballot, control: 'confirm' });
      return;
    case 'edit':
      await gatekeeper.edit(by, { approvalId, version, arguments: { table: 'less' } });
      return;
    case 'revoke':
      await gatekeeper.revoke(approvalId, by);
      return;
    case 'cancel':
      await gatekeeper.cancel(action, by.id);
      return;
    case 'close':
      await gatekeeper.close(action, by, 'executed');
      return;
    case 'report':
      await gatekeeper.report(action, 'data-bot', { outcome: 'executed' });
      return;
    case 'redeem':
      expect(decide(approval, grantOf(office, approval.proposed.digest), office.clock()).ok).toBe(
        false,
      );
      return;
    case 'reconcile':
      office.clock.advance(3_600_000);
      await gatekeeper.reconcile();
      return;
    case 'recheck':
      await gatekeeper.recheck();
      return;
    case 'again':
      await office.propose({ drill: {} });
      return;
    case 'remind':
      office.clock.advance(700_000);
      await gatekeeper.reconcile();
      return;
    case 'break-glass': {
      const { control: _, choice: __, ...wish } = ballot;
      const reason = 'production is down and nobody answers';
      const broken = await gatekeeper.breakGlass(who(office, 'ana'), {
        ...wish,
        assurance: 'session',
        reason,
      });
      expect(broken.ok).toBe(false);
    }
  }
}

describe('drills', () => {
  test('EV-19: no course of commands on a drill ever issues a grant', async () => {
    const ends = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...(Object.keys(VERDICTS) as (keyof typeof VERDICTS)[])),
        fc.array(step, { maxLength: 10 }),
        async (verdict, steps) => {
          const office = openOffice(VERDICTS[verdict]);
          const { status } = must(await office.propose({ drill: {} }));
          for (const one of steps) {
            await make(office, status.id, one);
            const answer = await office.gatekeeper.answer(status.id);
            expect(answer?.grant).toBeUndefined();
            expect(['pending', 'cancelled', 'denied']).toContain(answer?.status.state);
            expect(answer?.status.drill === undefined).toBe(answer?.status.state === 'pending');
          }
          const types = await typesOf(office, status.id);
          expect(types.filter((type) => type.startsWith('grant.'))).toEqual([]);
          expect(types).not.toContain('approval.approved');
          const drill = (await office.gatekeeper.answer(status.id))?.status.drill ?? 'open';
          ends.set(drill, (ends.get(drill) ?? 0) + 1);
        },
      ),
      { numRuns: 300 },
    );
    expect([...ends.keys()].toSorted()).toEqual(
      ['caught', 'missed', 'open', 'skipped', 'unanswered', 'withdrawn'].toSorted(),
    );
  });

  test('EV-19: whatever types of events are thought of, a drill is told none that is not its own', () => {
    const at = instant(1);
    const event = (type: string) => ({ type, at, by: 'x' }) as unknown as ApprovalEvent;
    for (const type of ['action.waived', 'approval.glass-broken', 'grant.redeemed'])
      expect(asDrill([event(type), event('grant.issued')])).toEqual({
        ok: false,
        error: 'not-pending',
      });
    const opening = [event('action.proposed'), event('action.waived'), event('grant.issued')];
    expect(openingOfDrill(opening).map(({ type }) => type)).toEqual([
      'action.proposed',
      'approval.drill-ended',
    ]);
  });

  test('EV-19: a grant that was written all the same opens nothing', async () => {
    for (const says of [allow, review()]) {
      const office = openOffice(says);
      const { status } = must(await office.propose({ drill: {} }));
      const told = (await eventsOf(office, status.id)).filter(
        ({ type }) => type !== 'approval.drill-ended',
      );
      const grant = {
        id: makeId('grt', office.clock(), new Uint8Array(16)),
        audience: 'data-bot',
        notBefore: office.clock(),
        useBy: instant(office.clock() + 1_000),
      };
      const forged = evolve(replay(told), { type: 'grant.issued', at: office.clock(), grant });
      expect(forged).toEqual(replay(told));
    }
  });

  test('R5: whoever had it asked may not answer it', async () => {
    const office = openOffice(review());
    const { status } = must(await office.propose({ drill: { by: 'dana' } }));
    const voted = await office.gatekeeper.vote(
      who(office, 'dana'),
      await office.ballotOf(status.id),
    );
    expect(voted).toEqual({ ok: false, error: 'excluded' });
  });

  test('R5: whoever stands behind it takes it back by editing, and has not caught it', async () => {
    for (const [by, drill] of [
      ['mona', 'withdrawn'],
      ['mona-admin', 'withdrawn'],
      ['carl', 'withdrawn'],
      ['dana', 'caught'],
    ] as const) {
      const office = openOffice(review());
      const { status } = must(await office.propose({ drill: { by: 'carl' } }));
      const { approvalId, version } = await office.ballotOf(status.id);
      const edit = { approvalId, version, arguments: { table: 'less' } };
      const edited = must(await office.gatekeeper.edit(who(office, by), edit));
      expect(edited.status).toMatchObject({ id: status.id, state: 'cancelled', drill });
    }
  });

  test('a real action never joins a drill, and is not refused for its denial', async () => {
    const office = openOffice(review());
    const { status: drill } = must(await office.propose({ drill: {} }));
    const { status: real } = must(await office.propose());
    expect(real.id).not.toBe(drill.id);
    const no = await office.ballotOf(drill.id, { choice: 'deny' });
    must(await office.gatekeeper.vote(who(office, 'dana'), no));
    must(await office.gatekeeper.cancel(real.id, 'data-bot'));
    expect(must(await office.propose()).status.state).toBe('pending');
  });

  test('EV-19: what was waived is asked about all the same, and nothing is remembered of a drill', async () => {
    const office = openOffice(review(requirement({ waivable: { ms: 3_600_000, uses: 3 } })));
    const book = await createWaiverBook(office.parts);
    const parts = { ...office.parts, waivers: book };
    const gatekeeper = createGatekeeper(parts);
    const wish = async (id: ActionId) =>
      proposeWaiver(parts, who(office, 'dana'), {
        ...(await office.ballotOf(id)),
        assurance: 'session',
        scope: {},
        uses: 3,
        until: instant(office.clock() + 600_000),
        reason: 'again and again',
      });
    const what = {
      agent: 'data-bot',
      type: 'crm.export',
      resource: { type: 'Database', id: 'crm' },
      arguments: { table: 'customers' },
    };
    const { status: drill } = must(await gatekeeper.propose({ ...what, drill: {} }));
    expect(await wish(drill.id)).toEqual({ ok: false, error: { code: 'not-waivable' } });
    must(await gatekeeper.cancel(drill.id, 'data-bot'));
    const { status: real } = must(await gatekeeper.propose(what));
    must(await wish(real.id));
    must(await gatekeeper.cancel(real.id, 'data-bot'));
    expect(must(await gatekeeper.propose(what)).status.state).toBe('allowed');
    expect(must(await gatekeeper.propose({ ...what, drill: {} })).status.state).toBe('pending');
  });

  test('nothing that is shown while it waits tells that it is one', async () => {
    const [drill, real] = await Promise.all(
      [{ drill: {} }, {}].map(async (more) => {
        const office = openOffice(review());
        const { status } = must(await office.propose(more));
        const { id, digest, approvalId, ...told } = status;
        expect([id, digest, approvalId].every((one) => one !== undefined)).toBe(true);
        return told;
      }),
    );
    expect(drill).toEqual(real);
  });
});
