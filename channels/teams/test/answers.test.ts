import { digestView, type Card } from '@countersign/core';
import { sampleCard, settledCard } from '@countersign/core/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Message } from '../../../test/teams/fake-teams.ts';
import { TENANT } from '../../../test/teams/wire.ts';
import { personOf } from '../../../test/teams/house.ts';
import { readCard } from '../../../test/teams/read-card.ts';
import {
  ANA,
  BEN,
  CHANNEL,
  GUEST,
  makeSetting,
  MONA,
  NOBODY,
  type Setting,
} from '../../../test/teams/setting.ts';

let it: Setting;
beforeEach(async () => {
  it = await makeSetting();
});
afterEach(() => it.dispose());

async function posted(card: Card = sampleCard(), place = CHANNEL): Promise<string> {
  it.house.cards.set(card.view.approvalId, card);
  const delivered = await it.teams.channel.post(place, card, 'key');
  if (delivered.did !== 'done') throw new TypeError(JSON.stringify(delivered));
  return delivered.copy;
}

const newest = (at = CHANNEL): Message => {
  const message = it.fake.messages(at).at(-1);
  if (!message) throw new TypeError('nothing there');
  return message;
};

const textOf = ({ card, message }: Awaited<ReturnType<Setting['fake']['press']>>): string =>
  message ?? (card ? readCard(card).text : '');

describe('answering', () => {
  test('a yes is cast for whoever pressed it, with what they saw, and told', async () => {
    await posted();
    const answer = await it.fake.press(ANA, CHANNEL, { verb: 'approve' });
    expect(answer.status).toBe(200);
    expect(textOf(answer)).toContain('Your answer counts.');
    const { view } = sampleCard();
    const [click, ...more] = it.house.clicks;
    expect(more).toEqual([]);
    expect(click).toEqual({
      account: { kind: 'teams', tenant: TENANT, user: ANA },
      approvalId: view.approvalId,
      version: 3,
      actionDigest: view.digest.slice(7, 23),
      seenDigest: digestView(view),
      choice: 'approve',
      shown: { renderer: 'teams/1', digest: expect.stringMatching(/^sha256:/), complete: true },
    });
    const delivered = await it.teams.channel.post(CHANNEL, sampleCard(), 'key-2');
    expect(delivered.did === 'done' && delivered.shown).toEqual(click?.shown);
    // whoever has answered has no buttons any more
    expect(answer.card && readCard(answer.card).answers).toEqual([]);
  });
  test('a no takes a reason, and hands it on', async () => {
    await posted();
    for (const reason of [undefined, '', '   ', 7, ['x']]) {
      const answer = await it.fake.press(ANA, CHANNEL, { verb: 'deny', inputs: { reason } });
      expect(textOf(answer)).toContain('Say why, then deny.');
    }
    expect(it.house.clicks).toEqual([]);
    await it.fake.press(ANA, CHANNEL, { verb: 'deny', inputs: { reason: '  wrong table \ud800' } });
    expect(it.house.clicks.map(({ choice, reason }) => [choice, reason])).toEqual([
      ['deny', 'wrong table \ufffd'],
    ]);
  });
  test('a button in a thread is one of its channel', async () => {
    await posted();
    const { refresh } = await it.fake.shownTo(ANA, CHANNEL, newest());
    const thread = `${CHANNEL};messageid=${newest().id}`;
    const pressed = it.fake.invoke(ANA, thread, { verb: 'approve', data: refresh?.action.data });
    await it.fake.tell(pressed);
    expect(it.house.clicks).toHaveLength(1);
  });
  test('both take a step more, and yes repeats what it is about', async () => {
    await posted();
    const card = await it.fake.shownTo(ANA, CHANNEL, newest());
    expect(card.actions?.map(({ type }) => type)).toEqual([
      'Action.ShowCard',
      'Action.ShowCard',
      'Action.OpenUrl',
    ]);
    const [approve] = card.actions ?? [];
    expect(JSON.stringify(approve)).toContain('Export customers from crm');
    expect(JSON.stringify(approve)).toContain(sampleCard().view.phrase);
  });
  test('everybody sees their own: buttons for those who may answer, the way to connect for strangers', async () => {
    await posted();
    const answersOf = async (user: string): Promise<readonly string[]> =>
      (await it.fake.look(user, CHANNEL, newest())).answers;
    expect(await answersOf(ANA)).toEqual(['approve', 'deny']);
    expect(await answersOf(BEN)).toEqual(['approve', 'deny']);
    expect(await answersOf(MONA)).toEqual([]);
    expect(await answersOf(NOBODY)).toEqual([]);
    expect(newest().card.refresh?.userIds).toEqual([`29:${ANA}`, `29:${BEN}`]);
    // whose client does not ask by itself asks by a button
    const asked = await it.fake.press(NOBODY, CHANNEL, { verb: 'refresh' });
    expect(asked.card && readCard(asked.card).links).toContain('https://gateway.example/me');
    expect(it.house.clicks).toEqual([]);
  });
  test('the card lying in a channel decides nothing, and is the same for everybody', async () => {
    await posted();
    expect(readCard(newest().card).answers).toEqual([]);
  });
  test('in a conversation with one person their buttons are there at once', async () => {
    await posted(sampleCard(), 'person:ana');
    const at = it.fake.personal(ANA);
    expect(readCard(newest(at).card).answers).toEqual(['approve', 'deny']);
    await it.fake.press(ANA, at, { verb: 'approve' });
    expect(it.house.clicks).toHaveLength(1);
    await posted(sampleCard(), 'person:mona');
    expect(readCard(newest(it.fake.personal(MONA)).card).answers).toEqual([]);
  });
  test('what is settled is brought up to date in place, for everybody', async () => {
    const copy = await posted();
    const settled = settledCard('approved');
    it.house.cards.set(settled.view.approvalId, settled);
    expect(await it.teams.channel.update?.(copy, settled)).toMatchObject({ did: 'done', copy });
    expect(it.fake.messages(CHANNEL)).toHaveLength(1);
    for (const user of [ANA, MONA, NOBODY]) {
      const { answers, text, links } = await it.fake.look(user, CHANNEL, newest());
      expect([answers, text.includes('Approved'), links]).toEqual([[], true, [settled.link]]);
    }
  });
});

