import { describe, expect, test } from 'vitest';
import type { Requirement } from '../src/approval/requirement.ts';
import type { Proposal } from '../src/draft.ts';
import { allow, deny, must, openOffice, person, requirement, review, who } from './office.ts';

const pending = async (...requirements: readonly Requirement[]) => {
  const office = openOffice(review(...requirements));
  const { status } = must(await office.propose());
  return { office, id: status.id, status };
};

describe('the story', () => {
  test('allow: a grant at once, redeemed once, the stored arguments run, outcome recorded', async () => {
    const office = openOffice(allow);
    const { status, grant } = must(
      await office.propose({ arguments: { table: 'customers', note: 'please' } }),
    );
    expect(status.state).toBe('allowed');
    const released = must(await office.gatekeeper.redeem(grant ?? '', 'data-bot'));
    expect(released.arguments).toEqual({ table: 'customers', limit: 10, note: 'please' });
    expect(released.digest).toBe(status.digest);
    const again = await office.gatekeeper.redeem(grant ?? '', 'data-bot');
    expect(again).toEqual({ ok: false, error: 'grant-spent' });
    const done = must(
      await office.gatekeeper.report(status.id, 'data-bot', { outcome: 'executed' }),
    );
    expect(done.status.state).toBe('executed');
    expect(done.grant).toBeUndefined();
  });

  test('deny: recorded, no grant', async () => {
    const { status, grant } = must(await openOffice(deny).propose());
    expect(status).toMatchObject({
      state: 'denied',
      verdict: 'deny',
      code: 'forbidden',
      retry: 'after-change',
    });
    expect(grant).toBeUndefined();
  });

  test('review: waits, one eligible yes releases the waiter', async () => {
    const { office, id, status } = await pending();
    expect(status).toMatchObject({
      state: 'pending',
      waitingFor: [{ groups: ['data-owners'], quorum: 1 }],
    });
    let woken = 0;
    office.gatekeeper.watch(id, () => (woken += 1));
    const voted = must(
      await office.gatekeeper.vote(who(office, 'dana'), await office.ballotOf(id)),
    );
    expect(voted.status.state).toBe('approved');
    expect(woken).toBe(1);
    must(await office.gatekeeper.redeem(voted.grant ?? '', 'data-bot'));
  });

  test('R9 L4 the ledger holds neither arguments nor claim nor private values', async () => {
    const office = openOffice(review());
    const secret = {
      arguments: { table: 'customers', password: 'hunter2-very-secret' },
      claim: 'because I said so',
    };
    const { status } = must(await office.propose(secret));
    const ledger = (await office.store.read(status.id)).map(({ entry }) => entry).join('');
    for (const text of ['hunter2', 'because I said', '"customers"'])
      expect(ledger).not.toContain(text);
  });
});

describe('R4 once', () => {
  test('50 redeems at once: one succeeds', async () => {
    const office = openOffice(allow);
    const { grant } = must(await office.propose());
    const tries = await Promise.all(
      Array.from({ length: 50 }, () => office.gatekeeper.redeem(grant ?? '', 'data-bot')),
    );
    expect(tries.filter(({ ok }) => ok)).toHaveLength(1);
  });

  test('two last votes at once settle once', async () => {
    const { office, id } = await pending(requirement({ quorum: 2 }));
    must(await office.gatekeeper.vote(who(office, 'carl'), await office.ballotOf(id)));
    const ballot = await office.ballotOf(id);
    const votes = await Promise.all(
      ['dana', 'ben'].map((name) => office.gatekeeper.vote(who(office, name), ballot)),
    );
    expect(votes.filter(({ ok }) => ok)).toHaveLength(1);
    expect(votes.find(({ ok }) => !ok)).toEqual({ ok: false, error: 'not-pending' });
    const entries = (await office.store.read(id)).map(({ entry }) => entry);
    expect(entries.filter((entry) => entry.includes('"type":"grant.issued"'))).toHaveLength(1);
  });

  test('no outcome by the deadline is unknown, closed later by the executor, never run again', async () => {
    const office = openOffice(allow);
    const { status, grant } = must(await office.propose());
    must(await office.gatekeeper.redeem(grant ?? '', 'data-bot'));
    office.clock.advance(60_000);
    expect(await office.gatekeeper.reconcile()).toBe(1);
    expect((await office.gatekeeper.answer(status.id))?.status).toMatchObject({
      state: 'unknown',
      retry: 'never',
    });
    expect((await office.gatekeeper.redeem(grant ?? '', 'data-bot')).ok).toBe(false);
    const late = must(
      await office.gatekeeper.report(status.id, 'data-bot', { outcome: 'executed' }),
    );
    expect(late.status).toMatchObject({ state: 'unknown', closedAs: 'executed' });
    expect(await office.gatekeeper.close(status.id, who(office, 'mona'), 'failed')).toEqual({
      ok: false,
      error: 'already-closed',
    });
  });
});

