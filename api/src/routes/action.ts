import * as action from '../action.ts';
import * as approval from '../approval.ts';
import { CHANGING, PROPOSING, query, type Answer, type RouteOf } from './route.ts';

export type ActionBodies = {
  readonly propose: action.Proposing;
  readonly redeem: action.Redeeming;
  readonly report: action.Reporting;
  readonly close: approval.Closing;
};

const status: Answer = { description: 'where the action stands', schema: action.actionStatus };
const decided: Answer = { description: 'where the action stands now', schema: approval.decided };

/** The agent's side: propose, wait, run, report. */
export const actionRoutes: readonly RouteOf<
  ActionBodies,
  'action' | 'actionEvents' | 'cancel' | 'receipt'
>[] = [
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
      query('disclose', 'adds the unmasked action; that a person took it is recorded', {
        type: 'string',
        enum: ['action'],
      }),
    ],
    answers: { 200: { description: 'C2SP tlog-proof', type: 'text/plain; charset=utf-8' } },
    problems: [
      'not-found',
      'not-yours',
      'erased',
      'busy',
      'overloaded',
      'inactive-person',
      'revealed-too-often',
    ],
  },
];
