import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ApprovalList, ApprovalPage, Problem } from '@countersign/api';
import { held, startGateway, vote, type Fixture, type Name } from './gateway-fixture.ts';

/** Names that try to be somebody else, or to hide. */
const HOSTILE = 'Rita\\u202e\\u200b <b>Approved</b>';

let gateway: Fixture;
type Asked = Awaited<ReturnType<typeof held>>;
const asked: Record<'denied' | 'approved' | 'waiting' | 'private', Asked> = {} as never;
beforeAll(async () => {
  gateway = await startGateway((folder) => {
    const path = join(folder, 'countersign.yaml');
    const config = readFileSync(path, 'utf8')
      .replace('grant_ttl: 1m', 'grant_ttl: 1m, max_pending_per_agent: 300')
      .replace('name: rita,', `name: "${HOSTILE}",`);
    writeFileSync(path, config);
  });
  asked.denied = await held(gateway, 's3://one');
  await vote(gateway, 'rita', asked.denied, 'deny');
  asked.approved = await held(gateway, 's3://two');
  await vote(gateway, 'ron', asked.approved);
  asked.private = await held(gateway, 'to bob.miller@example.com');
  asked.waiting = await held(gateway, 's3://three', { onBehalfOf: 'paul' });
});
afterAll(() => gateway.stop());

const list = async (name: Name, query: string): Promise<ApprovalList> => {
  const { status, body } = await gateway.call<ApprovalList & Problem>(
    name,
    'GET',
    `/v1/approvals?${query}`,
  );
  if (status !== 200) throw new Error(`${status} ${body.code}`);
  return body;
};
const idsOf = ({ items }: ApprovalList): readonly string[] =>
  items.map(({ approvalId }) => approvalId);
const idOf = ({ status }: Asked): string => status.approvalId ?? '';
const pageOf = async (name: Name, one: Asked): Promise<ApprovalPage> =>
  (await gateway.call<ApprovalPage>(name, 'GET', `/v1/approvals/${idOf(one)}`)).body;

describe('the inbox', () => {
  const rows: readonly (readonly [Name, string, readonly (keyof typeof asked)[]])[] = [
    ['rita', 'for=me', ['waiting', 'private']],
    ['olga', 'for=me', []], // owns the agent
    ['olga2', 'for=me', []],
    ['paul', 'for=me', ['private']], // the agent acts for him in the other one
    ['aud', 'for=me', []],
    ['eve', 'for=me&state=all', []],
    ['aud', 'state=pending', ['waiting', 'private']],
    ['rita', 'state=decided', ['approved', 'denied']],
    ['rita', 'state=decided&for=me', ['denied']],
    ['ron2', 'state=decided&for=me', ['approved']], // another account of who answered
    ['rita', 'state=all', ['waiting', 'private', 'approved', 'denied']],
    ['rita', 'state=all&risk=critical', []],
    ['rita', 'agent=etl', ['waiting', 'private']],
    ['rita', 'agent=other', []],
  ];
  test.each(rows)('%s asks for %s', async (name, query, found) => {
    expect(idsOf(await list(name, query))).toEqual(found.map((one) => idOf(asked[one])));
  });
  test('the risk that is asked for is the risk that is listed', async () => {
    const { items } = await list('rita', 'state=all');
    const risk = items[0]?.risk;
    expect((await list('rita', `state=all&risk=${risk}`)).items).toEqual(
      items.filter((item) => item.risk === risk),
    );
  });
  test('an item says what it is about, how far it is, and what is left to do', async () => {
    const { items, names } = await list('rita', 'state=all');
    expect(items[0]).toMatchObject({
      type: 'sql.export',
      resource: { type: 'Database', id: 'crm' },
      agent: 'etl',
      owner: 'olga',
      progress: { have: 0, need: 1 },
      assurance: 'chat',
      isMine: false,
      may: { vote: true, confirm: false },
    });
    expect(items[0]).not.toHaveProperty('decidedAt');
    expect(items[2]).toMatchObject({ state: 'approved', progress: { have: 1, need: 1 } });
    expect(items[3]).toMatchObject({ state: 'denied', isMine: true, may: { vote: false } });
    expect(Date.parse(items[3]?.decidedAt ?? '')).toBeGreaterThanOrEqual(
      Date.parse(items[3]?.createdAt ?? ''),
    );
    expect(names).toEqual({ olga: 'olga' });
  });
  test('R8 a name hides nothing', async () => {
    const { names } = await pageOf('aud', asked.denied);
    expect(names['rita']).not.toMatch(/[\u202e\u200b]/u);
    expect(names['rita']).toContain('<b>Approved</b>'); // text is text; whoever renders it must not make more of it
  });
  test.each(['state=mine', 'for=you', 'risk=none', 'before=x&before=y', 'limit=0', 'whose=me'])(
    'what is not of the contract is refused: %s',
    async (query) => {
      const answer = await gateway.call<Problem>('rita', 'GET', `/v1/approvals?${query}`);
      expect([answer.status, answer.body.code]).toEqual([400, 'invalid-request']);
    },
  );
});

