import * as action from '../action.ts';
import * as batch from '../batch.ts';
import * as drill from '../drill.ts';
import * as report from '../report.ts';
import { PROPOSING, query, type RouteOf } from './route.ts';

export type ConsideredBodies = {
  readonly voteTogether: batch.VotingTogether;
  readonly runDrill: drill.RunningDrill;
};

const moment = (name: string, description: string) =>
  query(name, `${description}: RFC 3339, or a date (UTC)`, { type: 'string', maxLength: 40 });

/** Approvals that stay considered: answers to several at once, the report on all, and drills. */
export const consideredRoutes: readonly RouteOf<ConsideredBodies, 'approvalReport' | 'drills'>[] = [
  {
    id: 'voteTogether',
    method: 'POST',
    path: '/v1/approvals/votes',
    summary:
      'Answer several requests that were read together; each is decided for itself. Approves only low risks that need no passkey',
    callers: ['person'],
    body: batch.votingTogether,
    answers: {
      200: {
        description: 'what came of each; refusals are among the items',
        schema: batch.decidedTogether,
      },
    },
    problems: ['directory-unavailable'],
  },
  {
    id: 'approvalReport',
    method: 'GET',
    path: '/v1/reports/approvals',
    summary:
      'Whether approvals are considered, from the ledger alone; for administrators and auditors',
    callers: ['person'],
    parameters: [
      moment('from', 'requests from then on (default: 30 days before `to`)'),
      moment('to', 'requests before then, as they stood then (default: now)'),
      query('group', 'only requests that asked this group', { type: 'string', maxLength: 128 }),
    ],
    answers: { 200: { description: 'the report', schema: report.approvalReport } },
    problems: ['auditors-only', 'busy'],
  },
  {
    id: 'drills',
    method: 'GET',
    path: '/v1/drills',
    summary: 'What came of drills; for administrators and auditors',
    callers: ['person'],
    answers: { 200: { description: 'the newest that are over', schema: drill.drillList } },
    problems: ['auditors-only'],
  },
  {
    id: 'runDrill',
    method: 'POST',
    path: '/v1/drills',
    summary:
      'Ask people about a harmless request that never runs; whoever starts it may not answer it',
    callers: ['person'],
    needs: 'administrator',
    body: drill.runningDrill,
    answers: { 201: { description: 'where it stands', schema: action.actionStatus } },
    problems: ['drills-off', 'no-such-drill', ...PROPOSING],
  },
];
