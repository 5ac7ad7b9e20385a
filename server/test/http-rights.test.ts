import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROUTES, type ActionStatus, type ApprovalList, type Problem } from '@countersign/api';
import { held, startGateway, tokenOf, vote, type Fixture, type Name } from './gateway-fixture.ts';

let gateway: Fixture;
let asked: Awaited<ReturnType<typeof held>>;
const session = { id: 'ses-1', startedBy: 'sam' };
beforeAll(async () => {
  gateway = await startGateway();
  asked = await held(gateway, 's3://rights', { onBehalfOf: 'paul', session });
});
afterAll(() => gateway.stop());

const pathOf = (path: string): string =>
  path
    .replace('/v1/approvals/{id}', `/v1/approvals/${asked.status.approvalId}`)
    .replace('{id}', asked.status.id)
    .replace('{path*}', '0/000.p/1');
const decisions = ROUTES.filter(({ callers }) => callers.join() === 'person');
const bodyOf = (id: string): unknown => {
  const answer = {
    choice: 'approve',
    version: asked.page.version,
    seenDigest: asked.page.seenDigest,
  };
  if (id === 'vote' || id === 'confirm') return answer;
  if (id === 'edit') return { version: 1, arguments: {} };
  if (id === 'reveal') return { path: '/destination', reason: 'to be sure' };
  return id === 'close' ? { outcome: 'executed' } : id === 'revoke' ? {} : undefined;
};

describe('R7: only people decide', () => {
  test.each(decisions.flatMap((route) => ['etl', 'runner'].map((name) => [name, route] as const)))(
    'refuses %s on %o',
    async (name, { id, method, path }) => {
      const answer = await gateway.call<Problem>(name as Name, method, pathOf(path), bodyOf(id));
      expect([answer.status, answer.body.code]).toEqual([403, 'humans-only']);
    },
  );
  test.each(decisions.flatMap((route) => ['etl', 'runner'].map((name) => [name, route] as const)))(
    'the token of %s is no cookie on %o',
    async (name, { id, method, path }) => {
      const token = tokenOf(name as Name);
      const headers = {
        cookie: `countersign=${token}; __Host-countersign=${token}`,
        origin: gateway.url(),
        'countersign-csrf': token,
      };
      const answer = await gateway.call<Problem>(
        undefined,
        method,
        pathOf(path),
        bodyOf(id),
        headers,
      );
      expect([answer.status, answer.body.code]).toEqual([401, 'unauthenticated']);
    },
  );
  test('every route says who may call it, and those without a caller decide nothing', () => {
    const open = ROUTES.filter(({ callers, method }) => callers.length === 0 && method === 'POST');
    expect(open.map(({ id }) => id)).toEqual(['token']);
  });
  test.each(['propose', 'redeem', 'report'])(
    'and refuses people where agents act: %s',
    async (id) => {
      const route = ROUTES.find((one) => one.id === id);
      const answer = await gateway.call<Problem>('rita', 'POST', pathOf(route?.path ?? ''), {});
      expect([answer.status, answer.body.code]).toEqual([403, 'agents-only']);
    },
  );
  test('GET never decides: every route that changes anything is POST', async () => {
    const read = new Set(ROUTES.filter(({ method }) => method === 'GET').map(({ path }) => path));
    const paths = ROUTES.filter(({ method, path }) => method === 'POST' && !read.has(path)).map(
      ({ path }) => path,
    );
    for (const path of paths) {
      const answer = await gateway.call<Problem>('rita', 'GET', pathOf(path));
      expect([path, answer.status]).toEqual([path, path === '/v1/actions' ? 405 : answer.status]);
      if (answer.status === 405) expect(answer.headers.get('allow')).toBe('POST');
      else expect(answer.body.code, path).toBe('not-found');
    }
    const { body } = await gateway.call<ActionStatus>('etl', 'GET', pathOf('/v1/actions/{id}'));
    expect(body.state).toBe('pending');
  });
});