describe('R6 judged again', () => {
  test('policy denies now: refused, nothing runs', async () => {
    const office = openOffice(allow);
    const { status, grant } = must(await office.propose());
    office.says = deny;
    expect(await office.gatekeeper.redeem(grant ?? '', 'data-bot')).toEqual({
      ok: false,
      error: 'refused',
    });
    expect((await office.gatekeeper.answer(status.id))?.status.state).toBe('refused');
  });

  test('R2 an engine that is starting over releases nothing and settles nothing', async () => {
    const office = openOffice(allow);
    const { status, grant } = must(await office.propose());
    office.says = { ...deny, code: 'engine-trap' };
    expect(await office.gatekeeper.redeem(grant ?? '', 'data-bot')).toEqual({
      ok: false,
      error: 'busy',
    });
    expect((await office.gatekeeper.answer(status.id))?.status.state).toBe('allowed');
    expect(must(await office.propose()).status).toMatchObject({ state: 'denied', retry: 'later' });
    office.says = allow;
    must(await office.gatekeeper.redeem(grant ?? '', 'data-bot'));
  });

  test('policy demands more than the votes give: refused', async () => {
    const { office, id } = await pending();
    const { grant } = must(
      await office.gatekeeper.vote(who(office, 'dana'), await office.ballotOf(id)),
    );
    office.says = review(requirement({ quorum: 2 }));
    expect(await office.gatekeeper.redeem(grant ?? '', 'data-bot')).toEqual({
      ok: false,
      error: 'refused',
    });
  });

  test('the voter left the directory meanwhile: refused', async () => {
    const { office, id } = await pending();
    const { grant } = must(
      await office.gatekeeper.vote(who(office, 'dana'), await office.ballotOf(id)),
    );
    office.people = office.people.filter((one) => one.id !== 'dana');
    expect(await office.gatekeeper.redeem(grant ?? '', 'data-bot')).toEqual({
      ok: false,
      error: 'refused',
    });
  });

  test('a group joined after the vote does not make it count there', async () => {
    const { office, id } = await pending(
      requirement({ groups: ['data-owners'] }),
      requirement({ groups: ['security'], policies: ['second'] }),
      requirement({ groups: ['data-protection'], policies: ['third'] }),
    );
    const ballot = await office.ballotOf(id);
    must(await office.gatekeeper.vote(who(office, 'dana'), ballot));
    office.people = office.people.map((one) =>
      one.id === 'dana' ? { ...one, groups: ['data-owners', 'security'] } : one,
    );
    const last = must(await office.gatekeeper.vote(who(office, 'ben'), ballot));
    expect(last.status.state).toBe('pending');
  });

  test('a no needs no more assurance than a person has', async () => {
    const { office, id } = await pending(requirement({ assurance: 'chat' }));
    office.says = review(requirement({ assurance: 'passkey' }));
    office.people = office.people.map((one) => ({ ...one, reach: 'passkey' }));
    const { status } = must(await office.propose({ arguments: { table: 'x' } }));
    const dana = who(office, 'dana');
    expect(await office.gatekeeper.vote(dana, await office.ballotOf(status.id))).toEqual({
      ok: false,
      error: 'assurance-too-low',
    });
    const no = await office.ballotOf(status.id, { choice: 'deny' });
    expect(must(await office.gatekeeper.vote(dana, no)).status.state).toBe('denied');
    expect(id).not.toBe(status.id);
  });

  test('the kill switch holds at proposal and at redeem, whatever policy says', async () => {
    const office = openOffice(allow);
    const { grant } = must(await office.propose());
    office.killed = true;
    expect(await office.gatekeeper.redeem(grant ?? '', 'data-bot')).toEqual({
      ok: false,
      error: 'refused',
    });
    expect(must(await office.propose()).status).toMatchObject({
      state: 'denied',
      code: 'kill-switch',
    });
  });
});

