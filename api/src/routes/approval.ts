import * as action from '../action.ts';
import * as approval from '../approval.ts';
import type { ProblemCode } from '../problems.ts';
import { CHANGING, PROPOSING, query, type Answer, type Parameter, type RouteOf } from './route.ts';
import { SIGNED } from './passkey.ts';

export type ApprovalBodies = {
  readonly vote: approval.Voting;
  readonly confirm: approval.Voting;
  readonly edit: approval.Editing;
  readonly revoke: approval.Revoking;
  readonly reveal: approval.Revealing;
};

const status: Answer = { description: 'where the action stands', schema: action.actionStatus };
const decided: Answer = { description: 'where the action stands now', schema: approval.decided };
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
  ...SIGNED,
  'sign-in-again',
  'directory-unavailable',
];
const CHANNEL: Parameter = {
  in: 'header',
  name: 'Countersign-Channel',
  description: 'where the person answered; recorded with the vote',
  schema: { type: 'string', enum: ['api', 'terminal'], default: 'api' },
};

/** The reviewer's side. Decisions are `POST` and take a person (R7); `GET` never decides. */
export const approvalRoutes: readonly RouteOf<
  ApprovalBodies,
  'approvals' | 'approvalEvents' | 'approval'
>[] = [
  {
    id: 'approvals',
    method: 'GET',
    path: '/v1/approvals',
    summary: 'Requests for a decision that the caller may see, newest first',
    callers: ['person'],
    parameters: [
      query('state', 'waiting ones, those nobody waits for any more, or all', {
        type: 'string',
        enum: ['pending', 'decided', 'all'],
        default: 'pending',
      }),
      query('for', 'with `me`: those that wait for the caller, and those the caller has answered', {
        type: 'string',
        enum: ['me', 'anyone'],
        default: 'anyone',
      }),
      query('risk', 'only of this risk', {
        type: 'string',
        enum: ['low', 'medium', 'high', 'critical'],
      }),
      query('agent', 'only of this agent', { type: 'string', maxLength: 256 }),
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
    id: 'approvalEvents',
    method: 'GET',
    path: '/v1/approvals/events',
    summary: 'Every change of a request that the caller may see, as server-sent events',
    callers: ['person'],
    answers: {
      200: {
        description:
          '`event: hello` first and whenever something may have been missed: list again; `event: approval` with what changed; `event: shutdown` when the gateway stops',
        type: 'text/event-stream',
      },
    },
    problems: ['overloaded'],
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
        'directory-unavailable',
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
    problems: [
      ...CHANGING,
      'not-ready',
      'not-an-approver',
      'inactive-person',
      'directory-unavailable',
    ],
  },
  {
    id: 'reveal',
    method: 'POST',
    path: '/v1/approvals/{id}/reveal',
    summary: 'See one masked value in clear; recorded before it is shown',
    callers: ['person'],
    body: approval.revealing,
    answers: { 200: { description: 'the value', schema: approval.revealed } },
    problems: [
      'not-found',
      'inactive-person',
      'revealed-too-often',
      'erased',
      'busy',
      'overloaded',
    ],
  },
];
