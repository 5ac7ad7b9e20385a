import { PASSKEY_EXAMPLES } from './passkey-examples.ts';
import { CONSOLE_PAGES } from './routes/console.ts';
import { ALERT_EXAMPLES } from './alert.ts';
import { CHANNEL_EXAMPLES } from './channel.ts';
import { AGENT_EXAMPLES } from './agent-examples.ts';
import { consideredExamples } from './considered-examples.ts';
import { CHAT_EXAMPLES } from './chat.ts';
import { DELEGATION_EXAMPLES } from './delegation.ts';
import { PERSON_EXAMPLES } from './person.ts';
import { TOOL_EXAMPLES } from './tool-examples.ts';
import { WAIVER_EXAMPLES } from './waiver-examples.ts';
import type { ActionStatus, Proposing, Redeeming, ReleasedAction, Reporting } from './action.ts';
import type * as approval from './approval.ts';
import type { Health } from './health.ts';
import type * as policy from './policy.ts';
import type { Subscribing } from './push.ts';
import type { RouteId } from './routes.ts';
import type * as session from './session.ts';

const ACTION = 'act_01kq3v8f5gn2m7x4c9r6w1t0z8b5d3h7j2k4';
const APPROVAL = 'apr_01kq3v8f5hm4p6y8d1s3a5c7e9g2j4n6q8r0';
const DIGEST = 'sha256:3b7e72dc1f0a4c55e8b09d6f2a913c47d5e8860f1b2c3d4e5f60718293a4b5c6';
const SEEN = 'sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
const POLICY = 'sha256:60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752';
const GRANT = 'eyJhbGciOiJFZERTQSJ9.eyJqdGkiOiJncnRfMDFrcSJ9.c2lnbmF0dXJl';
const RESOURCE = { type: 'Database', id: 'crm' } as const;
const ARGUMENTS = {
  table: 'customers',
  columns: ['id', 'name'],
  destination: 's3://reports/july',
} as const;