describe('a filter that lets nothing through', () => {
  test('costs a bounded look per call, and ends', async () => {
    await Promise.all(
      Array.from({ length: 170 }, (_, i) =>
        gateway.call('etl', 'POST', '/v1/actions', {
          type: 'sql.export',
          resource: { type: 'Database', id: 'crm' },
          arguments: { table: 'customers', columns: ['id'], destination: `s3://many/${i}` },
        }),
      ),
    );
    const first = await list('rita', 'risk=critical');
    expect(first.items).toEqual([]);
    expect(first.next).toMatch(/^act_/);
    expect(await list('rita', `risk=critical&before=${first.next}`)).toEqual({
      items: [],
      names: expect.anything(),
    });
    const seen: string[] = [];
    for (let next: string | undefined = ''; next !== undefined;) {
      const more: ApprovalList = await list('rita', `limit=100${next && `&before=${next}`}`);
      seen.push(...idsOf(more));
      next = more.next;
    }
    expect(new Set(seen).size).toBe(172);
    expect(seen).toHaveLength(172);
  });
});

describe('a request', () => {
  test('tells how far each demand is met, and everything that happened, in words', async () => {
    await vote(gateway, 'olga', asked.waiting);
    const page = await pageOf('rita', asked.waiting);
    expect(page.requirements).toEqual([
      { kind: 'review', groups: ['data-owners'], assurance: 'chat', stage: 1, have: 0, need: 1 },
    ]);
    expect(page.timeline).toMatchObject([
      { type: 'action.proposed', by: 'etl', text: 'proposed it, owned by olga, for paul' },
      { type: 'action.judged', text: expect.stringMatching(/^policy asks people: /) },
      { type: 'approval.requested', text: 'asked 1 of data-owners (chat)' },
      { by: 'olga', text: 'tried to approve it and was refused (excluded, api)' },
    ]);
    expect(page.names).toMatchObject({ olga: 'olga', paul: 'paul', dora: 'dora' });
    expect(page.names).not.toHaveProperty('etl');
    const decided = await pageOf('aud', asked.approved);
    expect(decided.timeline.map(({ by, text }) => [by, text])).toContainEqual([
      'ron',
      'approved it (api, chat)',
    ]);
    expect(decided.requirements).toMatchObject([{ have: 1, need: 1 }]);
  });
  test('tells how similar ones were decided, of those the reader may see', async () => {
    const { similar } = await pageOf('rita', asked.waiting);
    expect(similar).toMatchObject({ among: 2, approved: 1, denied: 1, other: 0 });
    expect(similar.items.map(({ state }) => state)).toEqual(['approved', 'denied']);
    expect(similar.items[0]?.headline).toContain('s3://two');
    await gateway.call('etl', 'POST', `/v1/actions/${asked.approved.status.id}/cancel`);
    const again = await pageOf('rita', asked.waiting);
    expect(again.similar.items.map(({ state }) => state)).toEqual(['cancelled', 'denied']);
  });
});

const reveal = (name: Name, body: unknown) =>
  gateway.call<Problem & { value: unknown }>(
    name,
    'POST',
    `/v1/approvals/${idOf(asked.private)}/reveal`,
    body,
  );

describe('R9 a masked argument', () => {
  const look = { path: '/destination', reason: 'is it our\u202e customer?' };
  test('is listed, shown for a reason to who may see it, and stands in the timeline', async () => {
    const page = await pageOf('rita', asked.private);
    expect(page.revealable).toEqual(['/destination']);
    expect(JSON.stringify(page.view)).not.toContain('bob.miller');
    expect((await reveal('rita', look)).body).toEqual({ value: 'to bob.miller@example.com' });
    const { timeline } = await pageOf('rita', asked.private);
    expect(timeline.at(-1)).toMatchObject({
      type: 'action.revealed',
      by: 'rita',
      text: expect.stringMatching(/^was shown \/destination: is it our[^\u202e]+customer\?$/u),
    });
  });
  const refusals: readonly (readonly [Name, unknown, number, string])[] = [
    ['eve', look, 404, 'not-found'],
    ['etl', look, 403, 'humans-only'],
    ['rita', { ...look, reason: '' }, 400, 'invalid-request'],
    ['rita', { ...look, path: '/nowhere' }, 404, 'not-found'],
    ['gone', look, 403, 'inactive-person'],
  ];
  test.each(refusals)('%s with %j is refused with %i', async (name, body, status, code) => {
    const answer = await reveal(name, body);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });
});
