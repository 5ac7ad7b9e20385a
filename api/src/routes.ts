import type { z } from 'zod';
import * as action from './action.ts';
import * as approval from './approval.ts';
import { health } from './health.ts';
import type { ProblemCode } from './problems.ts';

/** Who may call: one kind per credential; none at all where it is public. */
export type CallerKind = 'agent' | 'executor' | 'person';

/** Types of the bodies that are sent, by route. */
export type Bodies = {
  readonly propose: action.Proposing;
  readonly redeem: action.Redeeming;
  readonly report: action.Reporting;
  readonly vote: approval.Voting;
  readonly confirm: approval.Voting;
  readonly edit: approval.Editing;
  readonly revoke: approval.Revoking;
  readonly close: approval.Closing;
};

/** What a route answers: JSON of a schema, or another content type. */
export type Answer = {
  readonly description: string;
  readonly schema?: z.ZodType;
  readonly type?: string;
};
/** A part of the request besides its body. */
export type Parameter = {
  readonly in: 'query' | 'header' | 'path';
  readonly name: string;
  readonly description: string;
  readonly schema: Readonly<Record<string, unknown>>;
};

type Shape = {
  readonly method: 'GET' | 'POST';
  /** Segments in braces are parameters; a last `{…*}` takes the rest of the path. */
  readonly path: string;
  readonly summary: string;
  /** Empty: no credential is asked for. */
  readonly callers: readonly CallerKind[];
  readonly parameters?: readonly Parameter[];
  readonly answers: Readonly<Record<number, Answer>>;
  /** Codes of its own, besides those of every route. */
  readonly problems: readonly ProblemCode[];
};
type WithBody = {
  [Id in keyof Bodies]: Shape & { readonly id: Id; readonly body: z.ZodType<Bodies[Id]> };
}[keyof Bodies];
type PlainId =
  | 'action'
  | 'actionEvents'
  | 'cancel'
  | 'receipt'
  | 'explanation'
  | 'me'
  | 'approvals'
  | 'approval'
  | 'policies'
  | 'checkpoint'
  | 'tile'
  | 'jwks'
  | 'openapi'
  | 'problems'
  | 'healthz'
  | 'readyz'
  | 'metrics';

/** One entry of the contract. */
export type Route = WithBody | (Shape & { readonly id: PlainId; readonly body?: undefined });
export type RouteId = Route['id'];

const status: Answer = { description: 'where the action stands', schema: action.actionStatus };
const decided: Answer = { description: 'where the action stands now', schema: approval.decided };
const CHANGING: readonly ProblemCode[] = ['not-found', 'busy', 'overloaded', 'settled'];
const PROPOSING: readonly ProblemCode[] = [
  'unknown-action-type',
  'unknown-resource',
  'invalid-arguments',
  'unknown-agent',
  'unknown-person',
  'idempotency-key-reused',
  'busy',
  'overloaded',
];
const ANSWERING: readonly ProblemCode[] = [
  ...CHANGING,
  'not-pending',
  'past-deadline',
  'version-mismatch',
  'digest-mismatch',
  'seen-mismatch',
  'statement-invalid',
  'inactive-person',
  'already-voted',
  'assurance-too-low',
];
const query = (
  name: string,
  description: string,
  schema: Readonly<Record<string, unknown>>,
): Parameter => ({ in: 'query', name, description, schema });
const CHANNEL: Parameter = {
  in: 'header',
  name: 'Countersign-Channel',
  description: 'where the person answered; recorded with the vote',
  schema: { type: 'string', enum: ['api', 'terminal'], default: 'api' },
};

