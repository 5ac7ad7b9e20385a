import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  ROUTES,
  type ActionStatus,
  type ApprovalPage,
  type IssuedKey,
  type Problem,
} from '@countersign/api';
import { exportTo, startGateway, vote, type Fixture, type Name } from './gateway-fixture.ts';

// R5: whoever stands behind an action never approves it, whatever they call, in whatever order.

/** What the people are asked, by the bucket an export goes to; every export of customers asks one data owner. */
const LAYOUTS = {
  one: '',
  two: '@review("Two") @approvers("data-owners") @quorum("2") @expires("1h")',
  groups: '@review("Peers too") @approvers("peers") @quorum("1") @expires("1h")',
  staged: '@review("Peers after") @approvers("peers") @quorum("1") @expires("1h") @stage("2")',
  distinct:
    '@review("Other peers") @approvers("peers") @quorum("1") @expires("1h") @distinct("yes")',
  confirmed: '@confirm("Whom it is for") @expires("1h")',
} as const;
type Layout = keyof typeof LAYOUTS;

/** Who may not answer: their account and their linked one. */
const ROLES = {
  owner: ['olga', 'olga2'],
  'person acted for': ['paul', 'paul2'],
  starter: ['sam', 'sam2'],
  delegator: ['dora', 'dora2'],
  editor: ['ron', 'ron2'],
  'giver of its key': ['ada', 'ada'],
  'stand-in of all these': ['eve', 'eve'],
} as const satisfies Readonly<Record<string, readonly [Name, Name]>>;
type Role = keyof typeof ROLES;

type Asked = { readonly status: ActionStatus; readonly page: ApprovalPage };
type Choice = 'approve' | 'deny';
let serial = 0;

/** What is sent to each route a person may change something with. A new one fails below until it stands here. */
const TRIES: Readonly<Record<string, (asked: Asked, choice: Choice) => unknown>> = {
  vote: ({ page }, choice) => ({ choice, version: page.version, seenDigest: page.seenDigest }),
  confirm: ({ page }, choice) => ({ choice, version: page.version, seenDigest: page.seenDigest }),
  statement: ({ page }, choice) => ({
    choice,
    version: page.version,
    seenDigest: page.seenDigest,
    control: 'vote',
  }),
  voteTogether: ({ status, page }, choice) => ({
    choice,
    items: [{ approvalId: status.approvalId, version: page.version, seenDigest: page.seenDigest }],
  }),
  edit: ({ page }) => ({
    version: page.version,
    arguments: argumentsTo(layoutOf(page), `edited/${++serial}`),
  }),
  revoke: () => ({ reason: 'changed my mind' }),
  cancel: () => undefined,
  close: (_, choice) => ({ outcome: choice === 'approve' ? 'executed' : 'failed' }),
  reveal: () => ({ path: '$.destination', reason: 'to see it' }),
  breakGlass: ({ page }) => ({
    version: page.version,
    seenDigest: page.seenDigest,
    reason: 'it cannot wait any longer',
  }),
  reviewGlass: () => ({ finding: 'justified', note: 'it was' }),
};
const POSTS = ROUTES.filter(({ method, callers }) => method === 'POST' && callers.length > 0);
const OPEN_TO_PEOPLE = POSTS.filter(({ callers }) => callers.includes('person'));
/** What changes something of an action or of a request; the others are about sessions, people and agents. */
const OF_ACTIONS = OPEN_TO_PEOPLE.filter(({ path }) => /^\/v1\/(actions|approvals)/.test(path));

const argumentsTo = (layout: Layout, rest: string): unknown =>
  exportTo(`s3://${layout}/${rest}`)['arguments'];
const layoutOf = ({ view }: ApprovalPage): Layout => {
  const { destination = '' } = (view?.action.arguments ?? {}) as { destination?: string };
  return destination.split('/')[2] as Layout;
};

/** Everybody who is asked may break the glass too: only R5 stands against those behind the action. */
const BREAKABLE = '@break_glass("data-owners, peers")';
const breakable = (annotations: string): string =>
  annotations.startsWith('@review') ? BREAKABLE : '';

