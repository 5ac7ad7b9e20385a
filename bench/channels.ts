import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lintBlocks, renderCard } from '@countersign/channel-slack';
import { createWebhook } from '@countersign/channel-webhook';
import { createAttention, instant, type Channel } from '@countersign/core';
import { sampleCard } from '@countersign/core/testing';
import { createSqliteStore } from '@countersign/store-sqlite';
import { must, openOffice, review, who, type Office } from '../core/test/office.ts';
import { CLIENT, startFakeProvider } from '../identity/test/fake-provider.ts';
import { createDeliverer } from '../server/src/channels/deliverer.ts';
import { createNotices } from '../server/src/channels/notices.ts';
import type { Routing } from '../server/src/routing/routing.ts';
import { signInAs } from '../server/test/browser.ts';
import { openHouse } from '../server/test/sign-in-fixture.ts';
import { until } from '../server/test/until.ts';
import { createFakeSlack } from '../test/slack/fake.ts';
import { quantile, type Figure } from './figure.ts';

const CARDS = 2_000;
const REQUESTS = 2_000;
const CLICKS = 200;
const TEAM = 'T0COUNTER';

/** Asking people where they are: cards made, followers drained, and how soon a click releases an agent. */
export const benchChannels = async (): Promise<readonly Figure[]> => [
  rendered(),
  await drained(),
  await clicked(),
];

const card = (n: number) => sampleCard({}, { headline: `Export customers from crm, part ${n}` });

/** How many a second. */
function rateOf(make: (n: number) => unknown): number {
  for (let n = 0; n < CARDS / 10; n++) make(n);
  const began = performance.now();
  for (let n = 0; n < CARDS; n++) make(n);
  return CARDS / ((performance.now() - began) / 1_000);
}

function rendered(): Figure {
  const value = rateOf((n) => lintBlocks(renderCard(card(n)).payload, 'message'));
  const bare = rateOf((n) => JSON.stringify(card(n)));
  return {
    name: 'channels/slack-cards-rendered-and-checked',
    value,
    unit: 'cards/s',
    baseline: `JSON.stringify of the same cards: ${Math.round(bare)}/s`,
    ratio: bare / value,
    target: '≥ 200',
    ok: value >= 200,
  };
}

/** Somebody who takes webhooks, in this process. */
async function openReceiver() {
  const state = { taken: 0 };
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      state.taken++;
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { state, url: `http://127.0.0.1:${port}/hook`, close: () => server.close() };
}

const ROUTING: Routing = {
  calendars: {},
  rotations: {},
  routes: [{ id: 'all', groups: [], risks: [], types: [], to: [{ channel: 'hooks', people: [] }] }],
  alerts: [],
};

