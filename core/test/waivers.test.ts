import { describe, expect, test } from 'vitest';
import type { Requirement } from '../src/approval/requirement.ts';
import { canonical } from '../src/canonical.ts';
import { createGatekeeper, type Gatekeeper } from '../src/gatekeeper.ts';
import type { ActionId, WaiverId } from '../src/ids.ts';
import type { Parts } from '../src/parts.ts';
import { after } from '../src/time.ts';
import { createWaiverBook, type WaiverBook } from '../src/waiver/book.ts';
import { endorseWaiver, revokeWaiver } from '../src/waiver/endorse.ts';
import { proposeWaiver, type WaiverWish } from '../src/waiver/propose.ts';
import type { Scope } from '../src/waiver/scope.ts';
import {
  allow,
  deny,
  must,
  openOffice,
  person,
  requirement,
  review,
  who,
  type Office,
} from './office.ts';

const HOUR = 3_600_000;
const waivable = (more: Partial<Requirement> = {}): Requirement =>
  requirement({ waivable: { ms: 8 * HOUR, uses: 3 }, ...more });
const no = (code: string) => ({ ok: false, error: expect.objectContaining({ code }) });

type World = {
  readonly office: Office;
  readonly parts: Parts;
  readonly book: WaiverBook;
  readonly gatekeeper: Gatekeeper;
};

async function open(...requirements: readonly Requirement[]): Promise<World> {
  const office = openOffice(review(...(requirements.length > 0 ? requirements : [waivable()])));
  return { office, ...(await gatewayOf(office.parts)) };
}

/** One more gateway over the same ledger. */
async function gatewayOf(of: Parts): Promise<Omit<World, 'office'>> {
  const book = await createWaiverBook(of);
  const parts = { ...of, waivers: book };
  return { parts, book, gatekeeper: createGatekeeper(parts) };
}

const propose = async (
  { gatekeeper }: Pick<World, 'gatekeeper'>,
  args: object = { table: 'customers' },
) =>
  must(
    await gatekeeper.propose({
      agent: 'data-bot',
      type: 'crm.export',
      resource: { type: 'Database', id: 'crm' },
      arguments: args as { table: string },
    }),
  );

async function wish(
  world: World,
  id: ActionId,
  more: Partial<WaiverWish> = {},
): Promise<WaiverWish> {
  const { approvalId, version, seenDigest } = await world.office.ballotOf(id);
  return {
    approvalId,
    version,
    seenDigest,
    scope: {},
    uses: 3,
    reason: 'the nightly export',
    until: after(world.office.clock(), 8 * HOUR),
    assurance: 'session',
    channel: 'console',
    ...more,
  };
}
const wished = async (world: World, by: string, id: ActionId, more: Partial<WaiverWish> = {}) =>
  proposeWaiver(world.parts, who(world.office, by), await wish(world, id, more));

async function endorse(world: World, by: string, id: WaiverId, more: object = {}) {
  const kept = await world.book.of(id);
  const termsDigest = kept?.waiver.asked.termsDigest ?? `sha256:${'0'.repeat(64)}`;
  return endorseWaiver(world.parts, who(world.office, by), {
    waiverId: id,
    termsDigest,
    assurance: 'session',
    channel: 'console',
    ...more,
  });
}
const revoke = (world: World, by: string, waiverId: WaiverId, isAdministrator = false) =>
  revokeWaiver(world.parts, who(world.office, by), { waiverId, isAdministrator });

/** A waiver in force, made from the first action. */
async function inForce(world: World, scope: Scope = {}, uses = 3): Promise<WaiverId> {
  const { status } = await propose(world);
  const waiver = must(await wished(world, 'dana', status.id, { scope, uses }));
  expect(waiver.inForceAt).toBeDefined();
  must(
    await world.gatekeeper.vote(who(world.office, 'dana'), await world.office.ballotOf(status.id)),
  );
  return waiver.asked.waiverId;
}

