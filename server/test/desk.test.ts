import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeEntry, type ApprovalEvent, type Click, type Told } from '@countersign/core';
import {
  clickOn,
  openDeskHouse,
  PUBLIC_URL,
  slackOf,
  teamsOf,
  type DeskHouse,
} from './desk-house.ts';
import type { Name } from './gateway-fixture.ts';

const LINKED = [
  'olga',
  'olga2',
  'paul',
  'paul2',
  'sam',
  'dora',
  'dora2',
  'rita',
  'ron',
  'ron2',
  'ann',
  'eve',
  'gone',
] as const satisfies readonly Name[];

let house: DeskHouse;
beforeAll(async () => {
  house = await openDeskHouse(LINKED);
  // somebody could sign: what asks for that is not unsatisfiable
  await house.say((at) => ({ type: 'passkey.enrolled', at, by: 'abe', person: 'abe', ...PASSKEY }));
});
afterAll(() => house.close());

const PASSKEY = {
  because: 'first',
  credential: 'Y3JlZA',
  publicKey: 'cHVi',
  alg: -7,
  aaguid: '00000000-0000-0000-0000-000000000000',
  rpId: 'localhost',
  origin: PUBLIC_URL,
  level: 'passkey',
  isBackupEligible: false,
  isBackedUp: false,
  counter: 0,
} as const;

type Held = Awaited<ReturnType<DeskHouse['hold']>>;
const click = (held: Held, name: Name, more: Partial<Click> = {}): Promise<Told> =>
  house.desk.vote(clickOn(held.card, slackOf(name), more));
const eventsOf = async ({ answer }: Held): Promise<readonly ApprovalEvent[]> =>
  (await house.parts.store.read(answer.status.id)).map(decodeEntry);
const stateOf = async ({ answer }: Held): Promise<string | undefined> =>
  (await house.gatekeeper.answer(answer.status.id))?.status.state;
const typesOf = async (held: Held): Promise<readonly string[]> =>
  (await eventsOf(held)).map(({ type }) => type);

describe('a click', () => {
  test('EV-21 approves: at `chat`, by the channel it came from, with what was shown', async () => {
    const held = await house.hold('s3://one');
    const told = await click(held, 'rita');
    expect(told).toMatchObject({ outcome: 'counted', card: { state: 'approved', isOpen: false } });
    const cast = (await eventsOf(held)).find(({ type }) => type === 'approval.vote-cast');
    expect(cast).toMatchObject({
      vote: {
        human: 'rita',
        assurance: 'chat',
        channel: 'slack',
        shown: { renderer: 'test/1', complete: true },
      },
    });
  });
  test('denies with a reason, which the card quotes apart from our words', async () => {
    const held = await house.hold('s3://denied');
    const told = await click(held, 'rita', { choice: 'deny', reason: 'not *now*' });
    expect(told).toMatchObject({ outcome: 'counted', card: { state: 'denied' } });
    const line = told.card?.timeline.find(({ type }) => type === 'approval.vote-cast');
    expect(line).toMatchObject({ text: 'rita denied it (slack, chat)', quote: 'not *now*' });
  });
  test('the same vote by two chats counts once, and is told so', async () => {
    const held = await house.hold('s3://two/once');
    expect(await click(held, 'rita')).toMatchObject({
      outcome: 'counted',
      text: expect.stringMatching(/1 of 2/),
    });
    const again = await house.desk.vote(clickOn(held.card, teamsOf('rita')));
    expect(again).toMatchObject({ outcome: 'refused', code: 'already-voted' });
    expect(again.text).toMatch(/counted already/);
    expect(await stateOf(held)).toBe('pending');
  });
  test('the same where the first has settled it; somebody else hears that it is settled', async () => {
    const held = await house.hold('s3://settled');
    await click(held, 'rita');
    expect(await house.desk.vote(clickOn(held.card, teamsOf('rita')))).toMatchObject({
      code: 'already-voted',
      card: { state: 'approved' },
    });
    expect(await click(held, 'ann')).toMatchObject({ code: 'not-pending' });
  });
  test('twenty of one person at once are one vote', async () => {
    const held = await house.hold('s3://two/storm');
    const tries = Array.from({ length: 20 }, (_, i) =>
      house.desk.vote(clickOn(held.card, i % 2 ? teamsOf('rita') : slackOf('rita'))),
    );
    const told = await Promise.all(tries);
    expect(told.filter(({ outcome }) => outcome === 'counted')).toHaveLength(1);
    expect(await stateOf(held)).toBe('pending');
  });
});