describe('R5 no self-approval', () => {
  const cases: readonly (readonly [string, string, Partial<Proposal>])[] = [
    ['the owner, though an administrator', 'mona', {}],
    ["the owner's linked account", 'mona-admin', {}],
    ['the person acted for', 'carl', { onBehalfOf: 'carl' }],
    ["the session's starter", 'dana', { session: { id: 's1', startedBy: 'dana' } }],
  ];
  test.each(cases)('%s is refused', async (_, name, more) => {
    const office = openOffice(review(requirement({ groups: ['data-owners', 'security'] })));
    const { status } = must(await office.propose(more));
    const vote = await office.gatekeeper.vote(who(office, name), await office.ballotOf(status.id));
    expect(vote).toEqual({ ok: false, error: 'excluded' });
  });

  test('an editor is refused on the successor, and earlier votes are void', async () => {
    const { office, id } = await pending(requirement({ quorum: 2 }));
    must(await office.gatekeeper.vote(who(office, 'carl'), await office.ballotOf(id)));
    const { approvalId, version } = await office.ballotOf(id);
    const edit = { approvalId, version, arguments: { table: 'customers', limit: 5 } };
    const { status } = must(await office.gatekeeper.edit(who(office, 'dana'), edit));
    expect((await office.gatekeeper.answer(id))?.status).toMatchObject({
      state: 'superseded',
      successor: status.id,
    });
    expect(status).toMatchObject({ state: 'pending', votes: { approve: 0 } });
    expect(status.digest).not.toBe((await office.gatekeeper.answer(id))?.status.digest);
    const ballot = await office.ballotOf(status.id);
    expect(ballot.version).toBe(2);
    expect(await office.gatekeeper.vote(who(office, 'dana'), ballot)).toEqual({
      ok: false,
      error: 'excluded',
    });
    must(await office.gatekeeper.vote(who(office, 'carl'), ballot));
  });

  test('the same edit twice at once is one successor, and it stays alive', async () => {
    const { office, id } = await pending(requirement({ quorum: 2 }));
    const { approvalId, version } = await office.ballotOf(id);
    const edit = { approvalId, version, arguments: { table: 'customers', limit: 5 } };
    const dana = who(office, 'dana');
    const both = await Promise.all([1, 2].map(() => office.gatekeeper.edit(dana, edit)));
    const ids = new Set(both.flatMap((one) => (one.ok ? [one.value.status.id] : [])));
    expect(ids.size).toBe(1);
    const [successor] = ids;
    expect(successor).toBeDefined();
    if (successor === undefined) return;
    expect((await office.gatekeeper.answer(successor))?.status.state).toBe('pending');
    const ballot = await office.ballotOf(successor);
    expect(await office.gatekeeper.vote(dana, ballot)).toEqual({ ok: false, error: 'excluded' });
  });

  test('an edit that policy denies replaces nothing', async () => {
    const { office, id } = await pending();
    const { approvalId, version } = await office.ballotOf(id);
    office.says = deny;
    const edit = { approvalId, version, arguments: { table: 'payments' } };
    const { status } = must(await office.gatekeeper.edit(who(office, 'dana'), edit));
    expect(status.state).toBe('denied');
    expect((await office.gatekeeper.answer(id))?.status.state).toBe('pending');
  });

  test('an agent cannot name a person it is not registered to act for', async () => {
    const refused = await openOffice(review()).propose({ onBehalfOf: 'ana' });
    expect(refused).toMatchObject({ ok: false, error: { code: 'unknown-person' } });
  });
});

