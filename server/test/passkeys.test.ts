import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type {
  ActionStatus,
  AddedPasskey,
  ApprovalPage,
  Me,
  PasskeyList,
  PasskeyOptions,
  Problem,
  ToSign,
  ToVouch,
  WaitingPasskeys,
} from '@countersign/api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAuthenticator, ED25519, type Authenticator } from '../../test/authenticator.ts';
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

const SIGNED = `@id("signed")
@review("Where it goes is sensitive")
@approvers("data-owners") @quorum("1") @expires("10m") @assurance("passkey")
forbid (principal, action == Countersign::Action::"sql.export", resource is Countersign::Database)
when { context.destination like "signed*" };
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
    writeFileSync(join(folder, 'policies', 'signed.review.cedar'), SIGNED);
  });
});
afterAll(() => gateway.stop());

/** Somebody in a browser, with a passkey or without. */
type Someone = { readonly browser: Browser; readonly key: Authenticator };

async function signedIn(id: Name): Promise<Browser> {
  const browser = openBrowser(origin);
  await signInAs(browser, origin, id);
  return browser;
}

const post = async <T>(browser: Browser, path: string, body: unknown = {}): Promise<T & Problem> =>
  (await browser.call<T & Problem>('POST', path, body)).body;

async function make(browser: Browser, key: Authenticator) {
  const asked = await post<PasskeyOptions>(browser, '/v1/me/passkeys/options');
  const { challenge } = asked.options as { readonly challenge: string };
  return { ticket: asked.ticket, response: key.register(challenge), needs: asked.needs };
}

async function enrolled(id: Name, more: { readonly alg?: typeof ED25519 } = {}): Promise<Someone> {
  const browser = await signedIn(id);
  const key = createAuthenticator({ origin, ...more });
  const { ticket, response } = await make(browser, key);
  const body = { ticket, response, label: `${id}’s laptop` };
  const added = await post<AddedPasskey>(browser, '/v1/me/passkeys', body);
  expect(added).toEqual({ id: key.credential, state: 'enrolled' });
  return { browser, key };
}

const propose = async (to: string): Promise<ActionStatus> =>
  (await gateway.call<ActionStatus>('etl', 'POST', '/v1/actions', exportTo(to))).body;

/** What a person says about a request, signed by a passkey. */
async function signedAnswer(
  { browser, key }: Someone,
  { approvalId }: ActionStatus,
  choice: 'approve' | 'deny' = 'approve',
) {
  const path = `/v1/approvals/${approvalId}`;
  const { body: page } = await browser.call<ApprovalPage>('GET', path);
  const said = { choice, version: page.version, seenDigest: page.seenDigest };
  const asked = await post<ToSign>(browser, `${path}/statements`, { ...said, control: 'vote' });
  const { challenge } = asked.options as { readonly challenge: string };
  const { statement, ticket } = asked;
  return { said, assertion: { statement, ticket, response: key.assert(challenge) }, page };
}
type Answer = Awaited<ReturnType<typeof signedAnswer>>;
type Voted = { readonly status: ActionStatus };

const vote = (
  browser: Browser,
  { approvalId }: ActionStatus,
  { said, assertion }: Pick<Answer, 'said'> & { readonly assertion?: unknown },
): Promise<Voted & Problem> =>
  post<Voted>(browser, `/v1/approvals/${approvalId}/votes`, {
    ...said,
    ...(assertion === undefined ? {} : { assertion }),
  });

describe('a decision signed by a passkey', () => {
  let ann: Someone;
  let abe: Someone;
  beforeAll(async () => {
    ann = await enrolled('ann');
    abe = await enrolled('abe', { alg: ED25519 });
  });

  test('is needed where policy says so, counts, and proves itself offline', async () => {
    const { body: me } = await ann.browser.call<Me>('GET', '/v1/me');
    expect(me).toMatchObject({ reach: 'passkey', session: { assurance: 'session' } });
    const status = await propose('signed-1');
    expect(status).toMatchObject({ state: 'pending' });
    const answer = await signedAnswer(ann, status);
    expect(answer.page.may).toMatchObject({ vote: true, needs: 'passkey' });
    expect(await vote(ann.browser, status, { said: answer.said })).toMatchObject({
      code: 'assurance-too-low',
    });
    const voted = await vote(ann.browser, status, answer);
    expect(voted.status).toMatchObject({ state: 'approved' });

    const { body: done } = await ann.browser.call<ApprovalPage>(
      'GET',
      `/v1/approvals/${status.approvalId}`,
    );
    expect(done.votes).toMatchObject([{ person: 'ann', assurance: 'passkey' }]);
    const receipt = await ann.browser.request(`${origin}/v1/actions/${status.id}/receipt`);
    const read = await readTrust(await (await fetch(`${origin}/ledger/trust`)).text());
    if (!read.ok) throw new Error(read.failure.message);
    expect(await verifyReceipt(await receipt.text(), read.value, { primitives })).toMatchObject({
      ok: true,
      value: {
        state: 'approved',
        votes: [
          {
            person: 'ann',
            assurance: 'passkey',
            passkey: { credential: ann.key.credential, level: 'passkey', isSynced: false },
          },
        ],
      },
    });
    expect(
      await verifyLedger(createHttpSource(`${origin}/ledger`), read.value, { primitives }),
    ).toMatchObject({ ok: true, value: { depth: 'actions' } });
  });

  test('R5: the owner of the agent is refused though they sign, and a linked account begins nothing', async () => {
    const status = await propose('signed-own');
    const olga = await enrolled('olga');
    const answer = await signedAnswer(olga, status);
    expect(await vote(olga.browser, status, answer)).toMatchObject({ code: 'excluded' });
    const linked = await signedIn('olga2');
    const { needs } = await make(linked, createAuthenticator({ origin }));
    expect(needs).toBe('second-person');
  });

  const wrong: readonly (readonly [string, string, (answer: Answer) => unknown])[] = [
    [
      'a statement that was changed',
      'ticket-invalid',
      ({ assertion }) => ({
        ...assertion,
        statement: { ...assertion.statement, choice: 'deny' },
      }),
    ],
    [
      'another ticket',
      'ticket-invalid',
      ({ assertion }) => ({ ...assertion, ticket: 'a'.repeat(64) }),
    ],
    [
      'the passkey of somebody else',
      'passkey-of-another',
      ({ assertion }) => ({ ...assertion, response: abe.key.assert('x') }),
    ],
    [
      'a passkey nobody knows',
      'passkey-unknown',
      ({ assertion }) => ({ ...assertion, response: createAuthenticator().assert('x') }),
    ],
    [
      'a signature over something else',
      'assertion-invalid',
      ({ assertion }) => ({ ...assertion, response: ann.key.assert('A'.repeat(43)) }),
    ],
    [
      'a member that is not of the statement',
      'invalid-request',
      ({ assertion }) => ({ ...assertion, statement: { ...assertion.statement, x: 1 } }),
    ],
  ];
  test.each(wrong)('with %s: %s', async (name, code, spoil) => {
    const status = await propose(`signed-${name}`);
    const answer = await signedAnswer(ann, status);
    const spoilt = { said: answer.said, assertion: spoil(answer) };
    expect(await vote(ann.browser, status, spoilt)).toMatchObject({ code });
    const { body } = await ann.browser.call<ApprovalPage>(
      'GET',
      `/v1/approvals/${status.approvalId}`,
    );
    expect(body.votes).toEqual([]);
  });

  test('for one request is none for another, nor a no for a yes', async () => {
    const [one, two] = [await propose('signed-one'), await propose('signed-two')];
    const answer = await signedAnswer(ann, one);
    const other = await signedAnswer(ann, two);
    const mixed = { said: other.said, assertion: answer.assertion };
    expect(await vote(ann.browser, two, mixed)).toMatchObject({ code: 'version-mismatch' });
    const flipped = { ...answer, said: { ...answer.said, choice: 'deny' as const } };
    expect(await vote(ann.browser, one, flipped)).toMatchObject({ code: 'statement-invalid' });
    // and of one person it is none of another
    expect(await vote(abe.browser, one, answer)).toMatchObject({ code: 'passkey-of-another' });
    expect((await vote(ann.browser, one, answer)).status.state).toBe('approved');
    expect(await vote(ann.browser, one, answer)).toMatchObject({ code: 'not-pending' });
  });

  test('is handed out only for what is asked now', async () => {
    const status = await propose('signed-now');
    const { said } = await signedAnswer(ann, status);
    const path = `/v1/approvals/${status.approvalId}/statements`;
    const ask = (more: object) =>
      post<ToSign>(ann.browser, path, { ...said, control: 'vote', ...more });
    expect(await ask({ version: 2 })).toMatchObject({ code: 'version-mismatch' });
    expect(await ask({ seenDigest: `sha256:${'0'.repeat(64)}` })).toMatchObject({
      code: 'seen-mismatch',
    });
    const rita = await signedIn('rita');
    expect(await post(rita, path, { ...said, control: 'vote' })).toMatchObject({
      code: 'no-passkey',
    });
    const agent = await gateway.call<Problem>('etl', 'POST', path, { ...said, control: 'vote' });
    expect(agent.body.code).toBe('humans-only'); // R7
  });
});

describe('passkeys of people', () => {
  test('are listed with what they are called, which is not in the ledger (R9)', async () => {
    const { browser, key } = await enrolled('ron');
    const { body } = await browser.call<PasskeyList>('GET', '/v1/me/passkeys');
    expect(body.items).toMatchObject([
      { id: key.credential, label: 'ron’s laptop', state: 'enrolled', level: 'passkey' },
    ]);
    const checkpoint = await (await fetch(`${origin}/ledger/checkpoint`)).text();
    const width = Number(checkpoint.split('\n')[1]) % 256;
    const tile = await fetch(`${origin}/ledger/tile/entries/000.p/${width}`);
    const text = await tile.text();
    expect(text).toContain('passkey.labelled');
    expect(text).not.toContain('laptop');
  });

  test('wait for a second person, an administrator, unless an enrolled one vouches', async () => {
    const { browser, key } = await enrolled('dora');
    const spare = createAuthenticator({ origin });
    const made = await make(browser, spare);
    expect(made.needs).toBe('existing-passkey');
    const { ticket, response } = made;
    const waiting = await post<AddedPasskey>(browser, '/v1/me/passkeys', {
      ticket,
      response,
      label: 'spare',
    });
    expect(waiting.state).toBe('waiting');

    const next = createAuthenticator({ origin });
    const { needs: _, ...second } = await make(browser, next);
    const asked = await post<ToVouch>(browser, '/v1/me/passkeys/statements', second);
    const { challenge } = asked.options as { readonly challenge: string };
    const { statement, ticket: word } = asked;
    const endorsement = { statement, ticket: word, response: key.assert(challenge) };
    const vouched = { ...second, label: 'next', endorsement };
    expect(await post(browser, '/v1/me/passkeys', vouched)).toMatchObject({ state: 'enrolled' });

    const ada = await signedIn('ada');
    const { body } = await ada.call<WaitingPasskeys>('GET', '/v1/passkeys/waiting');
    expect(body.items).toMatchObject([{ credential: spare.credential, person: 'dora' }]);
    const path = `/v1/passkeys/${spare.credential}/endorse`;
    expect(await post(browser, path)).toMatchObject({ code: 'administrators-only' });
    expect(await post(ada, path)).toEqual({ id: spare.credential, state: 'enrolled' });
    expect(await post(ada, `/v1/passkeys/${spare.credential}/remove`)).toMatchObject({
      state: 'removed',
    });
    expect(await post(ada, `/v1/passkeys/${spare.credential}/remove`)).toMatchObject({
      code: 'passkey-unknown',
    });
  });

  test('take a browser that was signed in just now: a token makes none', async () => {
    const { body } = await gateway.call<Problem>('rita', 'POST', '/v1/me/passkeys/options', {});
    expect(body.code).toBe('browser-only');
  });

  test('that are gone leave requests nobody can answer any more unsatisfiable', async () => {
    const status = await propose('signed-last');
    expect(status.state).toBe('pending');
    const ada = await signedIn('ada');
    for (const id of ['ann', 'abe', 'ron', 'dora'] as const) {
      const browser = await signedIn(id);
      const { body } = await browser.call<PasskeyList>('GET', '/v1/me/passkeys');
      for (const { id: credential } of body.items)
        await post(ada, `/v1/passkeys/${credential}/remove`);
    }
    const read = async () =>
      (await gateway.call<ActionStatus>('etl', 'GET', `/v1/actions/${status.id}`)).body.state;
    await expect.poll(read).toBe('unsatisfiable');
  });
});