describe('a waiver', () => {
  test('EV-13: the next identical action goes on as allowed, told as waived, so often and no more', async () => {
    const world = await open();
    const id = await inForce(world);
    for (const use of [1, 2, 3]) {
      const { status, grant } = await propose(world);
      expect(status).toMatchObject({ state: 'allowed', verdict: 'review', waivedBy: [id] });
      expect(status).not.toHaveProperty('approvalId');
      const events = (await world.parts.store.read(status.id)).map(({ entry }) =>
        JSON.parse(entry),
      );
      expect(events.slice(2).map(({ type }) => type)).toEqual(['action.waived', 'grant.issued']);
      expect(events[2].waivers).toMatchObject([{ id, use, uses: 3 }]);
      must(await world.gatekeeper.redeem(grant ?? '', 'data-bot'));
    }
    expect((await propose(world)).status.state).toBe('pending');
    expect((await world.book.of(id))?.waiver.used).toBe(3);
  });

  test('is not in force before people endorsed it who meet what it waives', async () => {
    const world = await open(
      waivable({ quorum: 2 }),
      waivable({ groups: ['security'], policies: ['pii'] }),
    );
    const { status } = await propose(world);
    const { asked, inForceAt } = must(await wished(world, 'dana', status.id));
    const id = asked.waiverId;
    expect(inForceAt).toBeUndefined();
    expect((await propose(world)).status.state).toBe('pending');
    expect(await endorse(world, 'dana', id)).toEqual(no('already-voted'));
    expect(must(await endorse(world, 'ana', id)).inForceAt).toBeUndefined();
    expect((await propose(world)).status.state).toBe('pending');
    expect(must(await endorse(world, 'ben', id)).inForceAt).toBeDefined();
    expect((await propose(world)).status.state).toBe('allowed');
  });

  test.each([
    ['R5 the owner', 'mona', 'excluded'],
    ['R5 an account linked to the owner', 'mona-admin', 'excluded'],
    ['somebody who is not asked', 'ana', 'not-an-approver'],
    ['somebody who is not there any more', 'gone', 'inactive-person'],
  ])('is not endorsed by %s', async (_, by, code) => {
    const world = await open();
    const { status } = await propose(world);
    const { asked } = must(await wished(world, 'mona', status.id)); // proposing is for anybody it concerns
    expect((await world.book.of(asked.waiverId))?.waiver.endorsements).toEqual([]);
    expect(await endorse(world, by, asked.waiverId)).toEqual(no(code));
    const other = { termsDigest: `sha256:${'1'.repeat(64)}` };
    expect(await endorse(world, 'dana', asked.waiverId, other)).toEqual(no('seen-mismatch'));
    const claimed = { assurance: 'passkey' };
    expect(await endorse(world, 'dana', asked.waiverId, claimed)).toEqual(no('statement-invalid'));
    expect((await propose(world)).status.state).toBe('pending');
  });

  test('POL-16 beyond a ceiling it is refused, never cut; without one nothing is waived; critical never', async () => {
    const world = await open();
    const { id } = (await propose(world)).status;
    const until = after(world.office.clock(), 8 * HOUR + 1);
    expect(await wished(world, 'dana', id, { until })).toEqual(no('waiver-beyond-ceiling'));
    expect(await wished(world, 'dana', id, { uses: 4 })).toEqual(no('waiver-beyond-ceiling'));
    expect(await wished(world, 'dana', id, { uses: 0 })).toEqual(no('waiver-beyond-ceiling'));
    expect(await wished(world, 'dana', id, { until: world.office.clock() })).toEqual(
      no('waiver-beyond-ceiling'),
    );
    expect(await wished(world, 'dana', id, { version: 2 })).toEqual(no('version-mismatch'));
    expect(await wished(world, 'gone', id)).toEqual(no('inactive-person'));
    for (const one of [requirement(), waivable({ risk: 'critical' })]) {
      const other = await open(waivable({ policies: ['a'] }), { ...one, policies: ['b'] });
      const asked = await propose(other);
      expect(await wished(other, 'dana', asked.status.id)).toEqual(no('not-waivable'));
    }
    const confirmed = await open(
      waivable(),
      requirement({ kind: 'confirm', groups: [], policies: ['c'] }),
    );
    expect(await wished(confirmed, 'dana', (await propose(confirmed)).status.id)).toEqual(
      no('not-waivable'),
    );
  });

  test('EV-15 a delegate endorses on a seat of another; it counts while it is theirs', async () => {
    const world = await open();
    const until = after(world.office.clock(), 9 * HOUR);
    const seat = { human: 'dana', person: 'dana', groups: ['data-owners'], until };
    const own = world.office.people;
    world.office.people = [...own, person('del', [], { standsFor: [seat] })];
    const { status } = await propose(world);
    const { asked } = must(await wished(world, 'mona', status.id));
    const { endorsements, inForceAt } = must(await endorse(world, 'del', asked.waiverId));
    expect(endorsements[0]?.standsFor).toMatchObject([{ human: 'dana' }]);
    expect(inForceAt).toBeDefined();
    const { grant } = await propose(world);
    expect(grant).toBeDefined();
    world.office.people = [...own, person('del')];
    expect((await world.gatekeeper.redeem(grant ?? '', 'data-bot')).ok).toBe(false);
    expect((await propose(world, { table: 'customers', note: 'x' })).status.state).toBe('pending');
  });

  test('one of a request at a time, and not once people said no', async () => {
    const world = await open();
    const { id } = (await propose(world)).status;
    const { asked } = must(await wished(world, 'mona', id));
    expect(await wished(world, 'dana', id)).toEqual(no('waiver-exists'));
    must(await revoke(world, 'mona', asked.waiverId));
    const second = must(await wished(world, 'mona', id)).asked.waiverId;
    must(
      await world.gatekeeper.vote(
        who(world.office, 'dana'),
        await world.office.ballotOf(id, { choice: 'deny' }),
      ),
    );
    expect(await endorse(world, 'dana', second)).toEqual(no('settled'));
    expect(await wished(world, 'dana', id)).toEqual(no('settled'));
  });
});