const proposal: Proposing = {
  type: 'sql.export',
  resource: RESOURCE,
  arguments: { ...ARGUMENTS, columns: [...ARGUMENTS.columns] },
  claim: 'monthly report for finance',
};
const status: ActionStatus = {
  id: ACTION,
  state: 'pending',
  verdict: 'review',
  code: 'needs-review',
  reasons: ['More than 50 000 rows leave the database'],
  digest: DIGEST,
  policyDigest: POLICY,
  type: 'sql.export',
  resource: RESOURCE,
  createdAt: '2026-11-20T03:12:00.000Z',
  approvalId: APPROVAL,
  waitingFor: [
    { groups: ['data-owners'], quorum: 1, why: ['More than 50 000 rows leave the database'] },
  ],
  votes: { approve: 0 },
  expiresAt: '2026-11-20T05:12:00.000Z',
};
const released: ReleasedAction = {
  actionId: ACTION,
  type: 'sql.export',
  resource: RESOURCE,
  arguments: { ...ARGUMENTS, columns: [...ARGUMENTS.columns], format: 'csv' },
  digest: DIGEST,
  credential: null,
  deadline: '2026-11-20T03:30:00.000Z',
};
const report: Reporting = { outcome: 'executed', exitCode: 0, summary: '60000 rows written' };
const EXPIRES = '2026-11-20T15:05:00.000Z';
const me: session.Me = {
  kind: 'person',
  id: 'dana',
  name: 'Dana Ito',
  groups: ['data-owners'],
  roles: [],
  session: {
    csrf: 'b1946ac92492d2347c6235b4d2611184f8e6f2f5d7b5d7f0b3f1c1d2e3f40516',
    provider: 'okta',
    authTime: '2026-11-20T03:05:00.000Z',
    isRecent: true,
    expiresAt: EXPIRES,
    assurance: 'session',
  },
  reach: 'session',
};
const sessions: session.SessionList = {
  items: [
    {
      id: '5d41402abc4b2a76b9719d911017c592ae1f0c7d3e6b8a9f4c2d1e0f9a8b7c6d',
      kind: 'browser',
      provider: 'okta',
      openedAt: '2026-11-20T03:05:00.000Z',
      expiresAt: EXPIRES,
      isThis: true,
    },
  ],
};
const providers: session.ProviderList = { items: [{ id: 'okta', name: 'Okta', isUp: true }] };
const TERMINAL_CODE = 'pZ0q9cX7hJ2f-NdW4b1sT8yVgKmL3uRaEoIzQxC5vH6nBtSj';
const may: approval.May = { vote: true, confirm: false, needs: 'session' };
const list: approval.ApprovalList = {
  items: [
    {
      approvalId: APPROVAL,
      actionId: ACTION,
      version: 1,
      state: 'pending',
      headline: 'Export id, name of crm.customers to s3://reports/july (at most 60000 rows)',
      type: 'sql.export',
      resource: RESOURCE,
      risk: 'medium',
      agent: 'data-bot',
      owner: 'mona',
      createdAt: '2026-11-20T03:12:00.000Z',
      expiresAt: '2026-11-20T05:12:00.000Z',
      progress: { have: 0, need: 1 },
      assurance: 'session',
      isMine: false,
      may,
    },
  ],
  names: { mona: 'Mona Berg' },
  next: ACTION,
};
const page: approval.ApprovalPage = {
  status,
  version: 1,
  seenDigest: SEEN,
  votes: [],
  may,
  requirements: [
    { kind: 'review', groups: ['data-owners'], assurance: 'session', stage: 1, have: 0, need: 1 },
  ],
  timeline: [
    {
      at: '2026-11-20T03:12:00.000Z',
      type: 'action.proposed',
      by: 'data-bot',
      text: 'proposed it, owned by mona',
    },
    {
      at: '2026-11-20T03:12:00.000Z',
      type: 'approval.requested',
      text: 'asked 1 of data-owners (session)',
    },
  ],
  similar: {
    among: 200,
    approved: 4,
    denied: 1,
    other: 0,
    items: [
      {
        approvalId: APPROVAL,
        state: 'executed',
        headline: 'Export id, name of crm.customers to s3://reports/june (at most 60000 rows)',
        agent: 'data-bot',
        decidedAt: '2026-10-20T03:20:00.000Z',
      },
    ],
  },
  names: { mona: 'Mona Berg' },
  revealable: ['/destination'],
};
const voting: approval.Voting = {
  choice: 'approve',
  version: 1,
  seenDigest: SEEN,
  reason: 'agreed with finance',
};
const editing: approval.Editing = {
  version: 1,
  arguments: { ...ARGUMENTS, columns: ['id'] },
};
const revoking: approval.Revoking = { reason: 'the report was withdrawn' };
const revealing: approval.Revealing = { path: '/destination', reason: 'is this our bucket?' };
const revealed: approval.Revealed = { value: 's3://reports/customers.csv' };
const closing: approval.Closing = { outcome: 'executed', note: 'the file is there' };
const decided: approval.Decided = {
  status: { ...status, state: 'approved', votes: { approve: 1 } },
};
const policies: approval.PolicyList = {
  digest: POLICY,
  gitCommit: '4b825dc642cb6eb9a060e54bf8d69288fbee4904',
  policies: [
    {
      id: 'large-export',
      kind: 'review',
      file: 'data.review.cedar',
      line: 8,
      annotations: { review: 'More than 50 000 rows leave the database', quorum: '1' },
      isShadow: false,
    },
  ],
};
const policySources: policy.PolicySources = {
  digest: POLICY,
  files: [{ file: 'data.review.cedar', text: '@id("large-export")\n@review("…")\nforbid (…);\n' }],
};
const policyTests: policy.PolicyTests = {
  digest: POLICY,
  tests: [{ file: 'tests/data.json', name: 'a large export is reviewed', failures: [] }],
  unmatched: ['weekend-freeze'],
  problems: [],
};
const explanation: approval.Explanation = {
  record: { decisionId: ACTION, verdict: 'review' },
  policySet: { schema: 'namespace Countersign { … }', policies: [] },
};
const PUSH_KEY =
  'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4';
const subscribing: Subscribing = {
  endpoint: 'https://fcm.googleapis.com/fcm/send/abc',
  keys: { p256dh: PUSH_KEY, auth: 'BTBZMqHH6r4Tts7J_aSIgg' },
};
const redeeming: Redeeming = { grant: GRANT };

