import { StoreFailure } from '@countersign/core';
import { describe, expect, test } from 'vitest';
import { deny, review, requirement, who, must } from '../../core/test/office.ts';
import { openQueryHouse, settle, VERDICTS, type QueryHouse } from './query-house.ts';

const READ = 'select plan from customers where id = 7';
const LIKE_IT = 'select plan from customers where id = 8';
const WRITE = "update customers set plan = 'pro' where id = 7";
const lane = { lane: 'read', transaction: 'own' } as const;

const ids = async (it: QueryHouse): Promise<readonly string[]> =>
  (await it.entries()).filter(({ type }) => type === 'action.proposed').map((one) => one.stream);
const outcomes = async (it: QueryHouse) =>
  (await it.entries()).flatMap(({ report }) => (report ? [report] : []));
/** Asked about, and a client waits. */
const held = async (it: QueryHouse, text = WRITE, more = {}) => {
  it.now.says = () => VERDICTS.review;
  const leaving = new AbortController();
  const { promise: isHeld, resolve } = Promise.withResolvers<string>();
  const judged = it.ask(text, {
    more,
    signal: leaving.signal,
    onHeld: ({ approvalId }) => resolve(approvalId ?? ''),
  });
  return { approvalId: await isHeld, judged, leave: () => leaving.abort() };
};