describe('R5 T8: whoever stands behind the action is refused at the desk too', () => {
  const rows: readonly (readonly [Name, string])[] = [
    ['olga', 'You own this agent'],
    ['olga2', 'You own this agent'],
    ['paul', 'The agent acts for you here'],
    ['paul2', 'The agent acts for you here'],
    ['sam', 'You started this session'],
    ['dora', 'You delegated authority to this agent'],
    ['dora2', 'You delegated authority to this agent'],
  ];
  test.each(rows)('%s', async (name, why) => {
    const held = await house.hold(`s3://self/${name}`, {
      onBehalfOf: 'paul',
      session: { id: 's-1', startedBy: 'sam' },
    });
    for (const choice of ['approve', 'deny'] as const)
      expect(await click(held, name, { choice })).toMatchObject({
        outcome: 'refused',
        code: 'excluded',
        text: `${why}, so someone else must decide.`,
      });
    expect(await stateOf(held)).toBe('pending');
    const told = (await eventsOf(held)).filter(({ type }) => type === 'approval.vote-refused');
    expect(told).toMatchObject([{ by: name, because: 'excluded', channel: 'slack' }]);
  });
  test('where one click would not do either, the attempt is told all the same', async () => {
    const held = await house.hold('s3://strong/self');
    expect(await click(held, 'olga')).toMatchObject({ code: 'excluded' });
    expect(await typesOf(held)).toContain('approval.vote-refused');
  });
  test('whatever they click, in whichever chat, in whatever order: nothing is decided', async () => {
    const names = rows.map(([name]) => name);
    const oneClick = fc.record({
      name: fc.constantFrom(...names),
      chat: fc.constantFrom(slackOf, teamsOf),
      choice: fc.constantFrom('approve' as const, 'deny' as const),
      complete: fc.boolean(),
    });
    let n = 0;
    const everySequence = fc.asyncProperty(
      fc.array(oneClick, { minLength: 1, maxLength: 8 }),
      fc.constantFrom('two', 'strong', 'one'),
      async (clicks, bucket) => {
        const held = await house.hold(`s3://${bucket}/never/${n++}`, {
          onBehalfOf: 'paul',
          session: { id: 's-1', startedBy: 'sam' },
        });
        const told = await Promise.all(
          clicks.map(({ name, chat, choice, complete }) => {
            const sent = clickOn(held.card, chat(name), { choice });
            return house.desk.vote({ ...sent, shown: { ...sent.shown, complete } });
          }),
        );
        expect(told.every(({ outcome }) => outcome === 'refused')).toBe(true);
        expect(await stateOf(held)).toBe('pending');
        expect(await typesOf(held)).not.toContain('approval.vote-cast');
        await house.gatekeeper.cancel(held.answer.status.id, 'etl');
      },
    );
    await fc.assert(everySequence, { numRuns: 15 });
  });
  test('a linked account of who voted adds nobody', async () => {
    const held = await house.hold('s3://two/linked');
    await click(held, 'ron');
    expect(await click(held, 'ron2')).toMatchObject({ code: 'already-voted' });
  });
});

