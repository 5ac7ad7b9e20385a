import { expect, test } from 'vitest';
import { createGatekeeper } from '../src/gatekeeper.ts';
import type { LedgerStore } from '../src/ports.ts';
import { createMemoryStore, type FixedClock } from '../src/testing/index.ts';
import { allow, must, openOffice, requirement, review, who } from './office.ts';

test('A11 proposals sent at once pass the cap no more than proposals sent one by one', async () => {
  const office = openOffice(review());
  const told = await Promise.all(
    Array.from({ length: 20 }, (_, i) => office.propose({ arguments: { table: `t${i}` } })),
  );
  const states = told.map((one) => must(one).status.state);
  expect(states.filter((state) => state === 'pending')).toHaveLength(
    office.parts.settings.maxPending,
  );
  expect(new Set(states)).toEqual(new Set(['pending', 'budget-exhausted']));
});

test('A20 another session does not make a denied action a new one', async () => {
  const office = openOffice(review());
  const first = must(await office.propose({ session: { id: 'one' } }));
  const joined = must(await office.propose({ session: { id: 'two' } }));
  expect(joined.status.id).toBe(first.status.id);
  const ballot = await office.ballotOf(first.status.id, { choice: 'deny' });
  must(await office.gatekeeper.vote(who(office, 'dana'), ballot));
  const again = must(await office.propose({ session: { id: 'three' } }));
  expect(again.status).toMatchObject({ state: 'denied', code: 'denied-before' });
});

test('R6 the agent was removed meanwhile: refused, whoever holds the grant', async () => {
  const office = openOffice(allow);
  const { grant } = must(await office.propose());
  office.agent = { ...office.agent, id: 'another-bot' };
  const redeemed = await office.gatekeeper.redeem(grant ?? '', 'data-bot');
  expect(redeemed).toEqual({ ok: false, error: 'refused' });
});

test('R6 the kill switch thrown while a redeem reads the ledger holds', async () => {
  let onRead: (() => void) | undefined;
  const store = (clock: FixedClock): LedgerStore => {
    const real = createMemoryStore({ clock });
    return {
      ...real,
      read: async (stream) => {
        onRead?.();
        return real.read(stream);
      },
    };
  };
  const office = openOffice(allow, store);
  const { grant, status } = must(await office.propose());
  let reads = 0;
  onRead = () => {
    if (++reads === 2) office.killed = true; // the first is a look before policy is asked
  };
  const redeemed = await office.gatekeeper.redeem(grant ?? '', 'data-bot');
  expect(redeemed).toEqual({ ok: false, error: 'refused' });
  const answer = await office.gatekeeper.answer(status.id);
  expect(answer?.status).toMatchObject({ state: 'refused', code: 'kill-switch' });
});

const confirmed = async () => {
  const office = openOffice(
    review(requirement(), requirement({ kind: 'confirm', groups: [], policies: ['confirm'] })),
  );
  const { status } = must(await office.propose({ onBehalfOf: 'carl' }));
  const ballot = await office.ballotOf(status.id, { control: 'confirm' });
  must(await office.gatekeeper.vote(who(office, 'carl'), ballot));
  return { office, id: status.id };
};

test('a confirmation does not count once the person who gave it is not active any more', async () => {
  const { office, id } = await confirmed();
  const voted = must(await office.gatekeeper.vote(who(office, 'dana'), await office.ballotOf(id)));
  expect(voted.status.state).toBe('approved');
  office.people = office.people.map((one) => (one.id === 'carl' ? { ...one, active: false } : one));
  const redeemed = await office.gatekeeper.redeem(voted.grant ?? '', 'data-bot');
  expect(redeemed).toEqual({ ok: false, error: 'refused' });
});

test('M7 a confirmer who says no can say why', async () => {
  const office = openOffice(review(requirement({ kind: 'confirm', groups: [] })));
  const { status } = must(await office.propose({ onBehalfOf: 'carl' }));
  const ballot = await office.ballotOf(status.id, {
    control: 'confirm',
    choice: 'deny',
    reason: 'I did not ask for this',
  });
  const said = must(await office.gatekeeper.vote(who(office, 'carl'), ballot));
  expect(said.status).toMatchObject({ state: 'denied', reviewerNote: 'I did not ask for this' });
});

test('a recheck goes by the directory of the moment it settles something', async () => {
  const office = openOffice(review());
  const { status } = must(await office.propose());
  const everyone = office.people;
  office.people = [];
  const { store } = office.parts;
  const gatekeeper = createGatekeeper({
    ...office.parts,
    directory: () => {
      const { people } = office; // a snapshot, as a configuration is
      return {
        ...office.parts.directory(),
        members: (groups) =>
          people.filter((one) => one.groups.some((group) => groups.includes(group))),
      };
    },
    store: {
      ...store,
      read: async (stream) => {
        office.people = everyone; // the next configuration came in force
        return store.read(stream);
      },
    },
  });
  expect(await gatekeeper.recheck()).toBe(0);
  expect((await office.gatekeeper.answer(status.id))?.status.state).toBe('pending');
});

test('A20 a denial that lands between the look and the append is remembered all the same', async () => {
  let onHolder: ((name: string) => Promise<void>) | undefined;
  const store = (clock: FixedClock): LedgerStore => {
    const real = createMemoryStore({ clock });
    return {
      ...real,
      holder: async (name, now) => {
        const held = await real.holder(name, now);
        await onHolder?.(name);
        return held;
      },
    };
  };
  const office = openOffice(review(), store);
  const { status } = must(await office.propose());
  const ballot = await office.ballotOf(status.id, { choice: 'deny' });
  onHolder = async (name) => {
    if (!name.startsWith('denied:')) return;
    onHolder = undefined;
    must(await office.gatekeeper.vote(who(office, 'dana'), ballot));
  };
  const again = must(await office.propose());
  expect(again.status).toMatchObject({ state: 'denied', code: 'denied-before' });
});

test('A11 identical proposals without end do not make the waiting action grow without end', async () => {
  const office = openOffice(review());
  const { status } = must(await office.propose());
  for (let i = 0; i < 300; i++) expect(must(await office.propose()).status.id).toBe(status.id);
  expect((await office.store.read(status.id)).length).toBeLessThan(300);
  // a key that cannot be remembered is not promised to be
  const keyed = await office.propose({ idempotencyKey: 'one more' });
  expect(keyed).toMatchObject({ ok: false, error: { code: 'busy' } });
  must(await office.gatekeeper.vote(who(office, 'dana'), await office.ballotOf(status.id)));
});

test('R5 who delegates to the agent while its request waits does not answer it', async () => {
  const office = openOffice(review());
  const { status } = must(await office.propose());
  office.agent = { ...office.agent, delegators: ['dana'] };
  const ballot = await office.ballotOf(status.id);
  const voted = await office.gatekeeper.vote(who(office, 'dana'), ballot);
  expect(voted).toEqual({ ok: false, error: 'excluded' });
});
