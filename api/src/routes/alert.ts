import { alertList } from '../alert.ts';
import { query, type RouteOf } from './route.ts';

type NoBodies = { readonly [name in never]: never };

/** What people are told of agents that ask too much. */
export const alertRoutes: readonly RouteOf<NoBodies, 'alerts'>[] = [
  {
    id: 'alerts',
    method: 'GET',
    path: '/v1/alerts',
    summary: 'Alerts about agents: all of them to administrators and auditors, their own to owners',
    callers: ['person'],
    parameters: [
      query('limit', 'at most so many', { type: 'integer', minimum: 1, maximum: 200, default: 50 }),
      query('before', 'those before this number: `next` of the last list', {
        type: 'integer',
        minimum: 1,
        maximum: 999_999_999,
      }),
    ],
    answers: { 200: { description: 'those the caller may see', schema: alertList } },
    problems: [],
  },
];
