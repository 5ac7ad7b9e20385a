import { sampleCard, settledCard } from '@countersign/core/testing';
import { afterEach, describe, expect, test } from 'vitest';
import { createInTurn } from '../src/in-turn.ts';
import { troubleOf } from '../src/trouble.ts';
import { CHANNEL, openHouse, type House } from './house.ts';

const open: House[] = [];
const house = async (more: Parameters<typeof openHouse>[1] = {}): Promise<House> => {
  const made = await openHouse('http', more);
  open.push(made);
  return made;
};
afterEach(async () => {
  await Promise.all(open.splice(0).map((it) => it.close()));
});

describe('what Slack answers, and what it means', () => {
  test.each([
    ['message_not_found', 'gone'],
    ['channel_not_found', 'gone'],
    ['is_archived', 'gone'],
    ['invalid_blocks', 'refused'],
    ['msg_blocks_too_long', 'refused'],
    ['not_in_channel', 'refused'],
    ['invalid_auth', 'refused'],
    ['account_inactive', 'refused'],
    ['missing_scope', 'refused'],
    ['a_word_of_tomorrow', 'refused'],
    ['ratelimited', 'again'],
    ['internal_error', 'unsure'],
    ['<html>sign in to the network</html>', 'unsure'],
  ])('%s: %s', async (error, did) => {
    const { fake, slack } = await house();
    fake.answerFor('chat.postMessage', () => ({ ok: false, error }));
    const delivered = await slack.channel.post(CHANNEL, sampleCard(), 'k');
    expect(delivered.did).toBe(did);
    expect(JSON.stringify(delivered)).not.toContain('html');
  });
  test('a 429 says when to come again', async () => {
    const { fake, slack } = await house();
    await fake.fail('limited');
    expect(await slack.channel.post(CHANNEL, sampleCard(), 'k')).toMatchObject({
      did: 'again',
      afterMs: 2_000,
    });
  });
  test('an error that is none of theirs holds nothing of what was sent', () => {
    expect(troubleOf(new Error('canary'))).toEqual({
      did: 'unsure',
      because: 'Slack did not answer as it should',
    });
    for (const strange of [undefined, null, 7, 'x', {}])
      expect(troubleOf(strange).did).toBe('unsure');
  });
});

describe('posting', () => {
  test('keeps messages of one channel apart, and says when it would take too long', async () => {
    const { fake, slack } = await house({ settings: { spacingMs: 60_000 } });
    fake.addChannel('C0OTHER');
    expect((await slack.channel.post(CHANNEL, sampleCard(), '1')).did).toBe('done');
    expect((await slack.channel.post('C0OTHER', sampleCard(), '2')).did).toBe('done');
    const third = await slack.channel.post(CHANNEL, sampleCard(), '3');
    expect(third.did === 'again' && (third.afterMs ?? 0) > 10_000).toBe(true);
    expect(fake.messages(CHANNEL)).toHaveLength(1);
  });
  test('more than Slack takes of a channel comes later', async () => {
    const { fake, slack } = await house();
    fake.perSecond = 0.01;
    expect((await slack.channel.post(CHANNEL, sampleCard(), '1')).did).toBe('done');
    expect((await slack.channel.post(CHANNEL, sampleCard(), '2')).did).toBe('again');
  });
  test('A6: a message of another app with our key is not ours', async () => {
    const { fake, slack } = await house();
    const forged = { event_type: 'countersign_card', event_payload: { key: 'k' } };
    await slack.channel.post(CHANNEL, sampleCard(), 'other');
    const [ours] = fake.world.messages;
    if (!ours) throw new Error('nothing was posted');
    fake.world.messages.push({
      ...ours,
      ts: '1700000000.900000',
      bot_id: 'B0EVIL',
      metadata: forged,
    });
    expect((await slack.channel.find?.(CHANNEL, 'k'))?.did).toBe('gone');
    expect((await slack.channel.find?.(CHANNEL, 'other'))?.did).toBe('done');
  });
  test('a key is found behind many messages', async () => {
    const { fake, slack } = await house();
    const first = await slack.channel.post(CHANNEL, sampleCard(), 'first');
    const [one] = fake.world.messages;
    if (!one) throw new Error('nothing was posted');
    for (let i = 0; i < 250; i++)
      fake.world.messages.push({
        ...one,
        ts: `1700000001.${String(i).padStart(6, '0')}`,
        metadata: {},
      });
    const found = await slack.channel.find?.(CHANNEL, 'first');
    expect(found).toMatchObject({ did: 'done', copy: first.did === 'done' ? first.copy : '' });
  });
  test('an older state never overtakes a newer one', async () => {
    const { fake, slack, ask } = await house();
    const { copy } = await ask();
    const slow = Promise.withResolvers<undefined>();
    const order: string[] = [];
    const inTurn = createInTurn();
    const first = inTurn('a', async () => {
      await slow.promise;
      order.push('first');
    });
    const failing = inTurn('a', async () => {
      order.push('second');
      throw new Error('no');
    });
    const third = inTurn('a', async () => void order.push('third'));
    slow.resolve(undefined);
    await expect(failing).rejects.toThrow('no');
    await Promise.all([first, third]);
    expect(order).toEqual(['first', 'second', 'third']);
    await Promise.all([
      slack.channel.update?.(copy, sampleCard()),
      slack.channel.update?.(copy, settledCard('denied')),
    ]);
    expect(fake.look(CHANNEL)[0]?.answers).toEqual([]);
  });
});