describe('what is not taken', () => {
  test('A13: a click on another version, or on something else than was seen', async () => {
    await posted();
    const stale = await it.fake.shownTo(ANA, CHANNEL, newest());
    const changed = sampleCard({}, { version: 4, headline: 'Export everything from crm' });
    it.house.cards.set(changed.view.approvalId, changed);
    const answer = await it.fake.press(ANA, CHANNEL, { verb: 'approve', card: stale });
    expect(textOf(answer)).toMatch(/has changed/);
    expect(textOf(answer)).toContain('Export everything from crm');
    const bent = { d: 'f'.repeat(16), s: `sha256:${'0'.repeat(64)}`, n: 9 };
    for (const [name, value] of Object.entries(bent))
      expect(
        textOf(await it.fake.press(ANA, CHANNEL, { verb: 'approve', inputs: { [name]: value } })),
      ).toMatch(/has changed/);
    expect(it.house.clicks).toEqual([]);
  });
  test('D1: what a click says it saw is something that was shown, or is asked for again', async () => {
    await posted();
    const inputs = { r: `sha256:${'1'.repeat(64)}` };
    const answer = await it.fake.press(ANA, CHANNEL, { verb: 'approve', inputs });
    expect(textOf(answer)).toContain('Look at it again');
    expect(it.house.clicks).toEqual([]);
  });
  test('D1: a rendering of another request is not one of this', async () => {
    const other = sampleCard({}, { approvalId: 'apr_01hkz0w1e00123456789abcdefghjkmnpqrt' });
    await posted(other);
    const r = (await it.fake.shownTo(ANA, CHANNEL, newest())).refresh?.action.data['r'];
    await posted();
    const answer = await it.fake.press(ANA, CHANNEL, { verb: 'approve', inputs: { r } });
    expect(textOf(answer)).toContain('Look at it again');
    expect(it.house.clicks).toEqual([]);
  });
  test('a card that only moved on may be answered as it was seen; one of another process that did, once more', async () => {
    await posted();
    const before = await it.fake.shownTo(ANA, CHANNEL, newest());
    const moved = sampleCard({ timeline: settledCard().timeline.slice(0, 2) });
    it.house.cards.set(moved.view.approvalId, moved);
    it.restarted();
    const first = await it.fake.press(ANA, CHANNEL, { verb: 'approve', card: before });
    expect(textOf(first)).toContain('Look at it again');
    if (!first.card) throw new TypeError('no card');
    await it.fake.press(ANA, CHANNEL, { verb: 'approve', card: first.card });
    expect(it.house.clicks).toHaveLength(1);
    await posted(moved);
    const shown = await it.fake.shownTo(BEN, CHANNEL, newest());
    it.house.cards.set(moved.view.approvalId, sampleCard());
    await it.fake.press(BEN, CHANNEL, { verb: 'approve', card: shown });
    expect(it.house.clicks).toHaveLength(2);
  });
  test('R8 A7: yes to a card that is not whole, or takes more than a click, whatever a client sends', async () => {
    const cards = [
      sampleCard({}, { complete: false }),
      sampleCard({ approve: 'sign', because: 'assurance' }),
      sampleCard({ approve: 'console', because: 'critical' }),
      sampleCard({}, { claim: 'x'.repeat(40_000) }),
    ];
    for (const card of cards) {
      await posted(card);
      const own = await it.fake.shownTo(ANA, CHANNEL, newest());
      const { answers, links } = readCard(own);
      expect([answers, links]).toEqual([['deny'], [card.link]]);
      const forged = { verb: 'approve', data: own.refresh?.action.data };
      const { body = '' } = await it.fake.tell(it.fake.invoke(ANA, CHANNEL, forged));
      expect(body).toContain('One click does not approve this');
    }
    expect(it.house.clicks).toEqual([]);
    await it.fake.press(ANA, CHANNEL, { verb: 'deny', inputs: { reason: 'too long' } });
    expect(it.house.clicks.map(({ shown }) => shown.complete)).toEqual([false]);
  });
  test('R5: a click of somebody who may not answer, with the button of somebody who may', async () => {
    await posted();
    const card = await it.fake.shownTo(ANA, CHANNEL, newest());
    const answer = await it.fake.press(MONA, CHANNEL, { verb: 'approve', card });
    expect(textOf(answer)).toContain('You may not answer.');
    expect(it.house.clicks).toEqual([]);
  });
  test('A12: an account that nobody connected, or not any more', async () => {
    await posted();
    const card = await it.fake.shownTo(ANA, CHANNEL, newest());
    const answer = await it.fake.press(NOBODY, CHANNEL, { verb: 'approve', card });
    expect(textOf(answer)).toContain('Connect your Teams account first');
    expect(answer.card && readCard(answer.card).links).toContain('https://gateway.example/me');
    expect(it.house.clicks).toEqual([]);
  });
  const strangers: readonly (readonly [string, object])[] = [
    ['by name', { userPrincipalName: 'x_other.example#EXT#@here.example' }],
    ['by role', { userRole: 'guest' }],
    ['without an account', { userRole: 'anonymous' }],
    ['from another tenant', { tenantId: '99999999-2222-4333-8444-555555555555' }],
  ];
  test.each(strangers)('A12: a guest, told %s, though connected', async (_, more) => {
    it.fake.addPerson({ user: GUEST, name: 'guest', userRole: 'user', ...more });
    await posted();
    const card = await it.fake.shownTo(ANA, CHANNEL, newest());
    const answer = await it.fake.press(GUEST, CHANNEL, { verb: 'approve', card });
    expect(textOf(answer)).toContain('Guests do not decide');
    expect(newest().card.refresh?.userIds).not.toContain(`29:${GUEST}`);
    expect(it.house.clicks).toEqual([]);
  });
  test('R2: a click while Teams does not say who it is of, or says somebody else', async () => {
    await posted();
    const card = await it.fake.shownTo(ANA, CHANNEL, newest());
    it.fake.state.rosterDown = true;
    expect(textOf(await it.fake.press(ANA, CHANNEL, { verb: 'approve', card }))).toContain(
      'did not say who you are',
    );
    it.fake.state.rosterDown = false;
    const activity = it.fake.invoke(ANA, CHANNEL, {
      verb: 'approve',
      data: card.refresh?.action.data,
    });
    const from = { ...(activity['from'] as object), id: `29:${BEN}` };
    const { body = '' } = await it.fake.tell({ ...activity, from });
    expect(body).toContain('Guests do not decide');
    expect(it.house.clicks).toEqual([]);
  });
  test('A3: the same activity twice: counted once, answered twice', async () => {
    await posted();
    const card = await it.fake.shownTo(ANA, CHANNEL, newest());
    const activity = it.fake.invoke(ANA, CHANNEL, {
      verb: 'approve',
      data: card.refresh?.action.data,
    });
    const first = it.fake.answered(await it.fake.tell(activity));
    const second = it.fake.answered(await it.fake.tell(activity));
    expect([textOf(first).includes('counts'), second.card !== undefined]).toEqual([true, true]);
    // a process that knows nothing of it leaves it to the ledger
    it.restarted();
    await it.fake.tell(activity);
    expect(it.house.clicks).toHaveLength(1);
  });
  test('a request that is not here', async () => {
    await posted();
    it.house.cards.clear();
    const answer = await it.fake.press(ANA, CHANNEL, { verb: 'refresh' });
    expect(answer).toEqual({ status: 200, message: 'This gateway knows no such request.' });
  });
  const good = { verb: 'approve', data: {} };
  test.each([
    undefined,
    null,
    5,
    'x',
    [],
    {},
    { action: null },
    { action: { ...good, verb: 'constructor' } },
    { action: good },
    { action: { ...good, data: { a: '../..', n: 3, d: 'f'.repeat(16) } } },
    { action: { ...good, data: { a: 'apr_01hkz0w1e00123456789abcdefghjkmnpqrs', n: '3' } } },
    { action: { ...good, data: { a: 'apr_01hkz0w1e00123456789abcdefghjkmnpqrs', n: 1e99 } } },
    { action: { ...good, data: [] } },
    { action: { ...good, data: { __proto__: null, a: {} } } },
  ])('a button that is none of ours never breaks anything (%#)', async (value) => {
    const activity = it.fake.activityOf(ANA, CHANNEL, {
      type: 'invoke',
      name: 'adaptiveCard/action',
    });
    const answer = it.fake.answered(await it.fake.tell({ ...activity, value }));
    expect(answer.status).toBe(400);
  });
  test('invocations of other kinds are not implemented; what else there is is taken in silence', async () => {
    const { fake } = it;
    const other = fake.activityOf(ANA, CHANNEL, { type: 'invoke', name: 'task/fetch' });
    expect((await fake.tell(other)).status).toBe(501);
    for (const type of ['conversationUpdate', 'messageReaction', 'typing', 'strange'])
      expect((await fake.tell(fake.activityOf(ANA, CHANNEL, { type }))).status).toBe(200);
    expect(fake.messages(CHANNEL)).toEqual([]);
  });
  test('R2: a house that fails decides nothing, and says so', async () => {
    await posted();
    it.house.cards.get = () => {
      throw new Error('store lost');
    };
    const answer = await it.fake.press(ANA, CHANNEL, { verb: 'refresh' });
    expect(answer.status).toBe(500);
    expect(answer.message).toContain('Nothing was decided.');
    expect(it.house.clicks).toEqual([]);
  });
  test('somebody deactivated a moment ago is nobody', async () => {
    await posted();
    const card = await it.fake.shownTo(ANA, CHANNEL, newest());
    it.house.connect({ kind: 'teams', tenant: TENANT, user: ANA }, personOf('ana'));
    it.house.disconnect({ kind: 'teams', tenant: TENANT, user: ANA });
    const answer = await it.fake.press(ANA, CHANNEL, { verb: 'approve', card });
    expect(textOf(answer)).toContain('Connect your Teams account first');
    expect(it.house.clicks).toEqual([]);
  });
});
