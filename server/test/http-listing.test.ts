import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ApprovalList, ApprovalPage } from '@countersign/api';
import { canonical, sha256 } from '@countersign/core';
import { held, READ, startGateway, vote, type Fixture } from './gateway-fixture.ts';

let gateway: Fixture;
const asked: string[] = [];
beforeAll(async () => {
  gateway = await startGateway();
  for (let i = 0; i < 5; i++) {
    const request = await held(gateway, `s3://listing/${i}`);
    asked.unshift(request.status.approvalId ?? '');
    if (i % 2 === 0) await vote(gateway, 'rita', request);
    // nobody was asked about these
    await Promise.all(
      Array.from({ length: 60 }, () => gateway.call('etl', 'POST', '/v1/actions', READ)),
    );
  }
});
afterAll(() => gateway.stop());

const list = async (name: 'rita' | 'eve', query: string): Promise<ApprovalList> =>
  (await gateway.call<ApprovalList>(name, 'GET', `/v1/approvals${query}`)).body;

test('pages are full whatever lies between, and go on where they stopped', async () => {
  const seen: string[] = [];
  const sizes: number[] = [];
  for (let next: string | undefined = ''; next !== undefined;) {
    const before: string = next === '' ? '' : `&before=${next}`;
    const page: ApprovalList = await list('rita', `?state=all&limit=2${before}`);
    seen.push(...page.items.map(({ approvalId }) => approvalId));
    sizes.push(page.items.length);
    next = page.next;
  }
  expect(seen).toEqual(asked);
  expect(sizes).toEqual([2, 2, 1]);
});

test('only what waits, unless all is asked for; nothing for those who may see nothing', async () => {
  const waiting = await list('rita', '');
  expect(waiting.items.map(({ approvalId }) => approvalId)).toEqual([asked[1], asked[3]]);
  expect(waiting.next).toBeUndefined();
  expect(await list('eve', '?state=all')).toEqual({ items: [], names: {} });
  expect(await list('rita', '?state=all&before=act_unknown')).toEqual({ items: [], names: {} });
});

test('R3 `seenDigest` is the digest of `view` as it is sent, its expiry in milliseconds', async () => {
  const { body } = await gateway.call<ApprovalPage>('rita', 'GET', `/v1/approvals/${asked[1]}`);
  const { view, seenDigest, status } = body;
  expect(sha256(canonical(view ?? null))).toBe(seenDigest);
  expect(view?.expiresAt).toBe(Date.parse(status.expiresAt ?? ''));
});
