import { describe, expect, test } from 'vitest';
import { batchOf } from '../src/approval/batch.ts';
import { encodeEntry } from '../src/approval/entry.ts';
import type { ApprovalEvent } from '../src/approval/event.ts';
import { lengthOf } from '../src/action/length.ts';
import { createReport } from '../src/report/make.ts';
import { shown } from '../src/release.ts';
import type { StoredEntry } from '../src/ports.ts';
import { instant, type Instant } from '../src/time.ts';
import { allow, must, openOffice, requirement, review, who, type Office } from './office.ts';

const HOUR = 3_600_000;
const entriesOf = async (office: Office): Promise<readonly StoredEntry[]> =>
  office.store.range(0, 10_000);

async function reportOf(office: Office, range: { from?: Instant; to?: Instant; group?: string }) {
  const { from = instant(0), to = instant(office.clock() + 1), group } = range;
  const { add, report } = createReport({ from, to, ...(group === undefined ? {} : { group }) });
  for (const entry of await entriesOf(office)) add(entry);
  return report();
}

/** An entry of an action with an event of any type. */
const event = (n: number, more: object): StoredEntry => ({
  seq: n,
  stream: 'act_1',
  version: n,
  entry: encodeEntry('act_1', n, { at: 1, ...more } as unknown as ApprovalEvent),
});

/** Asks, waits, and has somebody answer. */
async function decided(
  office: Office,
  table: string,
  answer: { readonly by: string; readonly choice: 'approve' | 'deny'; readonly afterMs: number },
): Promise<void> {
  const { status } = must(await office.propose({ arguments: { table } }));
  office.clock.advance(answer.afterMs);
  const ballot = await office.ballotOf(status.id, { choice: answer.choice });
  must(await office.gatekeeper.vote(who(office, answer.by), ballot));
}

