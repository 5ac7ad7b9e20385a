import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type {
  ActionStatus,
  AddedPasskey,
  ApprovalList,
  ApprovalPage,
  OpenGlassList,
  PasskeyOptions,
  Problem,
  ReleasedAction,
  ToSign,
  WaiverItem,
  WaiverList,
} from '@countersign/api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAuthenticator, type Authenticator } from '../../test/authenticator.ts';
import {
  createHttpSource,
  readTrust,
  verifyLedger,
  verifyReceipt,
} from '../../verify/src/index.ts';
import { nodePrimitives as primitives } from '../../verify/src/main.ts';
import { openBrowser, signInAs, type Browser } from './browser.ts';
import { exportTo, startGateway, type Fixture, type Name } from './gateway-fixture.ts';
import { freePort } from './sign-in-fixture.ts';

const ASKS = (id: string, more: string): string => `@id("${id}")
@review("Where it goes is sensitive")
@approvers("data-owners") @quorum("2") @expires("1h") ${more} @break_glass("data-owners")
forbid (principal, action == Countersign::Action::"sql.export", resource is Countersign::Database)
when { context.destination like "${id}/*" };
`;

let gateway: Fixture;
let origin: string;
beforeAll(async () => {
  const port = await freePort();
  origin = `http://localhost:${port}`;
  gateway = await startGateway((folder) => {
    const file = join(folder, 'countersign.yaml');
    const text = readFileSync(file, 'utf8').replace('127.0.0.1:0', `127.0.0.1:${port}`);
    writeFileSync(file, `public_url: ${origin}\nsign_in: { development: true }\n${text}`);
    const data = join(folder, 'policies', 'data.review.cedar');
    const large = '@approvers("data-owners") @quorum("1") @expires("2h")';
    const softer = `${large} @waivable("1d, 9") @break_glass("data-owners")`;
    writeFileSync(data, readFileSync(data, 'utf8').replace(large, softer));
    const rules = [
      ASKS('nightly', '@waivable("8h, 2")'),
      ASKS('signed', '@waivable("8h, 2") @assurance("passkey")'),
      ASKS('hard', ''),
    ];
    writeFileSync(join(folder, 'policies', 'more.review.cedar'), rules.join('\n'));
  });
});
afterAll(() => gateway.stop());

let ann: Someone;
let abe: Someone;
beforeAll(async () => {
  [ann, abe] = [await enrolled('ann'), await enrolled('abe')];
});

type Someone = { readonly browser: Browser; readonly key: Authenticator };
const post = async <T>(browser: Browser, path: string, body: unknown = {}): Promise<T & Problem> =>
  (await browser.call<T & Problem>('POST', path, body)).body;

async function signedIn(id: Name): Promise<Someone> {
  const browser = openBrowser(origin);
  await signInAs(browser, origin, id);
  return { browser, key: createAuthenticator({ origin }) };
}
async function enrolled(id: Name): Promise<Someone> {
  const { browser, key } = await signedIn(id);
  const asked = await post<PasskeyOptions>(browser, '/v1/me/passkeys/options');
  const { challenge } = asked.options as { readonly challenge: string };
  const body = { ticket: asked.ticket, response: key.register(challenge), label: 'laptop' };
  expect(await post<AddedPasskey>(browser, '/v1/me/passkeys', body)).toMatchObject({
    state: 'enrolled',
  });
  return { browser, key };
}

const propose = async (to: string): Promise<ActionStatus> =>
  (await gateway.call<ActionStatus>('etl', 'POST', '/v1/actions', exportTo(to))).body;
const pageOf = async ({ approvalId }: ActionStatus, name: Name = 'rita'): Promise<ApprovalPage> =>
  (await gateway.call<ApprovalPage>(name, 'GET', `/v1/approvals/${approvalId}`)).body;

const wish = async (asked: ActionStatus, more: object = {}): Promise<object> => {
  const { version, seenDigest } = await pageOf(asked);
  const { approvalId } = asked;
  const scope = { destination: { prefix: 'nightly/' } };
  return {
    approvalId,
    version,
    seenDigest,
    scope,
    ms: 3_600_000,
    uses: 2,
    reason: 'every night',
    ...more,
  };
};
const waive = async (name: Name, body: object): Promise<WaiverItem & Problem> =>
  (await gateway.call<WaiverItem & Problem>(name, 'POST', '/v1/waivers', body)).body;
const endorse = async (
  name: Name,
  { id, termsDigest }: WaiverItem,
): Promise<WaiverItem & Problem> =>
  (
    await gateway.call<WaiverItem & Problem>(name, 'POST', `/v1/waivers/${id}/endorse`, {
      termsDigest,
    })
  ).body;