describe('R5: whoever stands behind an action does not approve it', () => {
  const excluded: readonly (readonly [Name, string])[] = [
    ['olga', 'owns the agent'],
    ['olga2', 'owns the agent'],
    ['paul', 'is the person the agent acts for'],
    ['sam', 'started the session'],
    ['dora', 'delegated authority to the agent'],
  ];
  test.each(excluded)(
    '%s is in the asked group, may look, and is refused: %s',
    async (name, why) => {
      const refused = await vote(gateway, name, asked);
      expect([refused.status, refused.body.code]).toEqual([403, 'excluded']);
      expect(refused.body.detail).toContain(why);
      const confirmed = await gateway.call<Problem>(
        name,
        'POST',
        `/v1/approvals/${asked.status.approvalId}/confirmations`,
        bodyOf('confirm'),
      );
      expect([confirmed.status, confirmed.body.code]).toEqual([403, 'not-the-confirmer']);
      const { body } = await gateway.call<ApprovalList>(name, 'GET', '/v1/approvals');
      expect(body.items.map(({ may }) => may)).toEqual([
        { vote: false, confirm: false, because: 'excluded' },
      ]);
    },
  );
  test('a person who is not active is refused before anything else', async () => {
    const refused = await vote(gateway, 'gone', asked);
    expect([refused.status, refused.body.code]).toEqual([403, 'inactive-person']);
  });
  test('a stale version and another view do not count', async () => {
    const path = `/v1/approvals/${asked.status.approvalId}/votes`;
    const { version, seenDigest } = asked.page;
    const stale = { choice: 'approve', version: version + 1, seenDigest };
    const other = { choice: 'approve', version, seenDigest: `sha256:${'0'.repeat(64)}` };
    const answers = [
      await gateway.call<Problem>('rita', 'POST', path, stale),
      await gateway.call<Problem>('rita', 'POST', path, other),
    ];
    expect(answers.map(({ body }) => body.code)).toEqual(['version-mismatch', 'seen-mismatch']);
  });
  test('after all of these refusals it still waits', async () => {
    const { body } = await gateway.call<ActionStatus>('etl', 'GET', pathOf('/v1/actions/{id}'));
    expect(body).toMatchObject({ state: 'pending', votes: { approve: 0 } });
  });
  test('and the ledger tells of each attempt, once', async () => {
    await vote(gateway, 'olga', asked);
    const { body } = await gateway.call<string>('aud', 'GET', pathOf('/v1/actions/{id}/receipt'));
    const [, extra = ''] = /^extra (.*)$/m.exec(body) ?? [];
    const { entries } = JSON.parse(Buffer.from(extra, 'base64').toString()) as {
      entries: { entry: string }[];
    };
    const told = entries
      .map(({ entry }) => JSON.parse(entry) as { type: string; by: string; because: string })
      .filter(({ type }) => type === 'approval.vote-refused');
    expect(told.map(({ by, because }) => [by, because])).toEqual(
      excluded.map(([name]) => [name, 'excluded']),
    );
  });
});

describe('what may not be seen is not found', () => {
  const rows: readonly (readonly [Name, string, number])[] = [
    ['etl', '/v1/actions/{id}', 200],
    ['other', '/v1/actions/{id}', 404],
    ['runner', '/v1/actions/{id}', 404],
    ['eve', '/v1/actions/{id}', 404],
    ['aud', '/v1/actions/{id}', 200],
    ['rita', '/v1/actions/{id}', 200],
    ['eve', '/v1/approvals/{id}', 404],
    ['aud', '/v1/approvals/{id}', 200],
    ['other', '/v1/actions/{id}/events', 404],
    ['other', '/v1/actions/{id}/receipt', 404],
    ['eve', '/v1/actions/{id}/explanation', 404],
    ['aud', '/v1/actions/{id}/explanation', 200],
  ];
  test.each(rows)('%s %s is %i', async (name, path, status) => {
    const answer = await gateway.call<Problem>(name, 'GET', pathOf(path));
    expect(answer.status).toBe(status);
  });
  test('another agent can neither cancel nor report', async () => {
    for (const [rest, body] of [
      ['/cancel', undefined],
      ['/outcome', { outcome: 'executed' }],
    ] as const) {
      const answer = await gateway.call('other', 'POST', pathOf(`/v1/actions/{id}${rest}`), body);
      expect(answer.status).toBe(404);
    }
  });
  test('an auditor sees and cannot vote', async () => {
    const refused = await vote(gateway, 'aud', asked);
    expect([refused.status, refused.body.code]).toEqual([403, 'not-an-approver']);
  });
});

describe('credentials', () => {
  test.each([
    [undefined],
    ['Bearer nonsense'],
    [`Basic ${tokenOf('etl')}`],
    [`Bearer ${tokenOf('etl').slice(0, -1)}`],
    [`Bearer ${tokenOf('etl')} ${tokenOf('rita')}`],
  ])('%s is nobody', async (authorization) => {
    const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
    const answer = await gateway.call<Problem>(undefined, 'GET', '/v1/me', undefined, headers);
    expect([answer.status, answer.body.code]).toEqual([401, 'unauthenticated']);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
  });
  test('each is told who they are', async () => {
    const whos = await Promise.all(
      (['etl', 'runner', 'rita'] as const).map((name) => gateway.call(name, 'GET', '/v1/me')),
    );
    expect(whos.map(({ body }) => body)).toEqual([
      { kind: 'agent', id: 'etl' },
      { kind: 'executor', id: 'runner' },
      {
        kind: 'person',
        id: 'rita',
        name: 'rita',
        groups: ['data-owners'],
        roles: [],
        reach: 'chat',
      },
    ]);
  });
});
