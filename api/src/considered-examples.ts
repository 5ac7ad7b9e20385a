import type { ActionStatus } from './action.ts';
import type { DecidedTogether, VotingTogether } from './batch.ts';
import type { DrillList } from './drill.ts';
import { problemOf } from './problems.ts';
import type { ApprovalReport } from './report.ts';

const APPROVAL = 'apr_01kq3v8f5hm4p6y8d1s3a5c7e9g2j4n6q8r0';
const OTHER = 'apr_01kq3v8f5hm4p6y8d1s3a5c7e9g2j4n6q8r1';
const SEEN = 'sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
const BATCH = 'sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae';

const votingTogether: VotingTogether = {
  choice: 'approve',
  items: [
    { approvalId: APPROVAL, version: 1, seenDigest: SEEN },
    { approvalId: OTHER, version: 1, seenDigest: SEEN },
  ],
};
const decidedTogether = (status: ActionStatus): DecidedTogether => ({
  batch: { digest: BATCH, size: 2 },
  items: [
    { approvalId: APPROVAL, status },
    { approvalId: OTHER, problem: problemOf('not-in-batch', { requestId: 'req-1' }) },
  ],
});

const report: ApprovalReport = {
  from: '2026-10-21T00:00:00.000Z',
  to: '2026-11-20T00:00:00.000Z',
  entries: 4210,
  requests: {
    total: 120,
    approved: 96,
    denied: 14,
    expired: 6,
    cancelled: 2,
    unsatisfiable: 0,
    superseded: 1,
    glassBroken: 0,
    waiting: 1,
  },
  denials: { count: 14, of: 110 },
  unanswered: { count: 5, of: 120 },
  timeToDecision: { of: 110, medianMs: 184_000, p90Ms: 2_460_000 },
  byLength: [
    { from: 0, below: 500, requests: 80, of: 76, medianMs: 95_000, p90Ms: 900_000 },
    { from: 500, below: 2_000, requests: 36, of: 32, medianMs: 310_000, p90Ms: 2_900_000 },
    { from: 2_000, below: 8_000, requests: 4, of: 2, medianMs: 800_000, p90Ms: 1_200_000 },
    { from: 8_000, requests: 0, of: 0 },
  ],
  fastApprovals: { count: 3, of: 104, charactersPerSecond: 50 },
  partialApprovals: { count: 0, of: 104 },
  inBatches: { count: 18, of: 118 },
  channels: [
    { name: 'console', count: 90, of: 118 },
    { name: 'terminal', count: 28, of: 118 },
  ],
  assurances: [{ name: 'session', count: 118, of: 118 }],
  reviewers: [{ person: 'dana', asked: 118, answered: 70, medianMs: 160_000 }],
  omitted: 0,
  groups: [{ name: 'data-owners', count: 110, of: 120 }],
  refused: { excluded: 2, inactive: 0 },
  joined: 9,
  notAsked: { deniedBefore: 1, budgetExhausted: 0, unsatisfiable: 0, waived: 0 },
  drills: {
    caught: 3,
    missed: 1,
    unanswered: 0,
    withdrawn: 0,
    skipped: 0,
    waiting: 0,
    catchRate: { count: 3, of: 4 },
  },
  names: { dana: 'Dana Ito' },
};

const drills: DrillList = {
  isConfigured: true,
  waiting: 1,
  items: [
    {
      actionId: 'act_01kq3v8f5gn2m7x4c9r6w1t0z8b5d3h7j2k4',
      approvalId: APPROVAL,
      headline: 'Export id, name of crm.customers to s3://not-ours/all (at most 60000 rows)',
      type: 'sql.export',
      resource: { type: 'Database', id: 'crm' },
      askedAt: '2026-11-18T10:12:00.000Z',
      endedAt: '2026-11-18T10:20:00.000Z',
      result: 'caught',
      by: 'dana',
    },
  ],
  names: { dana: 'Dana Ito' },
};

/** Examples of answers to several, of the report, and of drills. */
export const consideredExamples = (status: ActionStatus): Readonly<Record<string, unknown>> => ({
  VoteTogether: votingTogether,
  DecidedTogether: decidedTogether(status),
  ApprovalReport: report,
  RunDrill: { template: 'export-elsewhere' },
  DrillList: drills,
});