describe('R3 what was seen is what runs', () => {
  test('a vote on another view, version or approval is refused', async () => {
    const { office, id } = await pending();
    const ballot = await office.ballotOf(id);
    const dana = who(office, 'dana');
    const seenDigest = `sha256:${'1'.repeat(64)}` as const;
    expect(await office.gatekeeper.vote(dana, { ...ballot, seenDigest })).toEqual({
      ok: false,
      error: 'seen-mismatch',
    });
    expect(await office.gatekeeper.vote(dana, { ...ballot, version: 2 })).toEqual({
      ok: false,
      error: 'version-mismatch',
    });
    expect(await office.gatekeeper.vote(dana, { ...ballot, approvalId: 'apr_x' })).toEqual({
      ok: false,
      error: 'not-found',
    });
  });

  test('a grant of one action, another audience or a flipped byte opens nothing', async () => {
    const office = openOffice(allow);
    const { grant = '' } = must(await office.propose());
    expect(await office.gatekeeper.redeem(grant, 'other-bot')).toEqual({
      ok: false,
      error: 'wrong-audience',
    });
    for (let i = 0; i < grant.length; i += 7) {
      const flipped = grant.slice(0, i) + (grant[i] === 'A' ? 'B' : 'A') + grant.slice(i + 1);
      expect(await office.gatekeeper.redeem(flipped, 'data-bot')).toMatchObject({ ok: false });
    }
    must(await office.gatekeeper.redeem(grant, 'data-bot'));
  });

  test('T7 a reworded presentational argument is the same action; a changed bound one is not', async () => {
    const { office, id } = await pending();
    const reworded = must(
      await office.propose({ arguments: { table: 'customers', note: 'again, nicely' } }),
    );
    expect(reworded.status.id).toBe(id);
    const changed = must(await office.propose({ arguments: { table: 'payments' } }));
    expect(changed.status.id).not.toBe(id);
  });
});

describe('R10 nobody answered is not a no', () => {
  test('expired, lapsed, cancelled, denied, unsatisfiable, budget-exhausted are different words', async () => {
    const { office, id } = await pending();
    office.clock.advance(3_600_000);
    const late = await office.gatekeeper.vote(who(office, 'dana'), await office.ballotOf(id));
    expect(late).toEqual({ ok: false, error: 'past-deadline' }); // a late timer does not fail open
    await office.gatekeeper.reconcile();
    expect((await office.gatekeeper.answer(id))?.status).toMatchObject({
      state: 'expired',
      retry: 'later',
    });

    office.says = allow;
    const unused = must(await office.propose());
    office.clock.advance(300_000);
    expect((await office.gatekeeper.redeem(unused.grant ?? '', 'data-bot')).ok).toBe(false);
    await office.gatekeeper.reconcile();
    expect((await office.gatekeeper.answer(unused.status.id))?.status.state).toBe('lapsed');

    office.says = review();
    const withdrawn = must(await office.propose({ arguments: { table: 'a' } }));
    expect(must(await office.gatekeeper.cancel(withdrawn.status.id, 'data-bot')).status.state).toBe(
      'cancelled',
    );
    const refused = must(await office.propose({ arguments: { table: 'b' } }));
    const ballot = await office.ballotOf(refused.status.id, {
      choice: 'deny',
      reason: 'too many columns',
    });
    expect(must(await office.gatekeeper.vote(who(office, 'dana'), ballot)).status).toMatchObject({
      state: 'denied',
      reviewerNote: 'too many columns',
    });
    const again = must(await office.propose({ arguments: { table: 'b' } }));
    expect(again.status).toMatchObject({ state: 'denied', code: 'denied-before' });

    office.says = review(requirement({ quorum: 4 }));
    expect(must(await office.propose({ arguments: { table: 'c' } })).status.state).toBe(
      'unsatisfiable',
    );
    office.says = review();
    for (const table of ['d', 'e', 'f']) must(await office.propose({ arguments: { table } }));
    const flood = must(await office.propose({ arguments: { table: 'g' } }));
    expect(flood.status).toMatchObject({ state: 'budget-exhausted', code: 'budget-exhausted' });
    expect(flood.status.retryAt).toBeGreaterThan(office.clock());
  });

  test('a group emptied while waiting makes the request unsatisfiable', async () => {
    const { office, id } = await pending();
    office.people = [person('mona', ['data-owners'])];
    expect(await office.gatekeeper.recheck()).toBe(1);
    expect((await office.gatekeeper.answer(id))?.status.state).toBe('unsatisfiable');
  });
});