describe('a permission that repeats (R1)', () => {
  test('R1: the first is an action of its own, the second asks for leave to repeat, the rest run under it', async () => {
    const it = openQueryHouse();
    for (const text of [READ, LIKE_IT, READ, LIKE_IT, READ]) expect(await it.run(text)).toBe(true);
    expect((await ids(it)).length).toBe(2);
    it.judge.close();
    expect(await outcomes(it)).toEqual([
      { outcome: 'executed' },
      { outcome: 'executed', repeats: 3 },
    ]);
  });

  test('R1: nothing is permitted before its entries are durable', async () => {
    const gate = Promise.withResolvers<void>();
    let isSlow = false;
    const it = openQueryHouse({
      store: (store) => ({
        ...store,
        append: async (unit) => {
          if (isSlow) await gate.promise;
          return store.append(unit);
        },
      }),
    });
    await it.run(READ);
    isSlow = true;
    const second = it.run(READ);
    await settle();
    expect(it.judge.permitted('data-bot', READ, lane)).toBeUndefined();
    gate.resolve();
    await second;
    expect(it.judge.permitted('data-bot', READ, lane)).toBeDefined();
  });

  test('R1: those who come while it is asked for wait for it, and are counted', async () => {
    const it = openQueryHouse();
    await it.run(READ);
    expect(await Promise.all(Array.from({ length: 40 }, () => it.run(READ)))).not.toContain(false);
    it.judge.close();
    expect(await outcomes(it)).toContainEqual({ outcome: 'executed', repeats: 39 });
  });

  test.each([
    ['another agent', (it: QueryHouse) => it.judge.permitted('rival', READ, lane)],
    [
      'the other lane',
      (it: QueryHouse) => it.judge.permitted('data-bot', READ, { ...lane, lane: 'write' }),
    ],
    [
      'in a transaction',
      (it: QueryHouse) => it.judge.permitted('data-bot', READ, { ...lane, transaction: 'block' }),
    ],
    [
      'in clear',
      (it: QueryHouse) => it.judge.permitted('data-bot', READ, { ...lane, clear: ['pii.email'] }),
    ],
    ['another shape', (it: QueryHouse) => it.judge.permitted('data-bot', `${READ} or true`, lane)],
  ])('it is not for %s', async (_, permitted) => {
    const it = openQueryHouse();
    await it.run(READ);
    await it.run(READ);
    expect(it.judge.permitted('data-bot', READ, lane)).toBeDefined();
    expect(permitted(it)).toBeUndefined();
  });

  const ENDS: readonly (readonly [string, (it: QueryHouse) => void])[] = [
    ['its second is over', ({ office }) => office.clock.advance(1_000)],
    ['policies, people or the configuration change', ({ now }) => void (now.live = {})],
    ['the kill switch is thrown', ({ office }) => void (office.killed = true)],
    [
      'the catalog changes',
      (it) => void (it.now.catalog = { ...it.now.catalog, generation: 2 } as never),
    ],
    ['the catalog is lost', ({ now }) => void (now.catalog = undefined)],
  ];
  test.each(ENDS)('R1 R2: it ends when %s', async (_, change) => {
    const it = openQueryHouse();
    await it.run(READ);
    await it.run(READ);
    expect(it.judge.permitted('data-bot', READ, lane)).toBeDefined();
    change(it);
    expect(it.judge.permitted('data-bot', READ, lane)).toBeUndefined();
    expect(it.judge.permitted('data-bot', READ, lane)).toBeUndefined();
  });

  test('R1: what changes while it is asked for ends it before it began', async () => {
    const it = openQueryHouse();
    await it.run(READ);
    it.now.says = () => {
      it.now.live = {};
      return VERDICTS.allow;
    };
    expect(await it.run(READ)).toBe(true);
    expect(it.judge.permitted('data-bot', READ, lane)).toBeUndefined();
  });

  test('R1: a busy one is renewed before it ends, and each is counted by itself', async () => {
    const it = openQueryHouse();
    await it.run(READ);
    await it.run(READ);
    for (let step = 0; step < 30; step++) {
      it.office.clock.advance(100);
      expect(it.judge.permitted('data-bot', READ, lane)?.ran('executed')).toBeUndefined();
      expect(it.judge.permitted('data-bot', READ, lane)).toBeDefined();
      it.judge.permitted('data-bot', READ, lane)?.ran('executed');
      await settle();
    }
    it.judge.close();
    await new Promise((resolve) => setTimeout(resolve, 5));
    const { length } = await ids(it);
    expect(length).toBeGreaterThan(4);
    expect(length).toBeLessThan(9);
  });

  test('R2: a ledger that cannot be written permits nothing', async () => {
    let isDead = false;
    const it = openQueryHouse({
      store: (store) => ({
        ...store,
        append: (unit) =>
          isDead
            ? Promise.reject(new StoreFailure('unreachable', 'gone', { retryable: false }))
            : store.append(unit),
      }),
    });
    await it.run(READ);
    isDead = true;
    await it.told();
    expect(await it.run(READ)).toBe(false);
    expect(it.judge.permitted('data-bot', READ, lane)).toBeUndefined();
    isDead = false;
    // the next outcome that is recorded shows that it can be written again
    expect(await it.run(READ)).toBe(true);
    await it.told();
    await it.run(READ);
    await it.run(READ);
    expect(it.judge.permitted('data-bot', READ, lane)).toBeDefined();
  });

  test('an outcome that cannot be recorded ends what stands', async () => {
    let isDead = false;
    const it = openQueryHouse({
      store: (store) => ({
        ...store,
        append: (unit) =>
          isDead
            ? Promise.reject(new StoreFailure('unreachable', 'gone', { retryable: false }))
            : store.append(unit),
      }),
    });
    await it.run(READ);
    await it.run(READ);
    const other = await it.ask('select 1 from orders');
    expect(it.judge.permitted('data-bot', READ, lane)).toBeDefined();
    isDead = true;
    if (other.is === 'run') other.run.report({ outcome: 'executed' });
    await it.told();
    expect(it.judge.permitted('data-bot', READ, lane)).toBeUndefined();
  });

  test.each([
    ['a literal decides what it is', 'select plan from customers limit 5', {}],
    ['nobody knows what it does', 'select odd(1) from customers', {}],
    ['values are asked for in clear', READ, { clear: ['pii.email'] }],
    ['it changes the catalog', 'drop table customers', {}],
  ])('never where %s', async (_, text, more) => {
    const it = openQueryHouse();
    for (let i = 0; i < 3; i++) await it.ask(text, { more });
    expect(it.judge.permitted('data-bot', text, lane)).toBeUndefined();
    expect((await ids(it)).length).toBe(3);
  });

  test('what people approved is for one run, whoever asks again', async () => {
    const it = openQueryHouse();
    const { judged } = await held(it);
    await it.vote('approve');
    expect(await judged).toMatchObject({ is: 'run' });
    expect(it.judge.permitted('data-bot', WRITE, lane)).toBeUndefined();
    const second = await held(it);
    second.leave();
    expect(await second.judged).toMatchObject({ is: 'not-run' });
  });

  test('EV-24: failed runs are told, and a run nobody told of is counted', async () => {
    const it = openQueryHouse();
    await it.run(READ);
    await it.run(READ);
    it.judge.permitted('data-bot', READ, lane)?.ran('failed');
    it.judge.permitted('data-bot', READ, lane)?.ran('executed');
    it.judge.close();
    expect(await outcomes(it)).toContainEqual({
      outcome: 'executed',
      repeats: 2,
      summary: '1 of 3 runs failed',
    });
  });
});

const values = (value: string) => [{ type: 25, format: 'text', value }] as const;