describe('the report on approvals', () => {
  test('L38: it says how long, how often, by whom, each of how many', async () => {
    const office = openOffice(review());
    await decided(office, 'a', { by: 'dana', choice: 'approve', afterMs: 10_000 });
    await decided(office, 'b', { by: 'dana', choice: 'deny', afterMs: 30_000 });
    await decided(office, 'c', { by: 'ben', choice: 'approve', afterMs: 20_000 });
    must(await office.propose({ arguments: { table: 'd' } }));
    must(await office.propose({ arguments: { table: 'd' } })); // joins
    office.clock.advance(HOUR);
    await office.gatekeeper.reconcile();
    must(await office.propose({ arguments: { table: 'e' } }));
    const told = await reportOf(office, {});
    expect(told.requests).toMatchObject({
      total: 5,
      approved: 2,
      denied: 1,
      expired: 1,
      waiting: 1,
    });
    expect(told.denials).toEqual({ count: 1, of: 3 });
    expect(told.unanswered).toEqual({ count: 1, of: 5 });
    expect(told.timeToDecision).toEqual({ of: 3, medianMs: 20_000, p90Ms: 30_000 });
    expect(told.channels).toEqual([{ name: 'api', count: 3, of: 3 }]);
    expect(told.assurances).toEqual([{ name: 'chat', count: 3, of: 3 }]);
    expect(told.partialApprovals).toEqual({ count: 0, of: 2 });
    expect(told.joined).toBe(1);
    expect(told.groups).toEqual([{ name: 'data-owners', count: 3, of: 5 }]);
    expect(told.reviewers).toEqual([
      { person: 'dana', asked: 5, answered: 2, medianMs: 10_000 },
      { person: 'ben', asked: 5, answered: 1, medianMs: 20_000 },
    ]);
  });

  test('L38: requests have the length of what there is to read; a yes sooner than that is told', async () => {
    const office = openOffice(review());
    const claim = 'x'.repeat(250);
    const { status } = must(await office.propose({ claim }));
    const view = await shown(office.parts, status.id);
    const length = view ? lengthOf(view) : 0;
    expect(length).toBeGreaterThan(250);
    office.clock.advance(1_000);
    must(await office.gatekeeper.vote(who(office, 'dana'), await office.ballotOf(status.id)));
    const told = await reportOf(office, {});
    expect(told.fastApprovals).toEqual({ count: 1, of: 1, charactersPerSecond: 50 });
    expect(told.byLength[0]).toMatchObject({ from: 0, below: 500, requests: 1, of: 1 });
    const requested = (await entriesOf(office)).map(({ entry }) => JSON.parse(entry));
    expect(requested).toContainEqual(expect.objectContaining({ length }));
  });

  test('EV-20: answers that were given together are told', async () => {
    const office = openOffice(review());
    const ids = ['a', 'b'].map(async (table) => {
      const { status } = must(await office.propose({ arguments: { table } }));
      return office.ballotOf(status.id);
    });
    const ballots = await Promise.all(ids);
    const batch = batchOf(ballots);
    for (const one of ballots)
      must(await office.gatekeeper.vote(who(office, 'dana'), { ...one, batch }));
    await decided(office, 'c', { by: 'dana', choice: 'deny', afterMs: 1 });
    expect((await reportOf(office, {})).inBatches).toEqual({ count: 2, of: 3 });
    expect(batchOf([...ballots].toReversed())).toEqual(batch);
  });

  test('A11: what was not asked, and who tried and may not, is told', async () => {
    const office = openOffice(review());
    for (const table of ['a', 'b', 'c', 'd']) must(await office.propose({ arguments: { table } }));
    const { status } = must(await office.propose({ arguments: { table: 'a' } }));
    await office.gatekeeper.vote(who(office, 'mona'), await office.ballotOf(status.id));
    office.says = review(requirement({ groups: ['nobody'] }));
    must(await office.propose({ arguments: { table: 'x' } }));
    const told = await reportOf(office, {});
    expect(told.requests.total).toBe(3);
    expect(told.notAsked).toEqual({
      deniedBefore: 0,
      budgetExhausted: 1,
      unsatisfiable: 1,
      waived: 0,
    });
    expect(told.refused).toEqual({ excluded: 1, inactive: 0 });
  });

  test('EV-19: drills have figures of their own, and are in no other', async () => {
    const office = openOffice(review());
    const drill = async (choice?: 'approve' | 'deny') => {
      const { status } = must(
        await office.propose({ drill: {}, arguments: { table: `t${office.clock()}` } }),
      );
      office.clock.advance(1_000);
      if (!choice) return;
      const ballot = await office.ballotOf(status.id, { choice });
      must(await office.gatekeeper.vote(who(office, 'dana'), ballot));
    };
    await drill('deny');
    await drill('deny');
    await drill('approve');
    await drill();
    office.clock.advance(HOUR);
    await office.gatekeeper.reconcile();
    office.says = allow;
    await drill();
    office.says = review();
    await drill();
    const told = await reportOf(office, {});
    expect(told.drills).toEqual({
      caught: 2,
      missed: 1,
      unanswered: 1,
      withdrawn: 0,
      skipped: 1,
      waiting: 1,
      catchRate: { count: 2, of: 3 },
    });
    expect(told.requests.total).toBe(0);
    expect(told.channels).toEqual([]);
    expect(told.reviewers).toEqual([]);
  });

  test('it is of the requests that were made in the range, as they stood at its end', async () => {
    const office = openOffice(review());
    await decided(office, 'before', { by: 'dana', choice: 'deny', afterMs: 1 });
    office.clock.advance(1_000);
    const from = office.clock();
    const { status } = must(await office.propose({ arguments: { table: 'within' } }));
    office.clock.advance(1_000);
    const to = office.clock();
    must(await office.gatekeeper.vote(who(office, 'dana'), await office.ballotOf(status.id)));
    await decided(office, 'after', { by: 'dana', choice: 'deny', afterMs: 1 });
    expect((await reportOf(office, { from, to })).requests).toMatchObject({ total: 1, waiting: 1 });
    expect((await reportOf(office, { from })).requests).toMatchObject({ total: 2, approved: 1 });
    const elsewhere = await reportOf(office, { group: 'security' });
    expect(elsewhere.requests.total).toBe(0);
  });

  test('events that others add are counted by their type', () => {
    const { add, report } = createReport({ from: instant(0), to: instant(10) });
    add(event(1, { type: 'action.waived' }));
    const asked = { type: 'approval.requested', requirements: [], excluded: [] };
    add(event(2, asked));
    add(event(3, { type: 'approval.glass-broken' }));
    expect(report().notAsked.waived).toBe(1);
    expect(report().requests).toMatchObject({ total: 1, glassBroken: 1 });
  });
});
