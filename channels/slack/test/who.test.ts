import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Card } from '@countersign/core';
import type { FakeMessage } from '../../../test/slack/world.ts';
import { buttonsOf } from '../../../test/slack/look.ts';
import { CHANNEL, openHouse, type House } from './house.ts';

let house: House;
let asked: { card: Card; message: FakeMessage };
beforeAll(async () => {
  house = await openHouse('socket');
  asked = await house.ask();
});
afterAll(() => house.close());

/** Presses, and gives what they were told; the request must be as it was. */
async function refusedTo(
  user: string,
  change: (payload: object) => object = (it) => it,
): Promise<string> {
  const { fake, stateOf } = house;
  const before = fake.heard(user).length;
  const payload = change(fake.pressOf(user, asked.message, 'approve'));
  await fake.deliver(payload as never);
  await fake.until(() => fake.heard(user).length > before);
  expect(await stateOf(asked.card)).toBe('pending');
  return fake.heard(user).at(-1) ?? '';
}

/** Presses, and waits until what came of it is over: nobody is told anything. */
async function ignored(change: (payload: object) => object): Promise<void> {
  const { fake, stateOf } = house;
  const before = fake.world.whispers.length;
  await fake.deliver(change(fake.pressOf('U0DANA', asked.message, 'approve')) as never);
  await fake.openHome('U0DANA');
  expect(fake.world.whispers.length).toBe(before);
  expect(await stateOf(asked.card)).toBe('pending');
}

describe('who clicks', () => {
  test.each([
    ['deleted', { deleted: true }, 'deactivated'],
    ['a bot', { is_bot: true }, 'Bots'],
    ['a guest', { is_restricted: true }, 'Guests'],
    ['a guest of one channel', { is_ultra_restricted: true }, 'Guests'],
    ['a stranger', { is_stranger: true }, 'members of this workspace'],
    ['of another workspace', { team_id: 'T0OTHER' }, 'members of this workspace'],
    ['of nobody knows which', { is_restricted: undefined as never }, 'Guests'],
  ])('A12: whoever is %s now decides nothing, linked or not', async (_, more, told) => {
    const { fake, desk } = house;
    fake.addUser('U0ODD', more);
    fake.addChannel(CHANNEL, ...fake.world.users.keys());
    desk.links.set('U0ODD', 'dana');
    expect(await refusedTo('U0ODD')).toContain(told);
  });
  test('a user team of elsewhere is not believed, whatever Slack says of the account', async () => {
    expect(
      await refusedTo('U0DANA', (it) => ({ ...it, user: { id: 'U0DANA', team_id: 'T0OTHER' } })),
    ).toContain('members of this workspace');
  });
  test('R2: when Slack does not say who it is, nothing is decided', async () => {
    const { fake } = house;
    for (const answer of [
      { ok: false, error: 'internal_error' },
      { ok: true },
      { ok: true, user: { ...fake.world.users.get('U0BEN') } },
    ]) {
      fake.answerFor('users.info', () => answer);
      expect(await refusedTo('U0DANA')).toMatch(/Try again|answered for another|deactivated/);
    }
    fake.answerFor('users.info', undefined);
  });
  test('an account nobody connected is shown the way, with no secret in it', async () => {
    const told = await refusedTo('U0NEW');
    expect(told).toContain('Connect your account');
    const [button] = buttonsOf(house.fake.world.whispers.at(-1)?.blocks ?? []);
    expect(button?.['url']).toBe('https://gateway.example/me');
  });
  test('R5 T8: the owner of the agent, and whoever left, are told no by the house', async () => {
    expect(await refusedTo('U0MONA')).toContain('excluded');
    expect(await refusedTo('U0GONE')).toContain('Connect your account');
  });
  test('another app, another workspace, another organisation: not even an answer', async () => {
    await ignored((it) => ({ ...it, api_app_id: 'A0OTHER' }));
    await ignored((it) => ({ ...it, api_app_id: undefined }));
    await ignored((it) => ({ ...it, team: { id: 'T0OTHER' } }));
    await ignored((it) => ({ ...it, team: null, enterprise: { id: 'E0OTHER' } }));
  });
});
