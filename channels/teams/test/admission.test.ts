import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { APP_ID, TENANT, type Activity, type Signing } from '../../../test/teams/wire.ts';
import { ANA, CHANNEL, makeSetting, type Setting } from '../../../test/teams/setting.ts';

let it: Setting;
beforeEach(async () => {
  it = await makeSetting();
});
afterEach(() => it.dispose());

/** Sends what would approve, if it were listened to, and says what was answered. */
async function press(change: (activity: Activity) => Activity, signing?: Signing): Promise<string> {
  const { fake, teams, house } = it;
  const card = [...house.cards.values()][0];
  if (!card) throw new TypeError('no card');
  await teams.channel.post(CHANNEL, card, 'key');
  const [message] = fake.messages(CHANNEL);
  if (!message) throw new TypeError('not posted');
  const own = await fake.shownTo(ANA, CHANNEL, message);
  const data = own.refresh?.action.data;
  const activity = fake.invoke(ANA, CHANNEL, { verb: 'approve', data });
  const { status, body = '' } = await fake.tell(change(activity), signing);
  const { error } = JSON.parse(body) as { readonly error?: string };
  return error === undefined ? String(status) : `${status} ${error}`;
}

const same = (activity: Activity): Activity => activity;
const seconds = (ms: number): number => 1_700_000_000 + ms;

describe('who is listened to', () => {
  test('A22: the connector of this bot, for this tenant', async () => {
    expect(await press(same)).toBe('200');
    expect(it.house.clicks).toHaveLength(1);
  });
  const claims: readonly (readonly [string, Signing, string])[] = [
    ['another issuer', { claims: { iss: 'https://sts.windows.net/x/' } }, '401 token'],
    ['no issuer', { claims: { iss: undefined } }, '401 token'],
    ['another bot', { claims: { aud: 'another-app' } }, '401 token'],
    ['several audiences, none of them us', { claims: { aud: ['a', 'b'] } }, '401 token'],
    ['expired', { claims: { exp: seconds(-301) } }, '401 token'],
    ['not valid yet', { claims: { nbf: seconds(301) } }, '401 token'],
    ['without an end', { claims: { exp: undefined } }, '401 token'],
    ['another key under a known name', { key: 'foreign' }, '401 token'],
    ['a key nobody published', { header: { kid: 'k9' } }, '401 token'],
    ['no signature', { key: 'none' }, '401 token'],
    ['the public key as a secret', { key: 'hs256' }, '401 token'],
    ['another service URL', { claims: { serviceurl: 'https://evil.example/' } }, '403 service-url'],
    ['no service URL', { claims: { serviceurl: undefined } }, '401 token'],
    ['a service URL that is no text', { claims: { serviceurl: 5 } }, '403 service-url'],
    ['no token', { authorization: '' }, '401 no-token'],
    ['another scheme', { authorization: 'Basic YTpi' }, '401 no-token'],
    ['a token that is none', { authorization: 'Bearer a.b.c' }, '401 token'],
    ['a token without end', { authorization: `Bearer ${'a'.repeat(20_000)}` }, '401 no-token'],
  ];
  test.each(claims)('A22: not a token with %s', async (_, signing, answer) => {
    expect(await press(same, signing)).toBe(answer);
    expect(it.house.clicks).toEqual([]);
  });
  test('a clock that is off by five minutes is forgiven, no more', async () => {
    expect(await press(same, { claims: { exp: seconds(-299), nbf: seconds(-4_000) } })).toBe('200');
  });
  const bodies: readonly (readonly [string, (activity: Activity) => Activity, string])[] = [
    ['another channel', (a) => ({ ...a, channelId: 'webchat' }), '403 channel'],
    ['another tenant', (a) => conversation(a, { tenantId: 'foreign' }), '403 tenant'],
    ['no tenant', (a) => conversation(a, { tenantId: undefined }), '403 tenant'],
    ['two tenants', (a) => ({ ...a, channelData: { tenant: { id: 'foreign' } } }), '403 tenant'],
    [
      'nobody behind it',
      (a) => ({ ...a, from: { ...(a['from'] as object), aadObjectId: undefined } }),
      '403 person',
    ],
    ['no id', (a) => ({ ...a, id: undefined }), '400 malformed'],
    ['no conversation', (a) => ({ ...a, conversation: 'x' }), '400 malformed'],
  ];
  test.each(bodies)('A22: not an activity with %s', async (_, change, answer) => {
    expect(await press(change)).toBe(answer);
    expect(it.house.clicks).toEqual([]);
  });
  test('ids of the tenant and of people are compared without regard to case', async () => {
    expect(await press(upper)).toBe('200');
    expect(it.house.clicks).toHaveLength(1);
  });
  test('A22: not a key that does not vouch for Teams', async () => {
    it.fake.state.endorsements = ['webchat'];
    const { fake } = it;
    const activity = fake.activityOf(ANA, CHANNEL, { type: 'message', text: 'help' });
    const { status, body } = await fake.tell(activity);
    expect([status, body]).toEqual([403, '{"error":"endorsement"}']);
  });
  test.each([
    'https://smba.trafficmanager.net/teams/',
    'https://evil.trafficmanager.net/teams/',
    'http://127.0.0.1.evil.example/',
    'https://user@127.0.0.1/',
  ])('A22: no token of the bot goes to %s, however well it is signed', async (serviceUrl) => {
    const { fake } = it;
    const activity = fake.activityOf(ANA, CHANNEL, { type: 'message', text: 'help', serviceUrl });
    const { status, body } = await fake.tell(activity, { claims: { serviceurl: serviceUrl } });
    expect([status, body]).toEqual([403, '{"error":"service-host"}']);
  });
  test('R2: while the keys cannot be had nobody is listened to, and afterwards again', async () => {
    const { fake } = it;
    fake.state.isKeyless = true;
    const activity = fake.activityOf(ANA, CHANNEL, { type: 'message', text: 'help' });
    expect((await fake.tell(activity)).status).toBe(503);
    fake.state.isKeyless = false;
    expect((await fake.tell(activity)).status).toBe(200);
  });
  test('keys are fetched once, whoever knocks with which', async () => {
    const { fake } = it;
    const knock = (header: object): Promise<unknown> =>
      fake.tell(fake.activityOf(ANA, CHANNEL, { type: 'event' }), { header: { ...header } });
    await knock({});
    for (let i = 0; i < 5; i++) await knock({ kid: `unknown-${i}` });
    expect(fake.counts.keys).toBeLessThanOrEqual(2);
  });
  test.each([
    '',
    '{',
    '[]',
    'null',
    '"x"',
    '\u0000',
    JSON.stringify({ type: 'invoke' }),
    `{"type":"invoke","pad":"${'x'.repeat(300_000)}"}`,
    '['.repeat(10_000),
  ])('a body that is no activity is refused (%#)', async (body) => {
    expect(await press(same, { body })).toBe('400 malformed');
  });
  test('only POST is listened to', async () => {
    const { status } = await it.teams.receive({ method: 'GET', headers: {}, body: Buffer.of() });
    expect(status).toBe(405);
  });
  test('the bot is the audience, by its app id', () => {
    expect(it.settings.appId).toBe(APP_ID);
  });
});

const conversation = (activity: Activity, more: object): Activity => ({
  ...activity,
  conversation: { ...(activity['conversation'] as object), ...more },
});

const upper = (activity: Activity): Activity => ({
  ...conversation(activity, { tenantId: TENANT.toUpperCase() }),
  from: { ...(activity['from'] as object), aadObjectId: ANA.toUpperCase() },
});