describe('confirm is a control of its own', () => {
  const confirm = requirement({
    kind: 'confirm',
    groups: [],
    policies: ['confirm-write'],
    why: ['It writes'],
  });

  test('only the person the agent acts for confirms; it never satisfies a review', async () => {
    const office = openOffice(review(confirm, requirement()));
    const { status } = must(await office.propose({ onBehalfOf: 'carl' }));
    const ballot = await office.ballotOf(status.id, { control: 'confirm' });
    expect(await office.gatekeeper.vote(who(office, 'dana'), ballot)).toEqual({
      ok: false,
      error: 'not-the-confirmer',
    });
    const confirmed = must(await office.gatekeeper.vote(who(office, 'carl'), ballot));
    expect(confirmed.status.state).toBe('pending');
    const vote = await office.ballotOf(status.id);
    expect(must(await office.gatekeeper.vote(who(office, 'dana'), vote)).status.state).toBe(
      'approved',
    );
  });
});

describe('idempotency and joins', () => {
  test('the same key answers with the same action; another action under it is refused', async () => {
    const office = openOffice(allow);
    const first = must(await office.propose({ idempotencyKey: 'k1' }));
    expect(must(await office.propose({ idempotencyKey: 'k1' }))).toEqual(first);
    const other = await office.propose({ idempotencyKey: 'k1', arguments: { table: 'payments' } });
    expect(other).toMatchObject({ ok: false, error: { code: 'idempotency-key-reused' } });
  });

  test('50 identical proposals at once are one request to people; each key keeps its answer', async () => {
    const office = openOffice(review());
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) => office.propose({ idempotencyKey: `k${i}` })),
    );
    const ids = new Set(answers.map((answer) => must(answer).status.id));
    expect(ids.size).toBe(1);
    const [id] = ids;
    must(await office.gatekeeper.vote(who(office, 'dana'), await office.ballotOf(id ?? '')));
    expect(must(await office.propose({ idempotencyKey: 'k7' })).status).toMatchObject({
      id,
      state: 'approved',
    });
  });
});

describe('stages and distinct', () => {
  test('the second stage is not asked before the first is met', async () => {
    const { office, id } = await pending(
      requirement({ groups: ['data-owners'], stage: 1 }),
      requirement({ groups: ['security'], stage: 2, policies: ['second'] }),
    );
    const ballot = await office.ballotOf(id);
    expect(await office.gatekeeper.vote(who(office, 'ana'), ballot)).toEqual({
      ok: false,
      error: 'not-asked-yet',
    });
    must(await office.gatekeeper.vote(who(office, 'dana'), ballot));
    expect(must(await office.gatekeeper.vote(who(office, 'ana'), ballot)).status.state).toBe(
      'approved',
    );
  });

  test('whoever counts for a distinct requirement counts for no other', async () => {
    const { office, id } = await pending(
      requirement({ groups: ['data-protection'], distinct: true, policies: ['dp'] }),
      requirement({ groups: ['data-owners'] }),
    );
    const ballot = await office.ballotOf(id);
    expect(must(await office.gatekeeper.vote(who(office, 'ben'), ballot)).status.state).toBe(
      'pending',
    );
    expect(must(await office.gatekeeper.vote(who(office, 'ana'), ballot)).status.state).toBe(
      'approved',
    );
  });
});