describe('who clicks', () => {
  test('nobody’s account decides nothing', async () => {
    const held = await house.hold('s3://stranger');
    const stranger = { kind: 'slack', tenant: 'T0HOUSE', user: 'USTRANGER' } as const;
    const told = await house.desk.vote(clickOn(held.card, stranger));
    expect(told).toEqual({ outcome: 'refused', code: 'not-linked', text: expect.any(String) });
    expect(await house.desk.whois(stranger)).toBeUndefined();
    expect(await typesOf(held)).not.toContain('approval.vote-cast');
  });
  test.each([
    ['the same user id in another workspace', { tenant: 'T0OTHER' }],
    ['the same ids at another vendor', { kind: 'teams' as const }],
  ])('%s is nobody', async (_, other) => {
    const held = await house.hold('s3://elsewhere');
    const account = { ...slackOf('rita'), ...other };
    expect(await house.desk.vote(clickOn(held.card, account))).toMatchObject({
      code: 'not-linked',
    });
  });
  test('somebody who is not asked is told so; without the card in front of them they are shown none', async () => {
    const held = await house.hold('s3://not-asked');
    const told = await click(held, 'eve');
    expect(told).toMatchObject({ outcome: 'refused', code: 'not-an-approver' });
    expect(told.card?.state).toBe('pending');
    const guessed = await click(held, 'eve', { seenDigest: `sha256:${'0'.repeat(64)}` });
    expect(guessed).toEqual({
      outcome: 'refused',
      code: 'seen-mismatch',
      text: expect.any(String),
    });
  });
  test('deactivated just before the click: refused and told, and the card explains', async () => {
    const held = await house.hold('s3://deactivated');
    const reason = 'left';
    await house.say((at) => ({ type: 'person.deactivated', at, by: 'ada', person: 'ann', reason }));
    const told = await click(held, 'ann');
    expect(told).toMatchObject({ outcome: 'refused', code: 'inactive-person' });
    expect(told.text).toMatch(/not active any more/);
    expect(told.card?.timeline.at(-1)?.text).toBe(
      'ann tried to approve it and was refused (inactive-person, slack)',
    );
    // known, so that they are told; nothing waits for them, and nothing of theirs is taken
    const ann = await house.desk.whois(slackOf('ann'));
    expect(ann).toMatchObject({ id: 'ann', active: false });
    if (!ann) throw new Error('nobody');
    expect(await house.desk.inbox(ann)).toEqual([]);
    expect(await house.desk.mayAnswer(ann, held.id)).toBe(false);
    const refusals = (await eventsOf(held)).filter(({ type }) => type === 'approval.vote-refused');
    expect(refusals).toMatchObject([{ by: 'ann', because: 'inactive-person', channel: 'slack' }]);
    await house.say((at) => ({ type: 'person.activated', at, by: 'ada', person: 'ann' }));
    expect(await click(held, 'ann')).toMatchObject({ outcome: 'counted' });
  });
  test('R2: a directory that does not answer lets nobody decide', async () => {
    const held = await house.hold('s3://directory');
    house.now.isTold = false;
    const told = await click(held, 'rita');
    house.now.isTold = true;
    expect(told).toMatchObject({ code: 'directory-unavailable' });
    expect(await stateOf(held)).toBe('pending');
  });
  test('R2: nor does a ledger that cannot be asked who they are now', async () => {
    const held = await house.hold('s3://away');
    house.now.isUp = false;
    const told = await click(held, 'rita');
    house.now.isUp = true;
    expect(told).toMatchObject({ outcome: 'refused', code: 'unreachable' });
    expect(told.text).toMatch(/nothing was decided/);
    expect(await stateOf(held)).toBe('pending');
  });
  test('a link that was ended lets nobody decide any more', async () => {
    const held = await house.hold('s3://unlinked');
    await house.accounts.unlink('ron2', 'slack', 'ron2');
    expect(await click(held, 'ron2')).toMatchObject({ code: 'not-linked' });
    expect(await house.desk.vote(clickOn(held.card, teamsOf('ron2')))).toMatchObject({
      outcome: 'counted',
    });
  });
});