/** The whole contract. Decisions are `POST` and take a person's token (R7); `GET` never decides. */
export const ROUTES: readonly Route[] = [
  {
    id: 'propose',
    method: 'POST',
    path: '/v1/actions',
    summary: 'Propose an action; durable before the answer',
    callers: ['agent'],
    parameters: [
      {
        in: 'header',
        name: 'Idempotency-Key',
        description: 'the same key and action again give the first answer',
        schema: { type: 'string', maxLength: 255, pattern: '^[\\x20-\\x7e]+$' },
      },
      {
        in: 'header',
        name: 'traceparent',
        description:
          'the span the agent is in (W3C Trace Context); the trace of the action links to it',
        schema: { type: 'string', pattern: '^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$' },
      },
    ],
    body: action.proposing,
    answers: {
      201: { ...status, description: 'policy decided: allowed, or settled by a no' },
      202: { ...status, description: 'people are asked; wait for the answer' },
    },
    problems: PROPOSING,
  },
  {
    id: 'action',
    method: 'GET',
    path: '/v1/actions/{id}',
    summary: 'Where an action stands; with `wait`, once people have answered',
    callers: ['agent', 'executor', 'person'],
    parameters: [
      query('wait', 'seconds to wait while the action is pending', {
        type: 'integer',
        minimum: 0,
        maximum: 55,
        default: 0,
      }),
    ],
    answers: { 200: status },
    problems: ['not-found', 'overloaded'],
  },
  {
    id: 'actionEvents',
    method: 'GET',
    path: '/v1/actions/{id}/events',
    summary: 'Every change of an action until it is settled, as server-sent events',
    callers: ['agent', 'executor', 'person'],
    answers: {
      200: {
        description:
          '`event: status` with an ActionStatus; `event: shutdown` when the gateway stops',
        type: 'text/event-stream',
      },
    },
    problems: ['not-found', 'overloaded'],
  },
  {
    id: 'cancel',
    method: 'POST',
    path: '/v1/actions/{id}/cancel',
    summary: 'Withdraw an action that has not run',
    callers: ['agent', 'person'],
    answers: { 200: status },
    problems: [...CHANGING, 'not-yours'],
  },
  {
    id: 'redeem',
    method: 'POST',
    path: '/v1/grants/redeem',
    summary: 'Spend a grant, once, for the stored action (R3, R4, R6)',
    callers: ['agent', 'executor'],
    body: action.redeeming,
    answers: { 200: { description: 'the action to run', schema: action.releasedAction } },
    problems: [
      ...CHANGING,
      'grant-invalid',
      'grant-expired',
      'wrong-audience',
      'grant-spent',
      'grant-mismatch',
      'digest-mismatch',
      'use-by-passed',
      'not-ready',
      'not-yours',
      'refused',
      'erased',
    ],
  },
  {
    id: 'report',
    method: 'POST',
    path: '/v1/actions/{id}/outcome',
    summary: 'Report what happened',
    callers: ['agent', 'executor'],
    body: action.reporting,
    answers: { 200: status },
    problems: [...CHANGING, 'not-executing', 'not-yours', 'already-closed'],
  },
  {
    id: 'close',
    method: 'POST',
    path: '/v1/actions/{id}/close',
    summary: 'Say what happened to an action whose outcome is unknown',
    callers: ['person'],
    body: approval.closing,
    answers: { 200: decided },
    problems: [
      ...CHANGING,
      'not-executing',
      'already-closed',
      'not-an-approver',
      'inactive-person',
    ],
  },
  {
    id: 'receipt',
    method: 'GET',
    path: '/v1/actions/{id}/receipt',
    summary: 'Proof of an action, to be verified offline',
    callers: ['agent', 'executor', 'person'],
    parameters: [
      query('disclose', 'adds the unmasked action', { type: 'string', enum: ['action'] }),
    ],
    answers: { 200: { description: 'C2SP tlog-proof', type: 'text/plain; charset=utf-8' } },
    problems: ['not-found', 'not-yours', 'erased'],
  },
  {
    id: 'explanation',
    method: 'GET',
    path: '/v1/actions/{id}/explanation',
    summary: 'What policy was asked and by which set it answered',
    callers: ['person'],
    answers: { 200: { description: 'the record', schema: approval.explanation } },
    problems: ['not-found', 'erased'],
  },
  {
    id: 'me',
    method: 'GET',
    path: '/v1/me',
    summary: 'Whose credential this is',
    callers: ['agent', 'executor', 'person'],
    answers: { 200: { description: 'the caller', schema: approval.me } },
    problems: [],
  },
  {
    id: 'approvals',
    method: 'GET',
    path: '/v1/approvals',
    summary: 'Requests for a decision that the caller may see, newest first',
    callers: ['person'],
    parameters: [
      query('state', 'waiting ones, or all', {
        type: 'string',
        enum: ['pending', 'all'],
        default: 'pending',
      }),
      query('limit', 'most items', { type: 'integer', minimum: 1, maximum: 100, default: 50 }),
      query('before', '`next` of the page before', { type: 'string' }),
    ],
    answers: {
      200: {
        description: 'a page; it may be short while there is `next`, which begins the one after it',
        schema: approval.approvalList,
      },
    },
    problems: [],
  },
  {
    id: 'approval',
    method: 'GET',
    path: '/v1/approvals/{id}',
    summary: 'One request with everything needed to decide',
    callers: ['person'],
    answers: { 200: { description: 'the request', schema: approval.approvalPage } },
    problems: ['not-found'],
  },
  {
    id: 'vote',
    method: 'POST',
    path: '/v1/approvals/{id}/votes',
    summary: 'Approve or deny, as a reviewer',
    callers: ['person'],
    parameters: [CHANNEL],
    body: approval.voting,
    answers: { 200: decided },
    problems: [...ANSWERING, 'excluded', 'not-an-approver', 'not-asked-yet'],
  },
  {
    id: 'confirm',
    method: 'POST',
    path: '/v1/approvals/{id}/confirmations',
    summary: 'Confirm or deny, as the person the agent acts for; never counted as a review',
    callers: ['person'],
    parameters: [CHANNEL],
    body: approval.voting,
    answers: { 200: decided },
    problems: [...ANSWERING, 'not-the-confirmer'],
  },
  {
    id: 'edit',
    method: 'POST',
    path: '/v1/approvals/{id}/edit',
    summary: 'Ask for other arguments: a new action, a new request, votes void',
    callers: ['person'],
    body: approval.editing,
    answers: { 201: { ...status, description: 'the successor' } },
    problems: [
      ...new Set([
        ...CHANGING,
        ...PROPOSING,
        'not-pending',
        'past-deadline',
        'version-mismatch',
        'not-an-approver',
        'inactive-person',
      ] as const),
    ],
  },
  {
    id: 'revoke',
    method: 'POST',
    path: '/v1/approvals/{id}/revoke',
    summary: 'Take an approval back before it runs',
    callers: ['person'],
    body: approval.revoking,
    answers: { 200: decided },
    problems: [...CHANGING, 'not-ready', 'not-an-approver', 'inactive-person'],
  },
  {
    id: 'policies',
    method: 'GET',
    path: '/v1/policies',
    summary: 'The policy set in force',
    callers: ['agent', 'executor', 'person'],
    answers: { 200: { description: 'the set, without sources', schema: approval.policyList } },
    problems: [],
  },
  {
    id: 'checkpoint',
    method: 'GET',
    path: '/ledger/checkpoint',
    summary: 'The newest signed head (C2SP tlog-checkpoint)',
    callers: [],
    answers: { 200: { description: 'a signed note', type: 'text/plain; charset=utf-8' } },
    problems: [],
  },
  {
    id: 'tile',
    method: 'GET',
    path: '/ledger/tile/{path*}',
    summary: 'Hash tiles and entry bundles (C2SP tlog-tiles)',
    callers: [],
    answers: { 200: { description: 'immutable bytes', type: 'application/octet-stream' } },
    problems: ['not-found'],
  },
  {
    id: 'jwks',
    method: 'GET',
    path: '/.well-known/jwks.json',
    summary: 'Keys that sign grants (RFC 7517)',
    callers: [],
    answers: { 200: { description: 'a JWK set', type: 'application/jwk-set+json' } },
    problems: [],
  },
  {
    id: 'openapi',
    method: 'GET',
    path: '/openapi.json',
    summary: 'This contract as OpenAPI 3.1',
    callers: [],
    answers: { 200: { description: 'OpenAPI', type: 'application/json' } },
    problems: [],
  },
  {
    id: 'problems',
    method: 'GET',
    path: '/problems',
    summary: 'What each problem code means',
    callers: [],
    answers: { 200: { description: 'the registry', type: 'text/plain; charset=utf-8' } },
    problems: [],
  },
  {
    id: 'healthz',
    method: 'GET',
    path: '/healthz',
    summary: 'Whether the process answers',
    callers: [],
    answers: { 200: { description: 'it does', type: 'application/json' } },
    problems: [],
  },
  {
    id: 'readyz',
    method: 'GET',
    path: '/readyz',
    summary: 'Whether actions can be taken now, and what is missing',
    callers: [],
    answers: {
      200: { description: 'ready, or degraded: still taking and deciding actions', schema: health },
      503: { description: 'down, with what is missing and since when', schema: health },
    },
    problems: [],
  },
  {
    id: 'metrics',
    method: 'GET',
    path: '/metrics',
    summary: 'Prometheus metrics, for local callers',
    callers: [],
    answers: { 200: { description: 'text format 0.0.4', type: 'text/plain; version=0.0.4' } },
    problems: ['loopback-only'],
  },
];