/** Requests and answers that came while nobody delivered, to a real receiver, with the ledger on disk. */
async function drained(): Promise<Figure> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-drain-'));
  const store = await createSqliteStore({ folder, clock: () => instant(Date.now()) });
  const receiver = await openReceiver();
  const office = openOffice(review(), () => store);
  const most = 1_000_000;
  Object.assign(office.parts.settings, {
    maxPending: most,
    maxPendingPerSession: most,
    maxPendingPerOwner: most,
  });
  Object.assign(office.parts, { attention: createAttention(most) });
  const secrets = [`whsec_${Buffer.alloc(32, 7).toString('base64')}`];
  const hooks = createWebhook(
    { id: 'hooks', url: receiver.url, secrets, allowLoopback: true, isPrivate: false },
    { now: Date.now, tell: () => undefined },
  );
  const lease = { isHeld: false };
  const deliverer = deliver(office, hooks, lease);
  try {
    const ids = await inGroups(REQUESTS, async (n) => {
      const asked = await office.propose({ arguments: { table: `t${n}` } });
      return must(asked).status.id;
    });
    const drain = async (entries: number, taken: number): Promise<number> => {
      const began = performance.now();
      lease.isHeld = true;
      await until(() => receiver.state.taken >= taken && deliverer.waiting('hooks') === 0, 120_000);
      lease.isHeld = false;
      await until(() => deliverer.waiting('hooks') === 0);
      return ((performance.now() - began) / entries) * 10_000;
    };
    const before = (await store.head()).size;
    const first = await drain(before, REQUESTS);
    // until it has noticed that it does not hold the lease any more
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    await inGroups(REQUESTS, async (n) => {
      const ballot = await office.ballotOf(ids[n] ?? '', { channel: 'console' });
      must(await office.gatekeeper.vote(who(office, 'dana'), ballot));
    });
    const second = await drain(3 * REQUESTS, 2 * REQUESTS);
    const value = Math.max(first, second) / 1_000;
    return {
      name: 'channels/10,000-entries-drained',
      value,
      unit: 's',
      baseline: `${REQUESTS} requests (3 entries each) ${(first / 1_000).toFixed(1)} s, their answers (3 each) ${(second / 1_000).toFixed(1)} s, per 10,000 entries, each delivered by HTTP`,
      target: '≤ 10',
      ok: value <= 10,
    };
  } finally {
    await deliverer.stop();
    receiver.close();
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function inGroups<T>(count: number, one: (n: number) => Promise<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for (let at = 0; at < count; at += 50)
    all.push(...(await Promise.all(Array.from({ length: 50 }, (_, i) => one(at + i)))));
  return all;
}

const deliver = (office: Office, channel: Channel, lease: { readonly isHeld: boolean }) =>
  createDeliverer({
    parts: office.parts,
    publicUrl: 'https://gate.example',
    routing: () => ROUTING,
    leases: { hold: () => Promise.resolve(lease.isHeld) },
    channels: [channel],
    notices: createNotices({
      store: office.store,
      clean: (text) => text,
      publicUrl: 'https://gate.example',
      alerts: () => [],
      toPerson: () => [],
    }),
    onDelivered: () => undefined,
    onState: () => undefined,
    onFailure: (error) => {
      throw error;
    },
  });

/** From the moment a click is sent until the waiting agent has its answer; gateway, Slack and agent share this process. */
async function clicked(): Promise<Figure> {
  const [slack, oidc] = [await createFakeSlack(), await startFakeProvider('slack')];
  slack.addChannel('C0OWNERS', 'URITA');
  slack.addUser('URITA');
  const house = await openHouse(
    () => undefined,
    (folder) => {
      writeFileSync(
        join(folder, 'policies', 'routing.yaml'),
        'routes: [{ id: owners, groups: [data-owners], to: [{ channel: slack, place: C0OWNERS }] }]\n',
      );
      for (const name of ['botToken', 'signingSecret'] as const)
        writeFileSync(join(folder, `slack.${name}`), slack.world[name], { mode: 0o600 });
      return `channels:
  slack: [{ id: slack, transport: http, app_id: ${slack.world.appId}, team: ${TEAM}, bot_token: 'file:slack.botToken', signing_secret: 'file:slack.signingSecret', client_id: ${CLIENT}, client_secret: 'file:client.secret', issuer: '${oidc.issuer}', per_minute: 60000, api: '${slack.api.replace(/\/$/, '')}' }]
`;
    },
  );
  slack.requestUrl = `${house.origin}/channels/slack/slack`;
  oidc.user = {
    sub: 'URITA',
    'https://slack.com/user_id': 'URITA',
    'https://slack.com/team_id': TEAM,
  };
  try {
    const browser = house.browser();
    await signInAs(browser, house.origin, 'rita');
    const headers = { accept: 'application/json', 'sec-fetch-site': 'same-origin' };
    const begun = await browser.request(`${house.origin}/auth/chat/slack`, { headers });
    const consent = await browser.request(begun.headers.get('location') ?? '');
    await browser.request(consent.headers.get('location') ?? '');
    const call = house.gateway.call;
    const ask = async (n: number) =>
      (
        await call<{ id: string; approvalId: string }>('etl', 'POST', '/v1/actions', {
          type: 'sql.export',
          resource: { type: 'Database', id: 'crm' },
          arguments: { table: 'customers', columns: ['id'], destination: `s3://b/${n}` },
        })
      ).body;
    const released = async (id: string): Promise<number> => {
      const { body } = await call<{ state: string }>('etl', 'GET', `/v1/actions/${id}?wait=20`);
      if (body.state !== 'approved') throw new Error(`not released: ${body.state}`);
      return performance.now();
    };
    const [clicks, votes]: [number[], number[]] = [[], []];
    for (let n = 0; n < 2 * CLICKS; n++) {
      const asked = await ask(n);
      const found = () =>
        slack
          .messages('C0OWNERS')
          .find(({ blocks }) => JSON.stringify(blocks).includes(asked.approvalId));
      const waiting = released(asked.id);
      if (n < CLICKS) {
        await until(() => found() !== undefined, 10_000);
        const message = found();
        if (!message) throw new Error('no card');
        const began = performance.now();
        await slack.press('URITA', message, 'approve');
        clicks.push((await waiting) - began);
      } else {
        const path = `/v1/approvals/${asked.approvalId}`;
        const page = await call<{ version: number; seenDigest: string }>('rita', 'GET', path);
        const { version, seenDigest } = page.body;
        const began = performance.now();
        await call('rita', 'POST', `${path}/votes`, { choice: 'approve', version, seenDigest });
        votes.push((await waiting) - began);
      }
    }
    const [p50, value] = [quantile(clicks, 0.5), quantile(clicks, 0.99)];
    const [api50, api99] = [quantile(votes, 0.5), quantile(votes, 0.99)];
    return {
      name: 'channels/click-to-released-agent-p99',
      value,
      unit: 'ms',
      baseline: `p50 ${p50.toFixed(1)}; a vote over the API in the same run p50 ${api50.toFixed(1)}, p99 ${api99.toFixed(1)} ms; the vendor's own answers are within`,
      ratio: value / api99,
      target: '≤ 50',
      ok: value <= 50,
    };
  } finally {
    await house.close();
    await Promise.all([slack.close(), oidc.close()]);
  }
}