describe('A13: a stale or stray click', () => {
  const zero = `sha256:${'0'.repeat(64)}` as const;
  const rows: readonly (readonly [string, Partial<Click>, string])[] = [
    ['another version', { version: 2 }, 'version-mismatch'],
    ['another view', { seenDigest: zero }, 'seen-mismatch'],
    ['another action', { actionDigest: '0'.repeat(32) }, 'digest-mismatch'],
    ['no beginning of a digest', { actionDigest: '' }, 'digest-mismatch'],
    ['a beginning that is too short', { actionDigest: 'short' }, 'digest-mismatch'],
    ['no such request', { approvalId: 'apr_none' }, 'not-found'],
  ];
  test.each(rows)('%s', async (_, wrong, code) => {
    const held = await house.hold('s3://stale');
    const short = held.card.view.digest.slice(7, 22);
    const sent = wrong.actionDigest === 'short' ? { actionDigest: short } : wrong;
    expect(await click(held, 'rita', sent)).toMatchObject({ outcome: 'refused', code });
    expect(await stateOf(held)).toBe('pending');
  });
  test('after an edit: refused, with the way to what takes its place', async () => {
    const held = await house.hold('s3://edited');
    const ron = house.parts.directory().person('ron');
    if (!ron) throw new Error('no ron');
    const given = held.card.view.action.arguments as Readonly<Record<string, string>>;
    const edited = await house.gatekeeper.edit(ron, {
      approvalId: held.id,
      version: 1,
      arguments: { ...given, destination: 's3://edited/anew' },
    });
    if (!edited.ok) throw new Error(JSON.stringify(edited.error));
    const told = await click(held, 'rita');
    expect(told).toMatchObject({ code: 'not-pending', card: { state: 'superseded' } });
    expect(told.text).toContain(`${PUBLIC_URL}/a/${edited.value.status.approvalId}`);
  });
  test('after its time, though nobody has written so yet', async () => {
    const held = await house.hold('s3://late');
    house.now.skipMs = 24 * 3_600_000;
    const told = await click(held, 'rita');
    house.now.skipMs = 0;
    expect(told).toMatchObject({ code: 'past-deadline', card: { isOpen: false } });
  });
});

describe('A7 A12: what one click does not approve', () => {
  const incomplete = {
    renderer: 'test/1',
    digest: `sha256:${'1'.repeat(64)}`,
    complete: false,
  } as const;
  const rows: readonly (readonly [string, string, Partial<Click>, RegExp])[] = [
    ['policy asks for a session', 's3://strong/1', {}, /surer that it is you.*Review it: http/],
    ['policy asks for a passkey', 's3://signed/1', {}, /Review and sign it: http/],
    ['it was not shown whole', 's3://whole', { shown: incomplete }, /Not all of it was shown/],
    ['something hides in it', 's3://bidi/\u202etxt', {}, /characters in it that nobody would see/],
  ];
  test.each(rows)('%s', async (_, to, more, why) => {
    const held = await house.hold(to);
    const told = await click(held, 'rita', more);
    expect(told).toMatchObject({ outcome: 'refused', code: 'no-one-click' });
    expect(told.text).toMatch(why);
    expect(await typesOf(held)).not.toContain('approval.vote-cast');
    // a no is safe however little was shown
    expect(await click(held, 'rita', { ...more, choice: 'deny' })).toMatchObject({
      outcome: 'counted',
      card: { state: 'denied' },
    });
  });
});

describe('what a channel asks besides', () => {
  test('the inbox: what waits for a person, soonest expiry first', async () => {
    const inbox = await house.desk.inbox(house.parts.directory().person('rita') as never);
    expect(inbox.length).toBeGreaterThan(3);
    expect(inbox.length).toBeLessThanOrEqual(20);
    const ends = inbox.map(({ view }) => view.expiresAt);
    expect(ends).toEqual(ends.toSorted((a, b) => a - b));
    expect(inbox.every(({ isOpen }) => isOpen)).toBe(true);
    expect(await house.desk.inbox(house.parts.directory().person('eve') as never)).toEqual([]);
  });
  test('whether an answer would be taken now', async () => {
    const held = await house.hold('s3://may');
    const person = (name: Name) => house.parts.directory().person(name) as never;
    const may = await Promise.all(
      (['rita', 'olga', 'eve', 'gone'] as const).map((name) =>
        house.desk.mayAnswer(person(name), held.id),
      ),
    );
    expect(may).toEqual([true, false, false, false]);
  });
  test('the account of a person, to write to them; R9 nowhere in the ledger in clear', async () => {
    const at = { kind: 'slack', tenant: 'T0HOUSE' } as const;
    expect(await house.desk.accountOf('rita', at)).toEqual(slackOf('rita'));
    expect(await house.desk.accountOf('rita', { ...at, tenant: 'T0OTHER' })).toBeUndefined();
    const { size } = await house.parts.store.head();
    const entries = await house.parts.store.range(0, size);
    expect(entries.filter(({ entry }) => /URITA|T0HOUSE/.test(entry))).toEqual([]);
  });
});
