import { sampleCard, sampleNotice } from '@countersign/core/testing';
import { createTeams } from '@countersign/channel-teams';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SECRET } from '../../../test/teams/wire.ts';
import {
  ANA,
  BEN,
  CHANNEL,
  makeSetting,
  NOBODY,
  type Setting,
} from '../../../test/teams/setting.ts';

let it: Setting;
beforeEach(async () => {
  it = await makeSetting(500);
});
afterEach(() => it.dispose());

const post = (place = CHANNEL) => it.teams.channel.post(place, sampleCard(), 'key');
const other = (more: object) =>
  createTeams(
    { ...it.settings, ...more },
    { desk: it.house.desk, clock: it.clock, tell: (because) => void it.troubles.push(because) },
  );

describe('the bot and its token', () => {
  test('one token serves everybody, and is renewed before it ends', async () => {
    await Promise.all([post(), post(), post('person:ana')]);
    expect(it.fake.counts.tokens).toBe(1);
    it.clock.advance(3_200_000);
    expect((await post()).did).toBe('done');
    expect(it.fake.counts.tokens).toBe(1);
    it.clock.advance(200_000);
    expect((await post()).did).toBe('done');
    expect(it.fake.counts.tokens).toBe(2);
  });
  test('one that is not taken any more is renewed once', async () => {
    await post();
    it.fake.spurn();
    expect((await post()).did).toBe('done');
    await it.fake.fail('barred');
    expect(await post()).toMatchObject({ did: 'refused' });
    expect(it.troubles.at(-1)).toMatch(/secret may have expired/);
    await it.fake.fail(undefined);
    expect((await post()).did).toBe('done');
    expect(it.troubles.at(-1)).toBeUndefined();
  });
  test('a secret that is none holds cards up, drops none, and is not told', async () => {
    const delivered = await other({ secret: 'wrong-canary' }).channel.post(
      CHANNEL,
      sampleCard(),
      'k',
    );
    expect(delivered).toMatchObject({
      did: 'again',
      because: expect.stringMatching(/secret may have expired/),
    });
    expect(JSON.stringify([delivered, it.troubles])).not.toMatch(/canary/);
  });
  test('a token endpoint that is away loses nothing', async () => {
    const away = other({ tokenUrl: 'http://127.0.0.1:1/token' });
    expect(await away.channel.post(CHANNEL, sampleCard(), 'k')).toMatchObject({ did: 'again' });
  });
  test('A22: the token goes to listed hosts only, wherever a copy says it lies', async () => {
    const delivered = await post();
    if (delivered.did !== 'done') throw new TypeError('not posted');
    const elsewhere = delivered.copy.replace('127.0.0.1', 'evil.trafficmanager.net');
    expect(elsewhere).not.toBe(delivered.copy);
    expect(await it.teams.channel.update?.(elsewhere, sampleCard())).toMatchObject({
      did: 'refused',
    });
    const moved = other({ serviceHosts: ['smba.trafficmanager.net'] });
    expect(await moved.channel.post(CHANNEL, sampleCard(), 'k')).toMatchObject({ did: 'refused' });
    expect(await moved.channel.update?.(delivered.copy, sampleCard())).toMatchObject({
      did: 'refused',
    });
    expect(it.fake.messages(CHANNEL)).toHaveLength(1);
  });
  test('a copy of another tenant is none of ours', async () => {
    const delivered = await post();
    if (delivered.did !== 'done') throw new TypeError('not posted');
    const foreign = other({ tenant: '99999999-2222-4333-8444-555555555555' });
    expect(await foreign.channel.update?.(delivered.copy, sampleCard())).toMatchObject({
      did: 'refused',
    });
  });
  test('what Teams says about when is handed on', async () => {
    await it.fake.fail('limited');
    expect(await post()).toEqual({
      did: 'again',
      because: 'Teams asks to be slower',
      afterMs: 2_000,
    });
  });
  test('where it does not know whether it did, it says so', async () => {
    for (const fault of ['lost', 'silent', 'broken'] as const) {
      await it.fake.fail(fault);
      expect([fault, (await post()).did]).toEqual([fault, 'unsure']);
    }
  });
  test('once it is closed nothing is sent any more', async () => {
    await it.teams.close();
    expect((await post()).did).not.toBe('done');
    expect(it.fake.messages(CHANNEL)).toEqual([]);
  });
});

describe('places', () => {
  test('a conversation with a person is begun once', async () => {
    await post('person:ana');
    await post('person:ana');
    expect(it.fake.messages(it.fake.personal(ANA))).toHaveLength(2);
    expect(it.fake.refusals).toEqual([]);
  });
  test('somebody for whom the app is not installed is refused, and why', async () => {
    it.fake.addPerson({ user: BEN, name: 'ben', isReachable: false });
    expect(await post('person:ben')).toMatchObject({
      did: 'refused',
      because: expect.stringMatching(/not installed/),
    });
  });
  test('in a channel what is told goes into the thread, in a chat as a reply', async () => {
    const chat = '19:chat@thread.v2';
    it.fake.addConversation(chat, 'groupChat', [ANA, BEN]);
    for (const place of [CHANNEL, chat]) {
      const delivered = await post(place);
      if (delivered.did !== 'done') throw new TypeError('not posted');
      const told = await it.teams.channel.tell?.(delivered.copy, sampleCard(), sampleNotice(), 'k');
      expect(told?.did).toBe('done');
      const [top, below] = it.fake.messages(place);
      expect(below?.replyTo).toBe(top?.id);
    }
  });
  test('strange places are no way to other addresses', async () => {
    for (const place of [
      '',
      '..',
      '../../../token',
      'x/activities/1',
      '?a=b',
      'x'.repeat(301),
      '#',
    ])
      expect([place, (await post(place)).did]).toEqual([
        place,
        expect.stringMatching(/^(?:gone|refused)$/),
      ]);
  });
});

describe('who is asked to look', () => {
  test('at most sixty: those who may answer', async () => {
    const many = Array.from(
      { length: 80 },
      (_, i) => `bbbbbbbb-0000-4000-8000-0000000000${i + 10}`,
    );
    for (const [i, user] of many.entries()) {
      it.fake.addPerson({ user, name: `p${i}` });
      it.house.connect(
        { kind: 'teams', tenant: it.settings.tenant, user },
        { id: `p${i}`, name: `p${i}`, human: `p${i}`, groups: [], active: true, reach: 'chat' },
      );
    }
    it.fake.addConversation('19:large@thread.tacv2', 'channel', [NOBODY, ...many, ANA]);
    await post('19:large@thread.tacv2');
    const [message] = it.fake.messages('19:large@thread.tacv2');
    expect(message?.card.refresh?.userIds).toHaveLength(60);
    expect(message?.card.refresh?.userIds).not.toContain(`29:${NOBODY}`);
    expect(it.fake.refusals).toEqual([]);
  });
  test('where Teams does not say who is there, it is left to Teams, and asked again after a while', async () => {
    it.fake.state.rosterDown = true;
    expect((await post()).did).toBe('done');
    expect(it.fake.messages(CHANNEL)[0]?.card.refresh).toEqual({ action: expect.anything() });
    it.fake.state.rosterDown = false;
    await post();
    it.clock.advance(61_000);
    await post();
    expect(it.fake.messages(CHANNEL).map(({ card }) => card.refresh?.userIds)).toEqual([
      undefined,
      undefined,
      [`29:${ANA}`, `29:${BEN}`],
    ]);
  });
});

test('the secret is in nothing that is posted or told', async () => {
  await post();
  expect(JSON.stringify([it.fake.messages(CHANNEL), it.troubles])).not.toContain(SECRET);
});
