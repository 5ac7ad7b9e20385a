import { describe, expect, test } from 'vitest';
import {
  check,
  commonProblems,
  openApi,
  PROBLEMS,
  problemOf,
  ROUTES,
  type ProblemCode,
} from '../src/index.ts';

describe('pins: a change here is a change of the public contract', () => {
  test('routes', () => {
    expect(ROUTES.map(({ id, method, path }) => `${id}: ${method} ${path}`)).toEqual([
      'propose: POST /v1/actions',
      'action: GET /v1/actions/{id}',
      'actionEvents: GET /v1/actions/{id}/events',
      'cancel: POST /v1/actions/{id}/cancel',
      'redeem: POST /v1/grants/redeem',
      'report: POST /v1/actions/{id}/outcome',
      'close: POST /v1/actions/{id}/close',
      'receipt: GET /v1/actions/{id}/receipt',
      'approvals: GET /v1/approvals',
      'approvalEvents: GET /v1/approvals/events',
      'approval: GET /v1/approvals/{id}',
      'vote: POST /v1/approvals/{id}/votes',
      'confirm: POST /v1/approvals/{id}/confirmations',
      'edit: POST /v1/approvals/{id}/edit',
      'revoke: POST /v1/approvals/{id}/revoke',
      'reveal: POST /v1/approvals/{id}/reveal',
      'me: GET /v1/me',
      'mySessions: GET /v1/me/sessions',
      'signOutEverywhere: POST /v1/me/sign-out',
      'terminal: POST /v1/terminals',
      'token: POST /auth/token',
      'providers: GET /auth/providers',
      'login: GET /auth/login/{provider}',
      'callback: GET /auth/callback/{provider}',
      'logout: POST /auth/logout',
      'statement: POST /v1/approvals/{id}/statements',
      'passkeys: GET /v1/me/passkeys',
      'passkeyOptions: POST /v1/me/passkeys/options',
      'passkeyStatement: POST /v1/me/passkeys/statements',
      'addPasskey: POST /v1/me/passkeys',
      'removePasskey: POST /v1/me/passkeys/{id}/remove',
      'waitingPasskeys: GET /v1/passkeys/waiting',
      'endorsePasskey: POST /v1/passkeys/{id}/endorse',
      'takePasskey: POST /v1/passkeys/{id}/remove',
      'agents: GET /v1/agents',
      'registerAgent: POST /v1/agents',
      'changeAgent: POST /v1/agents/{id}',
      'issueKey: POST /v1/agents/{id}/keys',
      'rotateKey: POST /v1/keys/{id}/rotate',
      'revokeKey: POST /v1/keys/{id}/revoke',
      'stopAgent: POST /v1/agents/{id}/stop',
      'resumeAgent: POST /v1/agents/{id}/resume',
      'retireAgent: POST /v1/agents/{id}/retire',
      'killSwitch: POST /v1/kill-switch',
      'people: GET /v1/people',
      'person: GET /v1/people/{id}',
      'deactivatePerson: POST /v1/people/{id}/deactivate',
      'activatePerson: POST /v1/people/{id}/activate',
      'signOutPerson: POST /v1/people/{id}/sign-out',
      'linkPerson: POST /v1/people/{id}/link',
      'explanation: GET /v1/actions/{id}/explanation',
      'policies: GET /v1/policies',
      'policySources: GET /v1/policies/sources',
      'policyTests: GET /v1/policies/tests',
      'pushKey: GET /v1/push/key',
      'pushSubscribe: POST /v1/me/push',
      'pushUnsubscribe: POST /v1/me/push/remove',
      'chats: GET /v1/me/chats',
      'disconnectChat: POST /v1/me/chats/remove',
      'disconnectChatOf: POST /v1/people/{id}/chats/remove',
      'connectChat: GET /auth/chat/{channel}',
      'chatCallback: GET /auth/chat/{channel}/callback',
      'checkpoint: GET /ledger/checkpoint',
      'tile: GET /ledger/tile/{path*}',
      'trust: GET /ledger/trust',
      'jwks: GET /.well-known/jwks.json',
      'openapi: GET /openapi.json',
      'problems: GET /problems',
      'healthz: GET /healthz',
      'readyz: GET /readyz',
      'metrics: GET /metrics',
      'voteTogether: POST /v1/approvals/votes',
      'approvalReport: GET /v1/reports/approvals',
      'drills: GET /v1/drills',
      'runDrill: POST /v1/drills',
      'inboxPage: GET /',
      'reviewPage: GET /a/{id}',
      'batchPage: GET /batch',
      'explorerPage: GET /explorer',
      'policiesPage: GET /policies',
      'peoplePage: GET /people',
      'agentsPage: GET /agents',
      'mePage: GET /me',
      'reportPage: GET /report',
      'signInPage: GET /sign-in',
      'terminalPage: GET /terminal',
      'waiversPage: GET /waivers',
      'channelsPage: GET /channels',
      'toolsPage: GET /tools',
      'consoleAsset: GET /assets/{path*}',
      'consoleWorker: GET /sw.js',
      'consoleManifest: GET /manifest.webmanifest',
      'alerts: GET /v1/alerts',
      'channels: GET /v1/channels',
      'deadLetters: GET /v1/channels/{id}/letters',
      'replayLetters: POST /v1/channels/{id}/replay',
      'tryChannel: POST /v1/channels/{id}/try',
      'myDelegations: GET /v1/me/delegations',
      'delegate: POST /v1/me/delegations',
      'delegations: GET /v1/delegations',
      'endDelegation: POST /v1/delegations/{id}/end',
      'breakGlass: POST /v1/approvals/{id}/break-glass',
      'reviewGlass: POST /v1/approvals/{id}/break-glass-review',
      'openGlasses: GET /v1/break-glass',
      'waivers: GET /v1/waivers',
      'proposeWaiver: POST /v1/waivers',
      'endorseWaiver: POST /v1/waivers/{id}/endorse',
      'waiverStatement: POST /v1/waivers/{id}/statements',
      'revokeWaiver: POST /v1/waivers/{id}/revoke',
      'tellTools: POST /v1/tools',
      'tools: GET /v1/tools',
      'tool: GET /v1/tools/{path*}',
      'reviewTool: POST /v1/tools/review',
    ]);
  });
  test('problem codes and their status', () => {
    const byStatus: Record<number, string[]> = {};
    for (const [code, { status }] of Object.entries(PROBLEMS)) (byStatus[status] ??= []).push(code);
    expect(
      Object.fromEntries(
        Object.entries(byStatus).map(([status, codes]) => [status, codes.toSorted().join(' ')]),
      ),
    ).toEqual({
      400: 'code-invalid credentials-differ grant-invalid invalid-json invalid-request logout-invalid logout-repeated registration-invalid sign-in-expired sign-in-invalid ticket-expired ticket-invalid',
      401: 'certificate-invalid certificate-required key-ended unauthenticated',
      403: 'administrators-only agents-only ambiguous-workload assertion-invalid assurance-too-low auditors-only browser-only certificate-foreign certificate-mismatch chat-foreign counter-regressed csrf-missing excluded foreign-origin humans-only inactive-person loopback-only no-one-click no-passkey not-an-approver not-breakable not-provisioned not-the-confirmer not-yours own-passkey passkey-of-another passkey-removed passkey-too-weak passkey-unknown passkey-waiting refused sign-in-again sign-in-refused step-up-needed unbound-workload unknown-agent wrong-audience',
      404: 'chat-off drills-off no-such-drill no-such-route not-found push-off unknown-provider',
      405: 'method-not-allowed',
      408: 'request-timeout',
      409: 'already-closed already-linked already-reviewed already-voted break-glass-review-overdue chat-taken configured-agent confirmation-missing digest-mismatch glass-not-broken grant-expired grant-mismatch grant-spent id-taken key-over not-asked-yet not-due not-executing not-in-batch not-pending not-ready not-shown-whole not-waivable out-elsewhere passkey-known passkeys-unavailable past-deadline revealed-too-often seen-mismatch settled spiffe-taken too-many-delegations too-many-devices too-many-keys too-many-passkeys use-by-passed version-mismatch waiver-exists waiver-over',
      410: 'erased',
      413: 'body-too-large',
      415: 'unsupported-media-type',
      421: 'unknown-host',
      422: 'bad-delegation bad-spiffe idempotency-key-reused inactive-owner invalid-arguments push-endpoint-refused reason-too-short statement-invalid unknown-action-type unknown-issuer unknown-person unknown-resource waiver-beyond-ceiling waiver-scope-invalid weak-binding',
      431: 'headers-too-large',
      500: 'internal',
      503: 'busy corrupt directory-unavailable disk-full locked needs-migration overloaded provider-unreachable read-only rolled-back shutting-down store-failed too-new unreachable',
    });
  });
});

