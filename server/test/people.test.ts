import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PersonItem, PersonList, Problem } from '@countersign/api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openBrowser, signInAs, type Browser } from './browser.ts';
import { held, startGateway, vote, type Answered, type Fixture } from './gateway-fixture.ts';
import { freePort } from './sign-in-fixture.ts';

let gateway: Fixture;
let eve: Browser; // manages, and has just signed in
beforeAll(async () => {
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  gateway = await startGateway((folder) => {
    const file = join(folder, 'countersign.yaml');
    const text = readFileSync(file, 'utf8').replace('127.0.0.1:0', `127.0.0.1:${port}`);
    writeFileSync(
      file,
      `public_url: ${origin}\naccess: { administrators: [release-managers] }\nsign_in: { development: true }\n${text}`,
    );
  });
  eve = openBrowser(origin);
  await signInAs(eve, origin, 'eve');
});
afterAll(() => gateway.stop());

type Said = Answered<PersonItem & Problem>;
const by = (name: 'eve' | 'rita' | 'etl' | 'runner', path: string, body: object): Promise<Said> =>
  gateway.call(name, 'POST', `/v1/people/${path}`, body);
const signed = (path: string, body: object): Promise<Said> =>
  eve.call('POST', `/v1/people/${path}`, body);
const look = async (id: string): Promise<PersonItem> =>
  (await gateway.call<PersonItem>('eve', 'GET', `/v1/people/${id}`)).body;

describe('who may', () => {
  test.each(['rita', 'etl', 'runner'] as const)('R7: %s may not', async (name) => {
    const code = name === 'rita' ? 'administrators-only' : 'humans-only';
    for (const path of ['/v1/people', '/v1/people/ann'])
      expect(await gateway.call(name, 'GET', path)).toMatchObject({ status: 403, body: { code } });
    for (const [path, body] of [
      ['ann/deactivate', { reason: 'x' }],
      ['ann/activate', {}],
      ['ann/sign-out', {}],
      ['ann/link', { to: 'abe' }],
    ] as const)
      expect(await by(name, path, body)).toMatchObject({ status: 403, body: { code } });
  });
  test('what gives power needs proof that is recent; what takes it away does not', async () => {
    const token = await by('eve', 'gone/activate', {});
    expect(token).toMatchObject({ status: 403, body: { code: 'sign-in-again' } });
    expect(await by('eve', 'ann/link', { to: 'abe' })).toMatchObject({
      body: { code: 'sign-in-again' },
    });
    expect(await by('eve', 'ann/sign-out', {})).toMatchObject({ status: 200 });
  });
  test('R5: nobody lets themselves in, or links themselves', async () => {
    expect(await signed('eve/activate', {})).toMatchObject({
      status: 403,
      body: { code: 'excluded' },
    });
    for (const [id, to] of [
      ['eve', 'ann'],
      ['ann', 'eve'],
    ] as const)
      expect(await signed(`${id}/link`, { to })).toMatchObject({
        status: 403,
        body: { code: 'excluded' },
      });
  });
  test('of whom there is none nothing is done', async () => {
    expect(await gateway.call('eve', 'GET', '/v1/people/nobody')).toMatchObject({ status: 404 });
    for (const [path, body] of [
      ['deactivate', { reason: 'x' }],
      ['activate', {}],
      ['sign-out', {}],
      ['link', { to: 'ann' }],
    ] as const)
      expect(await signed(`nobody/${path}`, body)).toMatchObject({ status: 404 });
    expect(await signed('ann/link', { to: 'nobody' })).toMatchObject({
      status: 422,
      body: { code: 'unknown-person' },
    });
  });
});

const list = async (query: string): Promise<PersonList> =>
  (await gateway.call<PersonList>('eve', 'GET', `/v1/people${query}`)).body;

