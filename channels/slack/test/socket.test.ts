import { afterEach, describe, expect, test } from 'vitest';
import { createFakeSlack } from '../../../test/slack/fake.ts';
import { openHouse, type House } from './house.ts';

const open: House[] = [];
const house = async (...args: Parameters<typeof openHouse>): Promise<House> => {
  const made = await openHouse(...args);
  open.push(made);
  return made;
};
afterEach(async () => {
  await Promise.all(open.splice(0).map((it) => it.close()));
});

const waitFor = async (so: () => boolean): Promise<void> => {
  for (let i = 0; i < 400 && !so(); i++)
    await new Promise((resolve) => {
      setTimeout(resolve, 10);
    });
  expect(so()).toBe(true);
};

const connected = ({ fake }: House, times: number): Promise<void> =>
  waitFor(() => fake.socket.connections() >= times && fake.socket.isConnected());

describe('Socket Mode', () => {
  test('comes again when Slack asks it to, and when the line is cut', async () => {
    const it = await house('socket');
    const { fake, ask, stateOf, troubles } = it;
    fake.socket.refresh();
    await connected(it, 2);
    fake.socket.cut();
    await connected(it, 3);
    const { card, message } = await ask();
    await fake.press('U0DANA', message, 'approve');
    await fake.until(() => message.edits > 0);
    expect(await stateOf(card)).toBe('approved');
    expect(troubles.at(-1)).toBe(undefined);
  });
  test('says what is wrong while it cannot connect, and goes on trying', async () => {
    const it = await house('socket');
    const { fake, troubles } = it;
    fake.answerFor('apps.connections.open', () => ({ ok: false, error: 'invalid_auth' }));
    fake.socket.cut();
    await fake.until(() => troubles.length > 0);
    expect(troubles.at(-1)).toContain('app token');
    expect(JSON.stringify(troubles)).not.toContain(fake.world.appToken);
    fake.answerFor('apps.connections.open', undefined);
    await connected(it, 2);
    await fake.until(() => true);
    await fake.press('U0DANA', (await it.ask()).message, 'approve');
    expect(troubles.at(-1)).toBe(undefined);
  });
  test('a gateway starts though Slack cannot be reached or takes no token', async () => {
    const it = await house('socket', {
      settings: { botToken: 'xoxb-wrong', appToken: 'xapp-wrong' },
    });
    expect(it.troubles).toEqual(['Slack does not take the bot token']);
    const nobody = await createFakeSlack();
    await nobody.close();
    const away = await house('socket', { settings: { api: nobody.api } });
    expect(away.troubles).toEqual(['Slack cannot be reached']);
  });
  test('a token of another workspace is not worked with', async () => {
    const it = await house('socket', { settings: { team: 'T0OTHER' } });
    expect(it.troubles.at(-1)).toContain('another workspace');
    await expect(it.ask()).rejects.toThrow('another workspace');
  });
  test('R2: frames that make no sense end nothing', async () => {
    const it = await house('socket');
    const { fake, ask, stateOf } = it;
    const { card, message } = await ask();
    for (const frame of [
      '',
      'null',
      '[]',
      '{',
      '{"type":"events_api"}',
      '{"type":"events_api","payload":{"event":null},"envelope_id":"1"}',
      '{"type":"events_api","payload":{"event":{"type":"error"}},"envelope_id":"2"}',
      '{"type":"error"}',
      '{"type":"close"}',
      '{"type":"disconnected"}',
      '{"type":"interactive"}',
      '{"type":"interactive","envelope_id":7,"payload":[]}',
      '{"type":"slash_commands","envelope_id":"3","payload":null}',
    ])
      fake.socket.raw(frame);
    await fake.press('U0DANA', message, 'approve');
    await fake.until(() => message.edits > 0);
    expect(await stateOf(card)).toBe('approved');
    expect(fake.socket.connections()).toBe(1);
  });
  test('closing waits for what is under way', async () => {
    const { fake, ask, slack, stateOf } = await house('socket');
    const { card, message } = await ask();
    await fake.press('U0DANA', message, 'approve');
    await slack.close();
    expect(await stateOf(card)).toBe('approved');
    await waitFor(() => !fake.socket.isConnected());
  });
});

test('an organisation: members of any of its workspaces, by the id of the organisation', async () => {
  const it = await house('socket', { enterprise: 'E0COUNTER', settings: { team: 'E0COUNTER' } });
  const { fake, ask, desk, stateOf } = it;
  const enterprise_user = { enterprise_id: 'E0COUNTER', teams: ['T0SECOND'] };
  fake.addUser('U0DANA', { team_id: 'T0SECOND', enterprise_user });
  fake.addUser('U0BEN', { team_id: 'T0SECOND' });
  const { card, message } = await ask();
  await fake.press('U0BEN', message, 'approve');
  await fake.until(() => fake.heard('U0BEN').length > 0);
  expect(fake.heard('U0BEN')[0]).toContain('members of this workspace');
  await fake.press('U0DANA', message, 'approve');
  await fake.until(() => message.edits > 0);
  expect(await stateOf(card)).toBe('approved');
  expect(desk.clicks[0]?.account.tenant).toBe('E0COUNTER');
});
