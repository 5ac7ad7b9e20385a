import * as approval from '../approval.ts';
import * as policy from '../policy.ts';
import type { RouteOf } from './route.ts';

/** What policy says, and said. */
export const policyRoutes: readonly RouteOf<
  {},
  'explanation' | 'policies' | 'policySources' | 'policyTests'
>[] = [
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
    id: 'policies',
    method: 'GET',
    path: '/v1/policies',
    summary: 'The policy set in force',
    callers: ['agent', 'executor', 'person'],
    answers: { 200: { description: 'the set, without sources', schema: approval.policyList } },
    problems: [],
  },
  {
    id: 'policySources',
    method: 'GET',
    path: '/v1/policies/sources',
    summary: 'The files of the policy set in force',
    callers: ['person'],
    answers: { 200: { description: 'the files', schema: policy.policySources } },
    problems: [],
  },
  {
    id: 'policyTests',
    method: 'GET',
    path: '/v1/policies/tests',
    summary: 'What the tests of the policy folder say of the set in force',
    callers: ['person'],
    answers: { 200: { description: 'the results', schema: policy.policyTests } },
    problems: ['busy'],
  },
];