describe('the list', () => {
  test('tells of everybody, page by page, each once', async () => {
    const seen: string[] = [];
    let after = '';
    for (let pages = 0; pages < 9; pages++) {
      const { items, next } = await list(`?limit=5${after}`);
      seen.push(...items.map(({ id }) => id));
      if (next === undefined) break;
      after = `&after=${next}`;
    }
    const { items } = await list('?limit=100');
    expect(seen).toEqual(items.map(({ id }) => id));
    expect(new Set(seen).size).toBe(seen.length);
  });
  test('finds by the beginning of a name', async () => {
    expect((await list('?q=OLGA')).items).toEqual([
      {
        id: 'olga',
        name: 'olga',
        human: 'olga',
        groups: ['data-owners'],
        groupsFrom: 'configuration',
        active: true,
        source: 'configuration',
        reach: 'session',
        passkeys: 0,
      },
      expect.objectContaining({ id: 'olga2', human: 'olga' }),
    ]);
    expect((await list('?q=nobody')).items).toEqual([]);
    expect((await list('?q=gone')).items).toMatchObject([
      { active: false, outBy: 'configuration' },
    ]);
  });
});

describe('what is done', () => {
  test('taken out while they look at a request: their vote is refused, their token opens nothing; let in again, it does', async () => {
    const asked = await held(gateway, 's3://ron');
    expect(await by('eve', 'ron/deactivate', { reason: 'is on leave' })).toMatchObject({
      status: 200,
      body: { active: false, outBy: 'administrator' },
    });
    expect(await vote(gateway, 'ron', asked)).toMatchObject({
      status: 403,
      body: { code: 'inactive-person' },
    });
    expect(await signed('ron/activate', { reason: 'is back' })).toMatchObject({
      status: 200,
      body: { active: true },
    });
    expect(await vote(gateway, 'ron', asked)).toMatchObject({ status: 200 });
  });
  test('who is out by the configuration is let in there', async () => {
    expect(await signed('gone/activate', {})).toMatchObject({
      status: 409,
      body: { code: 'out-elsewhere' },
    });
    expect(await look('gone')).toMatchObject({ active: false });
  });
  test('signed out: every session is over', async () => {
    const origin = gateway.url().replace('127.0.0.1', 'localhost');
    const browser = openBrowser(origin);
    await signInAs(browser, origin, 'abe');
    expect((await browser.call('GET', '/v1/me')).status).toBe(200);
    await by('eve', 'abe/sign-out', {});
    expect((await browser.call('GET', '/v1/me')).status).toBe(401);
  });
  test('R5: linked accounts are one human: what one is excluded from, the other is', async () => {
    // olga owns the agent; whoever is found to be her may not approve what it does
    const asked = await held(gateway, 's3://linked');
    expect(await signed('ann/link', { to: 'olga2' })).toMatchObject({
      status: 200,
      body: { human: 'olga' },
    });
    expect(await vote(gateway, 'ann', asked)).toMatchObject({
      status: 403,
      body: { code: 'excluded' },
    });
    expect(await signed('olga/link', { to: 'ann' })).toMatchObject({
      status: 200,
      body: { human: 'olga' },
    }); // already
    expect(await signed('ann/link', { to: 'abe' })).toMatchObject({
      status: 200,
      body: { human: 'abe' },
    });
    for (const id of ['olga', 'olga2', 'ann'])
      expect(await look(id)).toMatchObject({ human: 'abe' });
  });
  test('everything of it is in the ledger, reasons masked', async () => {
    await by('eve', 'dora/deactivate', { reason: 'wrote to\u202e dora@example.com' });
    let entries = '';
    const read = async (): Promise<string> => {
      const checkpoint = await (await fetch(`${gateway.url()}/ledger/checkpoint`)).text();
      const width = Number(checkpoint.split('\n')[1]);
      const tile = await fetch(`${gateway.url()}/ledger/tile/entries/000.p/${width}`);
      return (entries = await tile.text());
    };
    await expect
      .poll(read)
      .toMatch(/"by":"eve","n":\d+,"person":"dora","reason":"wrote to[^"]*","stream":"directory"/);
    expect(entries).not.toContain('dora@example.com');
    expect(await look('dora')).toMatchObject({ active: false });
  });
});