let gateway: Fixture;
beforeAll(async () => {
  gateway = await startGateway((folder) => {
    const rules = Object.entries(LAYOUTS).filter(([, annotations]) => annotations !== '');
    const policies = rules.map(
      ([name, annotations]) => `@id("layout-${name}") ${annotations} ${breakable(annotations)}
forbid (principal, action == Countersign::Action::"sql.export", resource is Countersign::Database)
when { context.destination like "s3://${name}/*" };`,
    );
    writeFileSync(join(folder, 'policies', 'layouts.review.cedar'), policies.join('\n'));
    const data = join(folder, 'policies', 'data.review.cedar');
    const large = '@id("large-export")';
    writeFileSync(data, readFileSync(data, 'utf8').replace(large, `${large} ${BREAKABLE}`));
    const path = join(folder, 'countersign.yaml');
    const config = readFileSync(path, 'utf8');
    writeFileSync(
      path,
      config
        .replaceAll('[data-owners]', '[data-owners, peers]')
        // some are named by their main account, some by their linked one
        .replace('[paul, sam]', '[paul, sam2]')
        .replace('[dora]', '[dora2]'),
    );
  });
});
afterAll(() => gateway.stop());

/** The key of an agent of the registry, with the same people behind it as `etl` has. */
let key: string;
beforeAll(async () => {
  const made = {
    id: 'registered',
    owner: 'olga2',
    teams: ['data-agents', 'platform-agents'],
    actsFor: ['paul', 'sam2'],
    delegators: ['dora'],
  };
  expect((await gateway.call('ada', 'POST', '/v1/agents', made)).status).toBe(201);
  const path = '/v1/agents/registered/keys';
  ({ key } = (await gateway.call<IssuedKey>('ada', 'POST', path, { name: 'it' })).body);
});

/** T34: who is in no group that is asked stands for everybody behind an action, by way of the owner for somebody else too. */
beforeAll(async () => {
  const ends = new Date(Date.now() + 3_600_000).toISOString();
  for (const [from, to] of [
    ['olga2', 'eve'],
    ['paul', 'eve'],
    ['sam2', 'eve'],
    ['dora', 'eve'],
    ['rita', 'olga'],
  ] as const) {
    const made = await gateway.call(from, 'POST', '/v1/me/delegations', { to, ends });
    expect(made.status).toBe(201);
  }
});

const pathOf = (path: string, { approvalId, id }: ActionStatus): string =>
  path.replace('/v1/approvals/{id}', `/v1/approvals/${approvalId}`).replace('{id}', id);

/** How an action stands, as an eligible reviewer sees it. */
async function look(id: string): Promise<Asked> {
  const { body: status } = await gateway.call<ActionStatus>('rita', 'GET', `/v1/actions/${id}`);
  const path = `/v1/approvals/${status.approvalId}`;
  return { status, page: (await gateway.call<ApprovalPage>('rita', 'GET', path)).body };
}

/** A request of a layout, with everybody in its lineage, of an agent of the configuration or of the registry. */
async function ask(layout: Layout, { isEdited, isRegistered }: Kind): Promise<Asked> {
  const [name, headers] = isRegistered
    ? ([undefined, { authorization: `Bearer ${key}` }] as const)
    : (['etl', {}] as const);
  const what = {
    ...exportTo(`s3://${layout}/${++serial}`),
    onBehalfOf: 'paul',
    session: { id: `ses-${serial}`, startedBy: 'sam2' },
  };
  const { body } = await gateway.call<ActionStatus>(name, 'POST', '/v1/actions', what, headers);
  expect(body.state).toBe('pending');
  const asked = await look(body.id);
  if (!isEdited) return asked;
  const path = `/v1/approvals/${body.approvalId}/edit`;
  const edited = await gateway.call<ActionStatus>(
    'ron2',
    'POST',
    path,
    TRIES['edit']?.(asked, 'approve'),
  );
  expect(edited.status).toBe(201);
  return look(edited.body.id);
}

type Kind = { readonly isEdited: boolean; readonly isRegistered: boolean };
type Step = {
  readonly role: Role;
  readonly route: string;
  readonly isLinked: boolean;
  readonly choice: Choice;
  readonly channel: 'api' | 'terminal';
};
const steps = (roles: readonly Role[]): fc.Arbitrary<readonly Step[]> =>
  fc.array(
    fc.record({
      role: fc.constantFrom(...roles),
      route: fc.constantFrom(...OF_ACTIONS.map(({ id }) => id)),
      isLinked: fc.boolean(),
      choice: fc.constantFrom('approve', 'deny'),
      channel: fc.constantFrom('api', 'terminal'),
    }),
    { minLength: 1, maxLength: 8 },
  );