async function verified(id: string) {
  const read = await readTrust(await (await fetch(`${origin}/ledger/trust`)).text());
  if (!read.ok) throw new Error(read.failure.message);
  const whole = await verifyLedger(createHttpSource(`${origin}/ledger`), read.value, {
    primitives,
  });
  expect(whole).toMatchObject({ ok: true, value: { depth: 'actions' } });
  const receipt = await gateway.call<string>('rita', 'GET', `/v1/actions/${id}/receipt`);
  return verifyReceipt(receipt.body, read.value, { primitives });
}

/** A statement handed out under a path, signed. */
async function signed({ browser, key }: Someone, path: string, body: object) {
  const { statement, ticket, options } = await post<ToSign>(browser, path, body);
  const { challenge } = options as { readonly challenge: string };
  return { statement, ticket, response: key.assert(challenge) };
}

describe('waivers', () => {
  test('EV-13 L35: proposed, endorsed by as many as would be asked, used, shown, verified, revoked', async () => {
    const asked = await propose('nightly/1');
    expect((await pageOf(asked)).waivable).toEqual({ ms: 8 * 3_600_000, uses: 2 });
    const made = await waive('rita', await wish(asked));
    expect(made).toMatchObject({
      state: 'proposed',
      endorsedBy: ['rita'],
      may: { endorse: false },
    });
    expect(made.requirements).toMatchObject([{ have: 1, need: 2 }]);
    expect(await waive('ann', await wish(asked))).toMatchObject({ code: 'waiver-exists' });
    expect(await endorse('olga', made)).toMatchObject({ code: 'excluded' });
    expect(await endorse('eve', made)).toMatchObject({ code: 'not-found' });
    expect(await endorse('ann', made)).toMatchObject({
      state: 'in-force',
      endorsedBy: ['rita', 'ann'],
    });

    const went = await propose('nightly/2');
    expect(went).toMatchObject({ state: 'allowed', verdict: 'review', waivedBy: [made.id] });
    await gateway.restart();
    const body = { grant: went.grant };
    const run = await gateway.call<ReleasedAction>('etl', 'POST', '/v1/grants/redeem', body);
    expect(run.status).toBe(200);
    const { body: list } = await gateway.call<WaiverList>('ada', 'GET', '/v1/waivers');
    expect(list.items).toMatchObject([
      { id: made.id, state: 'in-force', used: 1, may: { revoke: true } },
    ]);
    expect(list.items[0]?.view).toMatchObject({ scope: { destination: { prefix: 'nightly/' } } });
    expect(await verified(went.id)).toMatchObject({
      ok: true,
      value: { waivedBy: [{ id: made.id, use: 1 }], votes: [], checks: { waiver: 'not-checked' } },
    });
    const path = `/v1/waivers/${made.id}/revoke`;
    expect((await gateway.call<Problem>('eve', 'POST', path, {})).body.code).toBe('not-found');
    expect((await gateway.call<Problem>('etl', 'POST', path, {})).body.code).toBe('humans-only');
    const { body: over } = await gateway.call<WaiverItem>('abe', 'POST', path, {
      reason: 'enough',
    });
    expect(over).toMatchObject({ state: 'revoked', revokedBy: 'abe' });
    expect((await propose('nightly/3')).state).toBe('pending');
  });

  test('what cannot be waived, or not so', async () => {
    const hard = await propose('hard/1');
    expect(await waive('rita', await wish(hard, { scope: {} }))).toMatchObject({
      code: 'not-waivable',
    });
    const asked = await propose('nightly/9');
    const bad: readonly (readonly [object, string])[] = [
      [{ uses: 3 }, 'waiver-beyond-ceiling'],
      [{ until: '2999-01-01T00:00:00.000Z', ms: 1 }, 'invalid-request'],
      [{ scope: { destination: { atMost: 3 } } }, 'waiver-scope-invalid'],
      [{ scope: { destination: { prefix: 'n', equals: 'n' } } }, 'invalid-request'],
      [{ version: 2 }, 'version-mismatch'],
    ];
    for (const [more, code] of bad)
      expect(await waive('rita', await wish(asked, more))).toMatchObject({ code });
  });

  test('DS-3 where policy wants a passkey, an endorsement is signed for that purpose and no other', async () => {
    const asked = await propose('signed/1');
    const { id, termsDigest, endorsedBy } = await waive('rita', await wish(asked, { scope: {} }));
    expect(endorsedBy).toEqual([]); // a token is no passkey
    const path = `/v1/waivers/${id}`;
    const { version, seenDigest } = await pageOf(asked);
    const said = { choice: 'approve', control: 'vote', version, seenDigest };
    const aVote = await signed(ann, `/v1/approvals/${asked.approvalId}/statements`, said);
    expect(
      await post(ann.browser, `${path}/endorse`, { termsDigest, assertion: aVote }),
    ).toMatchObject({ code: 'ticket-invalid' });
    for (const one of [ann, abe]) {
      const assertion = await signed(one, `${path}/statements`, { termsDigest });
      await post(one.browser, `${path}/endorse`, { termsDigest, assertion });
    }
    const { body: list } = await gateway.call<WaiverList>('rita', 'GET', '/v1/waivers');
    expect(list.items.find((one) => one.id === id)).toMatchObject({ state: 'in-force' });
    const went = await propose('signed/1');
    expect(went).toMatchObject({ state: 'allowed', waivedBy: [id] });
    expect(await verified(went.id)).toMatchObject({ ok: true });
  });
});