describe('what it covers', () => {
  const scope: Scope = { table: { prefix: 'cust' }, limit: { atMost: 10 } };

  test.each([
    ['within it', { table: 'custody', limit: 3 }, 'allowed'],
    ['another prefix', { table: 'orders', limit: 3 }, 'pending'],
    ['above the ceiling', { table: 'customers', limit: 11 }, 'pending'],
    ['an argument more', { table: 'customers', password: 'x' }, 'pending'],
    ['only reworded', { table: 'customers', note: 'please' }, 'allowed'],
  ])('a typed pattern: %s', async (_, args, state) => {
    const world = await open();
    await inForce(world, scope);
    expect((await propose(world, args)).status.state).toBe(state);
  });

  test.each([
    ['no such argument', { tables: { equals: 'x' } }],
    ['a presentational one', { note: { equals: 'x' } }],
    ['a prefix of a number', { limit: { prefix: '1' } }],
    ['an empty prefix', { table: { prefix: '' } }],
    ['a ceiling of a text', { table: { atMost: 3 } }],
    ['not what it comes from', { table: { oneOf: ['orders', 'people'] } }],
    ['a name every object has', { toString: { equals: 'x' } }],
  ] as readonly (readonly [string, Scope])[])('refuses a pattern: %s', async (_, bad) => {
    const world = await open();
    const { id } = (await propose(world)).status;
    expect(await wished(world, 'dana', id, { scope: bad })).toEqual(no('waiver-scope-invalid'));
  });

  test('A17 another agent, resource or person acted for is another action', async () => {
    const world = await open();
    await inForce(world, scope);
    for (const more of [{ resource: { type: 'Database', id: 'erp' } }, { onBehalfOf: 'carl' }]) {
      const other = await world.gatekeeper.propose({
        agent: 'data-bot',
        type: 'crm.export',
        arguments: { table: 'customers' },
        resource: {
          type: 'Database',
          id: 'crm',
        },
        ...more,
      });
      expect(must(other).status.state).toBe('pending');
    }
  });

  test('R9 no argument and no pattern is in the ledger; erased, it covers nothing', async () => {
    const world = await open();
    const id = await inForce(world, { table: { prefix: 'custom' } });
    const { size } = await world.parts.store.head();
    const text = (await world.parts.store.range(0, size)).map(({ entry }) => entry).join('\n');
    expect(text).not.toContain('custom');
    await world.parts.store.erase(`waiver-${id}`);
    const { gatekeeper } = await gatewayOf(world.office.parts);
    expect((await propose({ gatekeeper })).status.state).toBe('pending');
  });
});

