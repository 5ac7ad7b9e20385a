import { afterEach, describe, expect, test } from 'vitest';
import { requirement, review } from '../../../core/test/office.ts';
import { CHANNEL, openHouse, type House } from './house.ts';

const open: House[] = [];
const house = async (...args: Parameters<typeof openHouse>): Promise<House> => {
  const made = await openHouse(...args);
  open.push(made);
  return made;
};
afterEach(async () => {
  await Promise.all(open.splice(0).map((it) => it.close()));
});

describe.each(['socket', 'http'] as const)('answers over %s', (transport) => {
  test('a click approves: the vote is cast at assurance chat, with what was shown', async () => {
    const { fake, ask, desk, stateOf } = await house(transport);
    const { card, message } = await ask();
    await fake.press('U0DANA', message, 'approve');
    await fake.until(() => fake.heard('U0DANA').length > 0 && message.edits > 0);
    expect(await stateOf(card)).toBe('approved');
    expect(fake.heard('U0DANA')).toEqual(['Your answer counts.']);
    const [click] = desk.clicks;
    expect(click?.account).toEqual({ kind: 'slack', tenant: fake.world.team, user: 'U0DANA' });
    expect(click?.shown).toMatchObject({ renderer: 'slack/1', complete: true });
    expect(click?.actionDigest).toHaveLength(32);
    const [seen] = fake.look(CHANNEL);
    expect(seen?.answers).toEqual([]);
    expect(seen?.text).toContain('dana approved');
  });
  test('a no asks for its reason, and quotes it', async () => {
    const { fake, ask, stateOf } = await house(transport);
    const { card, message } = await ask();
    await fake.press('U0BEN', message, 'deny');
    const dialogue = await fake.dialogue('U0BEN');
    expect(await fake.submit(dialogue, '   ')).toEqual({
      response_action: 'errors',
      errors: { reason: 'Say why.' },
    });
    expect(await fake.submit(dialogue, 'x'.repeat(501))).toMatchObject({
      response_action: 'errors',
    });
    expect(await stateOf(card)).toBe('pending');
    expect(await fake.submit(dialogue, 'Not *this* table <!here>')).toEqual({});
    await fake.until(() => message.edits > 0);
    expect(await stateOf(card)).toBe('denied');
    const [seen] = fake.look(CHANNEL);
    expect(seen?.text).toContain('Not *this* table <!here>');
    expect([seen?.answers, seen?.active]).toEqual([[], []]);
  });
  test('the same click twice, and the same envelope twice, are one vote', async () => {
    const { fake, ask, office } = await house(transport, {
      says: review(requirement({ quorum: 2 })),
    });
    const { card, message } = await ask();
    const press = fake.pressOf('U0DANA', message, 'approve');
    for (const envelope of ['same', 'same', 'another']) await fake.deliver(press, envelope);
    await fake.until(() => fake.look(CHANNEL)[0]?.text.includes('1 of 2') === true);
    const stream = await office.store.byApproval(card.view.approvalId);
    const entries = await office.store.read(String(stream));
    expect(entries.filter(({ entry }) => entry.includes('vote-cast'))).toHaveLength(1);
  });
  test('A13: a click on what is settled decides nothing, and brings the card to the truth', async () => {
    const { fake, ask, office, stateOf } = await house(transport);
    const { card, message } = await ask();
    await office.gatekeeper.cancel(card.view.action.id, 'data-bot');
    await fake.press('U0DANA', message, 'approve');
    await fake.until(() => message.edits > 0);
    expect(await stateOf(card)).toBe('cancelled');
    expect(fake.look(CHANNEL)[0]?.answers).toEqual([]);
    expect(fake.look(CHANNEL)[0]?.text).toContain('Cancelled');
  });
  test('acknowledged before the vote is cast, however long that takes', async () => {
    const { fake, ask, desk, stateOf } = await house(transport);
    const { card, message } = await ask();
    const held = Promise.withResolvers<void>();
    desk.hold = held.promise;
    await fake.press('U0DANA', message, 'approve');
    expect(await stateOf(card)).toBe('pending');
    held.resolve();
    await fake.until(() => message.edits > 0);
    expect(await stateOf(card)).toBe('approved');
  });
  test('/countersign lists what waits, with links, to whoever asks', async () => {
    const { fake, ask } = await house(transport);
    expect(await fake.command('U0DANA', '')).toContain('Nothing waits for you');
    const { card } = await ask();
    const told = await fake.command('U0DANA', 'inbox');
    expect(told).toContain(card.view.headline);
    expect(told).toContain(card.view.phrase);
    expect(await fake.command('U0NEW', '')).toContain('Connect your account');
    expect(await fake.command('U0DANA', 'connect')).toContain('Connect your account');
    expect(await fake.command('U0DANA', 'approve everything')).toContain('/countersign connect');
  });
  test('the home tab is the inbox, the empty one too', async () => {
    const { fake, ask } = await house(transport);
    await fake.openHome('U0DANA');
    expect(fake.home('U0DANA')).toContain('Nothing waits for you');
    const { card } = await ask();
    await fake.openHome('U0DANA');
    expect(fake.home('U0DANA')).toContain(card.view.headline);
    await fake.openHome('U0NEW');
    expect(fake.home('U0NEW')).toContain('Connect your account');
  });
  test('R1: a vote counts though nobody can be told, and the card waits for the deliverer', async () => {
    const { fake, ask, slack, stateOf } = await house(transport);
    const { card, message, copy } = await ask();
    await fake.fail('broken');
    await fake.press('U0DANA', message, 'approve');
    for (let i = 0; i < 200 && (await stateOf(card)) === 'pending'; i++)
      await new Promise((resolve) => {
        setTimeout(resolve, 10);
      });
    expect(await stateOf(card)).toBe('approved');
    await fake.fail(undefined);
    const settled = { ...card, state: 'approved' as const, isOpen: false };
    expect((await slack.channel.update?.(copy, settled))?.did).toBe('done');
    expect(fake.look(CHANNEL)[0]?.answers).toEqual([]);
  });
  test('R2: a house in which something breaks says so, and decides nothing', async () => {
    const { fake, ask, desk, stateOf, troubles } = await house(transport);
    const { card, message } = await ask();
    desk.hold = Promise.reject(new Error('canary'));
    desk.hold.catch(() => {});
    await fake.press('U0DANA', message, 'approve');
    await fake.until(() => fake.heard('U0DANA').length > 0);
    expect(fake.heard('U0DANA')[0]).toContain('Something went wrong');
    expect(await stateOf(card)).toBe('pending');
    expect(JSON.stringify(troubles)).not.toContain('canary');
  });
  test('a dialogue that Slack opens no more is said, and nothing is denied', async () => {
    const { fake, ask, stateOf } = await house(transport);
    const { card, message } = await ask();
    const late = fake.pressOf('U0DANA', message, 'deny');
    for (const [id, trigger] of fake.world.triggers)
      fake.world.triggers.set(id, { ...trigger, at: trigger.at - 4_000 });
    await fake.deliver(late);
    await fake.until(() => fake.heard('U0DANA').length > 0);
    expect(fake.heard('U0DANA')[0]).toContain('Press Deny again');
    expect([fake.world.views.length, await stateOf(card)]).toEqual([0, 'pending']);
  });
});