const breaking = async (asked: ActionStatus, more: object = {}): Promise<object> => {
  const { version, seenDigest } = await pageOf(asked);
  return { version, seenDigest, reason: 'the month cannot be closed', ...more };
};

describe('break-glass', () => {
  test('EV-14: by a session, with a reason; listed, shown, reviewed, verified', async () => {
    const asked = await propose('hard/2');
    const path = `/v1/approvals/${asked.approvalId}/break-glass`;
    const { body: page } = await ann.browser.call<ApprovalPage>(
      'GET',
      `/v1/approvals/${asked.approvalId}`,
    );
    expect(page.may).toMatchObject({ breakGlass: true });
    const body = await breaking(asked);
    expect((await gateway.call<Problem>('rita', 'POST', path, body)).body.code).toBe(
      'assurance-too-low',
    );
    expect((await gateway.call<Problem>('olga', 'POST', path, body)).body.code).toBe('excluded');
    expect(await post(ann.browser, path, { ...body, reason: 'now' })).toMatchObject({
      code: 'reason-too-short',
    });
    const broken = await post<{ status: ActionStatus }>(ann.browser, path, body);
    expect(broken.status).toMatchObject({ state: 'approved', brokenGlass: { by: 'ann' } });

    const { body: open } = await gateway.call<OpenGlassList>('rita', 'GET', '/v1/break-glass');
    expect(open.items).toMatchObject([
      { approvalId: asked.approvalId, by: 'ann', isOverdue: false },
    ]);
    expect((await gateway.call<OpenGlassList>('eve', 'GET', '/v1/break-glass')).body.items).toEqual(
      [],
    );
    const review = { finding: 'justified', note: 'it was' };
    expect(await post(ann.browser, `${path}-review`, review)).toMatchObject({ code: 'excluded' });
    expect((await gateway.call('rita', 'POST', `${path}-review`, review)).status).toBe(200);
    const { body: list } = await gateway.call<ApprovalList>(
      'rita',
      'GET',
      '/v1/approvals?state=decided',
    );
    expect(list.items[0]).toMatchObject({ brokenGlass: { by: 'ann', finding: 'justified' } });
    const texts = (await pageOf(asked)).timeline.map(({ text }) => text).join('\n');
    expect(texts).toContain('broke the glass and went ahead without data-owners');
    expect(texts).toContain('the month cannot be closed');
    expect(texts).not.toContain('everything that was asked for is met');
    expect(await verified(asked.id)).toMatchObject({
      ok: true,
      value: {
        votes: [],
        brokenGlass: { person: 'ann', finding: 'justified', reviewedBy: 'rita' },
      },
    });
  });

  test('DS-3 signed by a passkey for that purpose; a vote’s signature breaks nothing', async () => {
    const asked = await propose('signed/2');
    const path = `/v1/approvals/${asked.approvalId}`;
    const body = await breaking(asked);
    const { version, seenDigest } = await pageOf(asked);
    const said = { choice: 'approve', version, seenDigest };
    expect(await post(abe.browser, `${path}/break-glass`, body)).toMatchObject({
      code: 'assurance-too-low',
    });
    const aVote = await signed(abe, `${path}/statements`, { ...said, control: 'vote' });
    expect(
      await post(abe.browser, `${path}/break-glass`, { ...body, assertion: aVote }),
    ).toMatchObject({ code: 'ticket-invalid' });
    const assertion = await signed(abe, `${path}/statements`, { ...said, control: 'break-glass' });
    expect(await post(abe.browser, `${path}/votes`, { ...said, assertion })).toMatchObject({
      code: 'ticket-invalid',
    });
    const broken = await post<{ status: ActionStatus }>(abe.browser, `${path}/break-glass`, {
      ...body,
      assertion,
    });
    expect(broken.status).toMatchObject({ state: 'approved', brokenGlass: { by: 'abe' } });
    expect(await verified(asked.id)).toMatchObject({
      ok: true,
      value: { brokenGlass: { assurance: 'passkey', passkey: { credential: abe.key.credential } } },
    });
  });
});
