import { instant } from '@countersign/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { signedRequest } from '../../../test/slack/payloads.ts';
import { openHouse, type House } from './house.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse('http');
});
afterAll(() => house.close());

type Request = { headers: Record<string, string>; body: string };
const now = (): number => Math.floor(house.office.clock() / 1_000);
const send = async ({ headers, body }: Request, method = 'POST'): Promise<number> => {
  const sent = method === 'POST' ? { method, headers, body } : { method, headers };
  const response = await fetch(house.url, sent);
  await response.body?.cancel();
  return response.status;
};

/** A press that would approve, if it were let in. */
const press = async (at?: number) => {
  const { card, message } = await house.ask();
  const payload = house.fake.pressOf('U0DANA', message, 'approve');
  return { card, message, request: signedRequest(house.fake.world, payload, at) };
};
const changed = (request: Request, headers: Record<string, string>): Request => ({
  ...request,
  headers: { ...request.headers, ...headers },
});

describe('the door', () => {
  test('A22: what is not signed by Slack, just now, over these bytes, is not let in', async () => {
    const { card, request } = await press();
    const signature = String(request.headers['x-slack-signature']);
    const others = [
      changed(request, { 'x-slack-signature': `v0=${'0'.repeat(64)}` }),
      changed(request, { 'x-slack-signature': signature.toUpperCase() }),
      changed(request, { 'x-slack-signature': signature.slice(3) }),
      changed(request, { 'x-slack-signature': `v1=${signature.slice(3)}` }),
      changed(request, { 'x-slack-signature': `${signature}00` }),
      changed(request, { 'x-slack-signature': '' }),
      changed(request, { 'x-slack-request-timestamp': String(now() - 1) }),
      changed(request, { 'x-slack-request-timestamp': '' }),
      changed(request, { 'x-slack-request-timestamp': `+${now()}` }),
      changed(request, { 'x-slack-request-timestamp': `${now()}.0` }),
      changed(request, { 'x-slack-request-timestamp': '0x6749' }),
      { ...request, body: `${request.body}&x=1` },
      { ...request, body: request.body.replace('U0DANA', 'U0MONA') },
      { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: request.body },
    ];
    for (const other of others) expect(await send(other)).toBe(401);
    expect(await send(request, 'GET')).toBe(401);
    expect(await send(request, 'PUT')).toBe(401);
    expect(await house.stateOf(card)).toBe('pending');
  });
  test.each([-360, -301, 301, 3_600])('one that is %d s off is not let in', async (off) => {
    const { card, request } = await press(now() + off);
    expect(await send(request)).toBe(401);
    expect(await house.stateOf(card)).toBe('pending');
  });
  test('A3: the same request again has no effect', async () => {
    const { card, message, request } = await press(now() - 200);
    expect(await send(request)).toBe(200);
    await house.fake.until(() => message.edits > 0);
    const { calls } = house.fake;
    const before = calls.length;
    expect(await send(request)).toBe(200);
    expect(await send(request)).toBe(200);
    await house.fake.command('U0NEW', 'help');
    expect(calls.length).toBe(before);
    expect(await house.stateOf(card)).toBe('approved');
  });
  test('A3: one that was signed ahead of time is remembered for as long as it is good', async () => {
    const { office, fake } = house;
    const began = Math.ceil(office.clock() / 1_000) * 1_000;
    office.clock.set(instant(began));
    const { message, request } = await press(began / 1_000 + 300);
    office.clock.set(instant(began));
    expect(await send(request)).toBe(200);
    await fake.until(() => message.edits > 0);
    const before = fake.calls.length;
    office.clock.set(instant(began + 600_999));
    const again = await send(request);
    office.clock.set(instant(began + 601_000));
    const late = await send(request);
    office.clock.set(instant(began));
    expect([again, late]).toEqual([200, 401]);
    await fake.command('U0NEW', 'help');
    expect(fake.calls.length).toBe(before);
  });
  test('another secret signs nothing', async () => {
    const { message } = await house.ask();
    const payload = house.fake.pressOf('U0DANA', message, 'approve');
    const world = { ...house.fake.world, signingSecret: 'another' };
    expect(await send(signedRequest(world, payload))).toBe(401);
  });
  test('Slack may check the address, and nothing else comes of it', async () => {
    const { world } = house.fake;
    const check = signedRequest(world, { type: 'url_verification', challenge: 'abc', token: 't' });
    const response = await fetch(house.url, { method: 'POST', ...check });
    expect([response.status, await response.text()]).toEqual([200, 'abc']);
    expect(await send(signedRequest(world, { ssl_check: '1', token: 't' }))).toBe(200);
    expect(await send({ headers: {}, body: JSON.stringify({ type: 'url_verification' }) })).toBe(
      401,
    );
  });
  test('what is signed and has no sense is taken, and does nothing', async () => {
    const { world, calls } = house.fake;
    const before = calls.length;
    const common = { api_app_id: world.appId, team: { id: world.team }, user: { id: 'U0DANA' } };
    for (const payload of [
      { type: 'block_actions', ...common },
      { type: 'block_actions', ...common, actions: 'approve' },
      {
        type: 'block_actions',
        ...common,
        actions: [{ action_id: 'approve' }, { action_id: 'deny' }],
      },
      {
        type: 'block_actions',
        ...common,
        actions: [{ action_id: 'approve' }],
        container: { channel_id: '../x' },
      },
      { type: 'view_submission', ...common, view: [] },
      { type: 'view_submission', ...common, view: { callback_id: 'other' } },
      { type: 'shortcut', ...common },
      { type: ['block_actions'] },
      { type: 'event_callback', event: null },
    ])
      expect(await send(signedRequest(world, payload))).toBe(200);
    expect(calls.length).toBe(before);
  });
});