test.each([
  [['failed'], { outcome: 'failed', summary: 'nothing ran of it' }],
  [
    ['failed', 'executed'],
    { outcome: 'executed', repeats: 1, summary: 'nothing ran of it; 1 of 2 runs failed' },
  ],
  [
    ['failed', 'failed'],
    { outcome: 'failed', repeats: 1, summary: 'nothing ran of it; 2 of 2 runs failed' },
  ],
] as const)('EV-24: runs that ended as %j are told as one', async ([first, ...more], told) => {
  const it = openQueryHouse();
  await it.run(READ);
  const judged = await it.ask(READ);
  for (const outcome of more) it.judge.permitted('data-bot', READ, lane)?.ran(outcome);
  it.judge.close();
  if (judged.is === 'run') judged.run.report({ outcome: first, summary: 'nothing ran of it' });
  expect((await outcomes(it)).at(-1)).toEqual(told);
});

describe('held', () => {
  test('R3 R4: approved while the client waits, the stored statement runs once', async () => {
    const it = openQueryHouse();
    const { judged } = await held(it);
    await it.vote('approve');
    const done = await judged;
    expect(done).toMatchObject({ is: 'run', run: { arguments: { text: WRITE } } });
    expect((await it.entries()).map(({ type }) => type)).toContain('grant.redeemed');
  });

  test('R4: two clients with the identical statement: one question, one run', async () => {
    const it = openQueryHouse();
    const one = await held(it);
    const other = it.ask(WRITE, { session: 'two' });
    await settle();
    await it.vote('approve');
    const both = await Promise.all([one.judged, other]);
    expect(both.map(({ is }) => is).toSorted()).toEqual(['not-run', 'run']);
    expect((await ids(it)).length).toBe(1);
  });

  test('R10: not answered in time is pending, says where, and the same statement once more runs it', async () => {
    const it = openQueryHouse({ settings: { holdMs: 0 } });
    const { judged, approvalId } = await held(it);
    expect(await judged).toEqual({
      is: 'not-run',
      why: {
        is: 'pending',
        message: `NOT EXECUTED, pending ${approvalId}: it waits for data-owners`,
        detail: 'Data agents may export',
        hint: `https://cs.example/a/${approvalId} - once it is approved, the same statement with the same values runs, once`,
      },
    });
    await it.vote('approve');
    expect(await it.ask(WRITE)).toMatchObject({ is: 'run' });
    expect((await ids(it)).length).toBe(1);
    // and no second time
    expect(await it.ask(WRITE)).toMatchObject({ is: 'not-run', why: { is: 'pending' } });
  });

  test('R3: another value is another statement', async () => {
    const it = openQueryHouse({ settings: { holdMs: 0 } });
    it.now.says = () => VERDICTS.review;
    await it.ask(WRITE, { more: { values: values('a') } });
    await it.vote('approve');
    const other = await it.ask(WRITE, { more: { values: values('b') } });
    expect(other).toMatchObject({ is: 'not-run', why: { is: 'pending' } });
    expect(await it.ask(WRITE, { more: { values: values('a') } })).toMatchObject({ is: 'run' });
  });

  test('a client that leaves withdraws it, unless another waits for it or was told to come back', async () => {
    const it = openQueryHouse();
    const one = await held(it);
    const two = await held(it);
    one.leave();
    expect(await one.judged).toMatchObject({ is: 'not-run', why: { is: 'refused' } });
    expect((await it.entries()).some(({ type }) => type === 'approval.cancelled')).toBe(false);
    two.leave();
    await two.judged;
    expect((await it.entries()).at(-1)?.type).toBe('approval.cancelled');
  });

  test('a client that was told to come back keeps its question when another leaves', async () => {
    const it = openQueryHouse({ settings: { holdMs: 30 } });
    it.now.says = () => VERDICTS.review;
    const first = it.ask(WRITE);
    expect(await first).toMatchObject({ why: { is: 'pending' } });
    const other = await held(it);
    other.leave();
    await other.judged;
    expect((await it.entries()).some(({ type }) => type === 'approval.cancelled')).toBe(false);
  });

  test('R6: policy that denies when it is to run refuses what was approved', async () => {
    const it = openQueryHouse();
    const { judged } = await held(it);
    it.now.says = () => deny;
    await it.vote('approve');
    expect(await judged).toMatchObject({
      is: 'not-run',
      why: {
        is: 'denied',
        message: 'NOT EXECUTED, refused: It was approved, but policy does not allow it any more.',
      },
    });
  });

  test('R10: each end has its own word, and a denied one is refused from memory', async () => {
    const it = openQueryHouse();
    const { judged } = await held(it);
    await it.vote('deny');
    expect(await judged).toMatchObject({
      why: { is: 'denied', message: 'NOT EXECUTED, denied: It was denied.' },
    });
    const again = await it.ask(WRITE);
    expect(again).toMatchObject({
      why: {
        is: 'denied',
        message:
          'NOT EXECUTED, denied: People denied it a short while ago, and are not asked again yet.',
      },
    });
    expect((await ids(it)).length).toBe(2);
    const { judged: late } = await held(it, 'update orders set paid = 1 where id = 1');
    it.office.clock.advance(24 * 3_600_000);
    await it.gatekeeper.reconcile();
    expect(await late).toMatchObject({
      why: {
        is: 'refused',
        message: 'NOT EXECUTED, expired: Nobody decided in time. That is not a denial.',
      },
    });
  });

  test.each([
    ['a plain statement becomes another one, and that is what runs', {}],
    ['one that was bound is told what it became, and does not run', { values: values('a') }],
  ] as const)('R3: a person changes the text: %s', async (_, more) => {
    const it = openQueryHouse();
    const { judged, approvalId } = await held(it, WRITE, more);
    const text = "update customers set plan = 'pro' where id = 9";
    must(
      await it.gatekeeper.edit(who(it.office, 'ben'), {
        approvalId: approvalId as never,
        version: 1,
        arguments: { ...it.asked(text, more).arguments },
      }),
    );
    const [next] = await it.office.store.find({ states: ['pending'], limit: 1 });
    await it.vote('approve', 'dana');
    if ('values' in more)
      expect(await judged).toMatchObject({
        is: 'not-run',
        why: {
          message:
            'NOT EXECUTED, superseded: A person changed its arguments; what it became is another request.',
          hint: `https://cs.example/a/${next?.standing.approvalId}`,
        },
      });
    else expect(await judged).toMatchObject({ is: 'run', run: { arguments: { text } } });
  });
});

