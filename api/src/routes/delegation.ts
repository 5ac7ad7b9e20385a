import * as delegation from '../delegation.ts';
import type { ProblemCode } from '../problems.ts';
import * as session from '../session.ts';
import { query, type Answer, type RouteOf } from './route.ts';

export type DelegationBodies = {
  readonly delegate: delegation.Delegating;
  readonly endDelegation: session.Nothing;
};

const item: Answer = { description: 'as it stands now', schema: delegation.delegationItem };
const list: Answer = { description: 'newest first', schema: delegation.delegationList };
const CHANGING: readonly ProblemCode[] = ['not-found', 'busy', 'overloaded'];

/** Who answers for whom while they are away. */
export const delegationRoutes: readonly RouteOf<
  DelegationBodies,
  'myDelegations' | 'delegations'
>[] = [
  {
    id: 'myDelegations',
    method: 'GET',
    path: '/v1/me/delegations',
    summary: 'Who answers for the caller, and for whom the caller answers',
    callers: ['person'],
    answers: { 200: list },
    problems: [],
  },
  {
    id: 'delegate',
    method: 'POST',
    path: '/v1/me/delegations',
    summary: 'Let somebody answer for the caller while they are away',
    callers: ['person'],
    body: delegation.delegating,
    answers: { 201: item },
    problems: [
      ...CHANGING,
      'sign-in-again',
      'administrators-only',
      'excluded',
      'bad-delegation',
      'too-many-delegations',
    ],
  },
  {
    id: 'delegations',
    method: 'GET',
    path: '/v1/delegations',
    summary: 'Everybody’s, for administrators and auditors',
    callers: ['person'],
    parameters: [
      query('limit', 'most items', { type: 'integer', minimum: 1, maximum: 100, default: 50 }),
      query('after', '`next` of the page before', { type: 'string', maxLength: 64 }),
    ],
    answers: { 200: list },
    problems: ['administrators-only'],
  },
  {
    id: 'endDelegation',
    method: 'POST',
    path: '/v1/delegations/{id}/end',
    summary: 'End it at once: by either of the two, or an administrator',
    callers: ['person'],
    body: session.nothing,
    answers: { 200: item },
    problems: CHANGING,
  },
];