/** Calls on a request that somebody has edited before, or nobody: only then is the editor one like others. */
const courses = fc
  .record({ isEdited: fc.boolean(), isRegistered: fc.boolean() })
  .chain((kind) =>
    steps(
      (Object.keys(ROLES) as Role[])
        .filter((role) => kind.isEdited || role !== 'editor')
        .filter((role) => kind.isRegistered || role !== 'giver of its key'),
    ).map((calls) => ({ kind, calls })),
  );

/** One call by somebody who may not answer. Returns the request as it stands, or its successor. */
async function attempt(asked: Asked, one: Step): Promise<Asked> {
  const route = OPEN_TO_PEOPLE.find(({ id }) => id === one.route);
  const who = ROLES[one.role][one.isLinked ? 1 : 0];
  const body = TRIES[one.route]?.(asked, one.choice);
  const answer = await gateway.call<ActionStatus & Problem>(
    who,
    'POST',
    pathOf(route?.path ?? '', asked.status),
    body,
    { 'countersign-channel': one.channel },
  );
  const isPending = asked.status.state === 'pending';
  if (one.route === 'vote' && isPending)
    expect([who, answer.status, answer.body.code]).toEqual([who, 403, 'excluded']);
  // nobody breaks it on the seat of another: who has none of their own is not named at all
  if (one.route === 'breakGlass' && isPending)
    expect(['excluded', 'not-breakable'].slice(0, who === 'eve' ? 2 : 1)).toContain(
      answer.body.code,
    );
  return look(answer.status === 201 ? answer.body.id : asked.status.id);
}

/** Where those who stand behind an action may bring it: they withdraw it, and who confirms may say no. */
const lawful = (layout: Layout): readonly string[] =>
  layout === 'confirmed' ? ['pending', 'cancelled', 'denied'] : ['pending', 'cancelled'];

describe('R5: no self-approval on any entry point', () => {
  test('every route a person may change something with is tried', () => {
    expect(OF_ACTIONS.map(({ id }) => id).toSorted()).toEqual(Object.keys(TRIES).toSorted());
  });

  test('whoever stands behind an action never approves it, and others still can', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...(Object.keys(LAYOUTS) as Layout[])),
        courses,
        async (layout, { kind, calls }) => {
          let asked = await ask(layout, kind);
          for (const one of calls) {
            asked = await attempt(asked, one);
            expect(lawful(layout)).toContain(asked.status.state);
            expect(asked.page.votes).toEqual([]);
            expect(asked.status.votes?.approve ?? 0).toBe(0);
          }
          if (asked.status.state !== 'pending') return;
          await decideLawfully(layout, asked);
        },
      ),
      { numRuns: 100 },
    );
  }, 120_000);
});

/** Those who may answer do; the person acted for confirms where that is asked, which is no vote. */
async function decideLawfully(layout: Layout, asked: Asked): Promise<void> {
  if (layout === 'confirmed') {
    const path = `/v1/approvals/${asked.status.approvalId}/confirmations`;
    const confirmed = await gateway.call<Problem>(
      'paul',
      'POST',
      path,
      TRIES['vote']?.(asked, 'approve'),
    );
    expect(confirmed.status === 200 || confirmed.body.code === 'already-voted').toBe(true);
    expect((await look(asked.status.id)).status).toMatchObject({
      state: 'pending',
      votes: { approve: 0 },
    });
  }
  for (const name of ['rita', 'ann', 'abe'] as const) {
    const { state } = (await look(asked.status.id)).status;
    if (state === 'approved') return;
    expect((await vote(gateway, name, asked)).status).toBe(200);
  }
  expect((await look(asked.status.id)).status.state).toBe('approved');
}

test('R7: every other route that changes something takes no person', async () => {
  for (const { id, path, callers } of POSTS.filter((route) => !OPEN_TO_PEOPLE.includes(route))) {
    expect(callers, id).not.toContain('person');
    const answer = await gateway.call<Problem>('olga', 'POST', path.replace('{id}', 'act_x'), {});
    expect([id, answer.status, answer.body.code]).toEqual([id, 403, 'agents-only']);
  }
});