describe('R7: the shape of the contract', () => {
  const deciding = [
    'vote',
    'confirm',
    'edit',
    'revoke',
    'close',
    'breakGlass',
    'reviewGlass',
    'proposeWaiver',
    'endorseWaiver',
    'revokeWaiver',
  ];
  test('what decides is POST and takes people only', () => {
    const found = ROUTES.filter(({ id }) => deciding.includes(id));
    expect(found.map(({ method, callers }) => [method, callers])).toEqual(
      deciding.map(() => ['POST', ['person']]),
    );
  });
  test('what runs takes no person', () => {
    for (const id of ['propose', 'redeem', 'report'])
      expect(ROUTES.find((route) => route.id === id)?.callers).not.toContain('person');
  });
});

test('every code has a title and a remedy in one line', () => {
  for (const [code, { title, hint }] of Object.entries(PROBLEMS)) {
    expect(title, code).toMatch(/^[A-Z][^.\n]+$/);
    expect(hint, code).toMatch(/^[^A-Z\n][^\n]+[^.\n]$/);
    const problem = problemOf(code as ProblemCode, { requestId: 'r' });
    expect(problem).toMatchObject({ type: `/problems#${code}`, code, requestId: 'r' });
  }
});

test('each named schema is used, and none refers to what is not there', () => {
  const text = JSON.stringify(openApi('0', 'http://localhost'));
  const document = JSON.parse(text) as { components: { schemas: Record<string, unknown> } };
  const names = Object.keys(document.components.schemas);
  const refs = new Set(
    [...text.matchAll(/#\/components\/schemas\/(\w+)/g)].map(([, name]) => name),
  );
  expect(refs).toEqual(new Set(names));
});

type Media = { schema?: unknown; example?: unknown; examples?: Record<string, { $ref: string }> };
type Content = { content: Record<string, Media> };
type Document = {
  paths: Record<
    string,
    Record<string, { requestBody?: Content; responses: Record<string, Content> }>
  >;
  components: { examples: Record<string, { value: unknown }> };
};
const document = JSON.parse(JSON.stringify(openApi('0', 'http://localhost'))) as Document;

describe('OpenAPI shows by example', () => {
  const operations = ROUTES.map((route) => {
    const path = document.paths[route.path.replace('*}', '}')];
    return [route, path?.[route.method.toLowerCase()]] as const;
  });
  test.each(operations)('$id: every body, answer and problem', (route, operation) => {
    if (route.body) {
      const media = operation?.requestBody?.content['application/json'];
      expect(check<unknown>(route.body, media?.example)).toMatchObject({ ok: true });
    }
    for (const [status, { schema, type = 'application/json' }] of Object.entries(route.answers)) {
      const media = operation?.responses[status]?.content[schema ? 'application/json' : type];
      expect(media?.schema, status).toBeDefined();
      expect(media?.example, status).toBeDefined();
      if (schema) expect(check<unknown>(schema, media?.example)).toMatchObject({ ok: true });
    }
    const shown = Object.values(operation?.responses ?? {}).flatMap(({ content }) =>
      Object.keys(content['application/problem+json']?.examples ?? {}),
    );
    expect(shown.toSorted()).toEqual(
      [...new Set<string>([...commonProblems(route), ...route.problems])].toSorted(),
    );
    for (const code of shown)
      expect(document.components.examples[code]?.value).toMatchObject({ code });
  });
  test('events of an action are server-sent events', () => {
    const { responses } = document.paths['/v1/actions/{id}/events']?.['get'] ?? { responses: {} };
    const { schema, example } = responses['200']?.content['text/event-stream'] ?? {};
    expect(schema).toEqual({ type: 'string' });
    expect(String(example)).toMatch(/^event: status\ndata: \{.*\}\n\n/);
  });
});

describe('bodies are closed', () => {
  const bodies = ROUTES.flatMap(({ id, body }) => (body ? [[id, body] as const] : []));
  test.each(bodies)('%s refuses what it does not know, by name', (_, schema) => {
    const checked = check<unknown>(schema, { nope: 1 });
    expect(checked.ok).toBe(false);
    const withAll = check<unknown>(schema, Object.create(null));
    expect(withAll.ok || withAll.error.path).not.toBe('');
  });
  test('the first unknown member is named with those there are', () => {
    const redeem = ROUTES.find(({ id }) => id === 'redeem')?.body;
    const checked = redeem && check<unknown>(redeem, { grant: 'x', grants: 'y' });
    expect(checked).toEqual({
      ok: false,
      error: { path: '$.grants', detail: 'unknown member `grants`; known: grant' },
    });
  });
});