describe('what does not run', () => {
  test('R2: what the gate cannot read is on record, and denied whatever policy says', async () => {
    const it = openQueryHouse();
    const judged = await it.ask('select ???');
    expect(judged).toMatchObject({
      why: { is: 'denied', message: 'NOT EXECUTED, denied: this statement cannot be read' },
    });
    expect(it.questions[0]).toMatchObject({
      action: 'sql.ddl',
      facts: { sql: { risks: ['unparseable'], unbounded: true }, base: {} },
    });
    it.now.says = () => VERDICTS.review;
    await it.ask('select ???');
    expect((await it.entries()).at(-1)?.type).toBe('approval.cancelled');
    expect(await it.ask('select os()')).toMatchObject({ why: { is: 'denied' } });
  });

  test('R2: before the catalog is known nothing runs', async () => {
    const it = openQueryHouse();
    it.now.catalog = undefined;
    expect(await it.ask(READ)).toMatchObject({ is: 'not-run', why: { is: 'refused' } });
    expect(await it.entries()).toEqual([]);
  });

  test('R2: a store that fails is a refusal with a reason', async () => {
    const it = openQueryHouse({
      store: (store) => ({
        ...store,
        append: () => Promise.reject(new StoreFailure('unreachable', 'gone', { retryable: true })),
      }),
    });
    expect(await it.ask(READ)).toEqual({
      is: 'not-run',
      why: {
        is: 'refused',
        message: 'NOT EXECUTED, refused: the ledger cannot be reached; nothing ran',
        hint: 'It may be tried again.',
      },
    });
  });

  test('R4: a client that is gone when it was released: nothing ran, and that is told', async () => {
    const it = openQueryHouse();
    const signal = AbortSignal.abort();
    expect(await it.ask(READ, { signal })).toMatchObject({ is: 'not-run' });
    expect(await outcomes(it)).toEqual([
      { outcome: 'failed', summary: 'the client was gone before it ran' },
    ]);
  });

  test('R8: a reviewer’s words are quoted, behind ours', async () => {
    const it = openQueryHouse();
    it.now.says = () => review(requirement());
    const { judged } = await held(it);
    const [pending] = await it.office.store.find({ states: ['pending'], limit: 1 });
    const ballot = await it.office.ballotOf(pending?.stream ?? '', {
      choice: 'deny',
      reason: 'ask "ana"\nfirst',
    });
    must(await it.gatekeeper.vote(who(it.office, 'dana'), ballot));
    const done = await judged;
    expect(done.is === 'not-run' && done.why.detail).toMatch(/a reviewer wrote: "ask/);
    expect(done.is === 'not-run' && done.why.detail).not.toContain('\n');
  });
});