const health: Health = {
  status: 'degraded',
  ready: true,
  checks: [
    { name: 'ledger', status: 'ok' },
    { name: 'policy', status: 'ok' },
    { name: 'accepting', status: 'ok' },
    {
      name: 'policy-reload',
      status: 'degraded',
      detail: 'policy-refused',
      since: '2026-11-20T03:12:00.000Z',
    },
  ],
};

/** One example of each named schema but `Problem`, whose examples are its codes. */
export const SCHEMA_EXAMPLES: Readonly<Record<string, unknown>> = {
  ActionStatus: status,
  Proposal: proposal,
  Redeem: redeeming,
  ReleasedAction: released,
  Report: report,
  Me: me,
  Sessions: sessions,
  Providers: providers,
  Nothing: {},
  SignedOut: { url: 'https://login.example.com/logout?client_id=countersign' },
  Terminal: { challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM' },
  TerminalCode: { code: TERMINAL_CODE },
  TerminalExchange: {
    code: TERMINAL_CODE,
    verifier: 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk',
  },
  TerminalToken: {
    token: 'csp_9f2b8c4d6e1a3f5b7c9d0e2f4a6b8c0d1e3f5a7b9c1',
    id: 'dana',
    expiresAt: EXPIRES,
  },
  ApprovalList: list,
  ApprovalPage: page,
  Vote: voting,
  Edit: editing,
  Revoke: revoking,
  Close: closing,
  Reveal: revealing,
  Revealed: revealed,
  Decided: decided,
  ...AGENT_EXAMPLES,
  ...ALERT_EXAMPLES,
  ...CHANNEL_EXAMPLES,
  ...PASSKEY_EXAMPLES,
  ...PERSON_EXAMPLES,
  ...consideredExamples(decided.status),
  ...CHAT_EXAMPLES,
  ...DELEGATION_EXAMPLES,
  ...WAIVER_EXAMPLES,
  ...TOOL_EXAMPLES,
  PolicyList: policies,
  PolicySources: policySources,
  PolicyTests: policyTests,
  Explanation: explanation,
  PushKey: { key: PUSH_KEY },
  PushSubscribe: subscribing,
  PushUnsubscribe: { endpoint: subscribing.endpoint },
  PushState: { devices: 1 },
  Health: health,
};

/** What routes without a schema answer, by route and status. */
export const TEXT_EXAMPLES: { readonly [Id in RouteId]?: Readonly<Record<number, unknown>> } = {
  approvalEvents: {
    200: `event: hello\ndata: {}\n\nevent: approval\ndata: ${JSON.stringify({ approvalId: APPROVAL, state: 'pending', version: 1 })}\n\n: ping\n\n`,
  },
  actionEvents: {
    200: `event: status\ndata: ${JSON.stringify(status)}\n\n: ping\n\nevent: status\ndata: ${JSON.stringify(decided.status)}\n\n`,
  },
  login: { 302: '' },
  connectChat: { 302: '', 303: '' },
  chatCallback: { 302: '', 303: '' },
  callback: { 302: '', 303: '' },
  receipt: { 200: 'c2sp.org/tlog-proof@v1\nextra …\nindex 41\n…\n' },
  checkpoint: {
    200: 'countersign.example/ledger\n42\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— countersign.example/ledger Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n',
  },
  tile: { 200: 'bytes' },
  trust: { 200: 'log countersign.example/ledger+03bde796+AQ…\nquorum none\n' },
  jwks: {
    200: {
      keys: [
        {
          kty: 'OKP',
          crv: 'Ed25519',
          x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
          kid: 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k',
          use: 'sig',
          alg: 'EdDSA',
        },
      ],
    },
  },
  openapi: { 200: { openapi: '3.1.1', info: { title: 'Countersign' } } },
  problems: {
    200: 'excluded (403)\n  You may not decide on this action\n  someone independent must decide\n',
  },
  healthz: { 200: { ok: true } },
  ...Object.fromEntries(Object.keys(CONSOLE_PAGES).map((id) => [id, { 200: '<!doctype html>…' }])),
  consoleAsset: { 200: 'bytes' },
  consoleWorker: { 200: '// the worker of the console' },
  consoleManifest: { 200: { name: 'Countersign', start_url: '/', display: 'standalone' } },
  metrics: {
    200: '# HELP countersign_waiters callers waiting for people\n# TYPE countersign_waiters gauge\ncountersign_waiters 3\n',
  },
};