describe('what ends it', () => {
  test('a revocation at another gateway holds at once, for what is proposed and for what is not redeemed yet', async () => {
    const world = await open();
    const id = await inForce(world);
    const { grant, status } = await propose(world);
    const other = { ...world, ...(await gatewayOf(world.office.parts)) };
    expect(await revoke(other, 'ana', id)).toEqual(no('not-an-approver'));
    expect(await revoke(other, 'gone', id, true)).toEqual(no('inactive-person'));
    must(await revoke(other, 'ana', id, true));
    expect(await revoke(other, 'dana', id)).toEqual(no('waiver-over'));
    expect((await propose(world)).status.state).toBe('pending');
    expect(await world.gatekeeper.redeem(grant ?? '', 'data-bot')).toEqual({
      ok: false,
      error: 'refused',
    });
    expect((await world.gatekeeper.answer(status.id))?.status).toMatchObject({
      state: 'refused',
      waivedBy: [id],
    });
  });

  test('R2 what a newer gateway wrote of it: it covers nothing, and people are asked as ever', async () => {
    const world = await open();
    const id = await inForce(world);
    const { grant } = await propose(world);
    const stream = `waiver-${id}`;
    const n = (await world.parts.store.read(stream)).length + 1;
    const entries = [
      canonical({ v: 1, at: world.office.clock(), type: 'waiver.paused', stream, n }),
    ];
    must(await world.parts.store.append({ stream, expectedVersion: n - 1, entries }));
    expect((await propose(world)).status.state).toBe('pending');
    const spent = await world.gatekeeper.redeem(grant ?? '', 'data-bot');
    expect(spent).toEqual({ ok: false, error: 'refused' });
  });

  test('R4 two gateways never take one use twice', async () => {
    const world = await open();
    await inForce(world, { limit: { atMost: 10 } });
    const other = await gatewayOf(world.office.parts);
    const all = await Promise.all(
      [1, 2, 3, 4, 5].map((limit) =>
        propose(limit % 2 === 0 ? world : other, { table: 'customers', limit }),
      ),
    );
    const states = all.map(({ status }) => status.state);
    expect(states.filter((state) => state === 'allowed')).toHaveLength(3);
    expect(states.filter((state) => state === 'pending')).toHaveLength(2);
  });

  test('time', async () => {
    const world = await open();
    await inForce(world);
    world.office.clock.advance(8 * HOUR - 60_000);
    const { status, grant } = await propose(world);
    expect(status.useBy).toBe(world.office.clock() + 60_000);
    world.office.clock.advance(60_000);
    expect((await propose(world)).status.state).toBe('pending');
    expect((await world.gatekeeper.redeem(grant ?? '', 'data-bot')).ok).toBe(false);
  });

  test.each([
    [
      'a policy it does not name',
      (office: Office) => (office.says = review(waivable(), waivable({ policies: ['new'] }))),
    ],
    ['a higher quorum', (office: Office) => (office.says = review(waivable({ quorum: 2 })))],
    [
      'a higher assurance',
      (office: Office) => (office.says = review(waivable({ assurance: 'passkey' }))),
    ],
    [
      'a lower ceiling',
      (office: Office) => (office.says = review(waivable({ waivable: { ms: HOUR, uses: 3 } }))),
    ],
    ['no ceiling any more', (office: Office) => (office.says = review(requirement()))],
    ['a critical risk', (office: Office) => (office.says = review(waivable({ risk: 'critical' })))],
    [
      'who endorsed it left the group',
      (office: Office) =>
        (office.people = office.people.map((one) =>
          one.id === 'dana' ? { ...one, groups: [] } : one,
        )),
    ],
    [
      'R5 who endorsed it delegated to the agent',
      (office: Office) => (office.agent = { ...office.agent, delegators: ['dana'] }),
    ],
  ])('R6 %s', async (_, changes) => {
    const world = await open();
    await inForce(world);
    const { grant } = await propose(world);
    changes(world.office);
    world.office.people = world.office.people.map((one) => ({ ...one, reach: 'passkey' }));
    expect(await world.gatekeeper.redeem(grant ?? '', 'data-bot')).toEqual({
      ok: false,
      error: 'refused',
    });
    expect((await propose(world, { table: 'customers', note: 'again' })).status.state).toBe(
      'pending',
    );
  });

  test('policy that denies, and the kill switch, win; policy that allows needs no waiver', async () => {
    const world = await open();
    await inForce(world);
    const first = await propose(world);
    const second = await propose(world);
    world.office.says = deny;
    expect((await propose(world)).status.state).toBe('denied');
    expect(await world.gatekeeper.redeem(first.grant ?? '', 'data-bot')).toEqual({
      ok: false,
      error: 'refused',
    });
    world.office.says = allow;
    expect((await propose(world)).status).not.toHaveProperty('waivedBy');
    must(await world.gatekeeper.redeem(second.grant ?? '', 'data-bot'));
    world.office.says = review(waivable());
    world.office.killed = true;
    expect((await propose(world)).status.state).toBe('denied');
  });

  test('A20 a remembered denial wins, and so does a no to the request it comes from', async () => {
    const world = await open();
    const { id } = (await propose(world)).status;
    must(await wished(world, 'dana', id)); // in force, while the request still waits
    must(
      await world.gatekeeper.vote(
        who(world.office, 'ben'),
        await world.office.ballotOf(id, { choice: 'deny' }),
      ),
    );
    expect((await propose(world)).status).toMatchObject({ state: 'denied', code: 'denied-before' });
    world.office.clock.advance(world.parts.settings.denialMs);
    expect((await propose(world)).status.state).toBe('pending');
  });
});
