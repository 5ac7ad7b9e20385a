import { HOSTILE, hostileCard, sampleCard } from '@countersign/core/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readCard, type Read } from '../../../test/teams/read-card.ts';
import { ANA, CHANNEL, makeSetting, NOBODY, type Setting } from '../../../test/teams/setting.ts';

let it: Setting;
beforeEach(async () => {
  it = await makeSetting();
});
afterEach(() => it.dispose());

async function said(as: string, text: string, at: string = it.fake.personal(as)): Promise<Read> {
  expect((await it.fake.say(as, at, text)).status).toBe(200);
  const message = it.fake.messages(at).at(-1);
  if (!message) throw new TypeError('no answer');
  return readCard(message.card);
}

test('inbox: what waits for whoever asks, in a chat of their own', async () => {
  const { text, links } = await said(ANA, 'Inbox');
  expect(text).toContain('Export customers from crm');
  expect(links).toEqual([sampleCard().link, 'https://gateway.example/inbox']);
  it.house.cards.clear();
  expect((await said(ANA, 'inbox')).text).toContain('Nothing waits for you.');
});

test('inbox: nobody else in a channel is shown what waits for one of them', async () => {
  const { text, links } = await said(ANA, '<at>Countersign</at> inbox', CHANNEL);
  expect(text).not.toContain('Export');
  expect(links).toEqual(['https://gateway.example/inbox']);
});

test('whoever has connected nothing is shown the way, and nothing else', async () => {
  for (const word of ['inbox', 'connect']) {
    const { text, links } = await said(NOBODY, word);
    expect(text).not.toContain('Export');
    expect(links).toEqual(['https://gateway.example/me']);
  }
  expect((await said(ANA, 'connect')).text).toContain('you are ana');
});

test('anything else is answered with what there is to say, and what the place is called', async () => {
  for (const text of ['', 'help', 'approve', 'yes', '<at>Countersign</at>&nbsp;help', '\u202e*'])
    expect((await said(ANA, text, CHANNEL)).text).toContain(`This place: ${CHANNEL}`);
  expect(it.house.clicks).toEqual([]);
});

test('what is said in a thread is answered there', async () => {
  await it.teams.channel.post(CHANNEL, sampleCard(), 'key');
  const [top] = it.fake.messages(CHANNEL);
  await it.fake.say(ANA, `${CHANNEL};messageid=${top?.id}`, 'help');
  const answer = it.fake.messages(CHANNEL).at(-1);
  expect(answer?.replyTo).toBe(top?.id);
  expect(answer && readCard(answer.card).text).toContain(`This place: ${CHANNEL}\n`);
});

test('R7: no message decides anything', async () => {
  await it.teams.channel.post(CHANNEL, sampleCard(), 'key');
  for (const text of ['approve', 'yes', 'approve apr_01hkz0w1e00123456789abcdefghjkmnpqrs'])
    await said(ANA, text, CHANNEL);
  expect(it.house.clicks).toEqual([]);
});

test('a place says its name when the app is installed there; twice the same is once', async () => {
  const added = it.fake.activityOf(ANA, CHANNEL, { type: 'installationUpdate', action: 'add' });
  await it.fake.tell(added);
  await it.fake.tell(added);
  expect(it.fake.messages(CHANNEL).map(({ card }) => readCard(card).text)).toEqual([
    expect.stringContaining(`This place: ${CHANNEL}`),
  ]);
});

test('R8 T11: hostile text in an inbox is inert', async () => {
  for (const text of HOSTILE) {
    const card = hostileCard(text);
    it.house.cards.set(card.view.approvalId, card);
    const { active, links } = await said(ANA, 'inbox');
    expect([text, active, links]).toEqual([text, [], [card.link, 'https://gateway.example/inbox']]);
  }
});

test('an answer that cannot be given breaks nothing', async () => {
  await it.fake.fail('broken');
  expect((await it.fake.say(ANA, CHANNEL, 'help')).status).toBe(200);
  await it.fake.fail('down');
  expect((await it.fake.say(ANA, CHANNEL, 'help')).status).toBe(200);
  await it.fake.fail(undefined);
});
