import * as approval from '../approval.ts';
import type { RouteOf } from './route.ts';

/** Who the caller is. */
export const sessionRoutes: readonly RouteOf<{}, 'me'>[] = [
  {
    id: 'me',
    method: 'GET',
    path: '/v1/me',
    summary: 'Whose credential this is',
    callers: ['agent', 'executor', 'person'],
    answers: { 200: { description: 'the caller', schema: approval.me } },
    problems: [],
  },
];
