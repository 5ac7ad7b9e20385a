import type { Instant } from '@countersign/core';
import type * as glass from './glass.ts';
import type * as waiver from './waiver.ts';

const WAIVER = 'wvr_01kq3v8f5pq3r7t9v1x5z2a4c6e8g0j3n5m7';
const APPROVAL = 'apr_01kq3v8f5hm4p6y8d1s3a5c7e9g2j4n6q8r0';
const ACTION = 'act_01kq3v8f5gn2m7x4c9r6w1t0z8b5d3h7j2k4';
const DIGEST = 'sha256:3b7e72dc1f0a4c55e8b09d6f2a913c47d5e8860f1b2c3d4e5f60718293a4b5c6';
const SEEN = 'sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
const AT = '2026-11-20T03:12:00.000Z';
const UNTIL = '2026-11-20T11:12:00.000Z';

const breaking: glass.BreakingGlass = {
  version: 1,
  seenDigest: SEEN,
  reason: 'the database is down and nobody of the owners answers',
};
const open: glass.OpenGlassList = {
  items: [
    {
      approvalId: APPROVAL,
      actionId: ACTION,
      by: 'sid',
      reviewBy: '2026-11-21T03:12:00.000Z',
      isOverdue: false,
    },
  ],
};
const scope = { destination: { prefix: 's3://reports/' }, limit: { atMost: 60_000 } } as const;
const wish: waiver.WaivingWish = {
  approvalId: APPROVAL,
  version: 1,
  seenDigest: SEEN,
  scope,
  until: UNTIL,
  uses: 20,
  reason: 'the report of this night, in twenty parts',
};
const item: waiver.WaiverItem = {
  id: WAIVER,
  state: 'proposed',
  approvalId: APPROVAL,
  agent: 'data-bot',
  by: 'dana',
  proposedAt: AT,
  until: UNTIL,
  uses: 20,
  used: 0,
  expiresAt: '2026-11-20T05:12:00.000Z',
  termsDigest: DIGEST,
  view: {
    v: 1,
    waiverId: WAIVER,
    approvalId: APPROVAL,
    version: 1,
    actionDigest: DIGEST,
    headline: 'Export id, name of crm.customers to s3://reports/july (at most 60000 rows)',
    agent: 'data-bot',
    type: 'sql.export',
    resource: { type: 'Database', id: 'crm' },
    arguments: { table: 'customers', destination: 's3://reports/july', limit: 60_000 },
    scope: { destination: { prefix: 's3://reports/' }, limit: { atMost: 60_000 } },
    policies: ['large-export'],
    until: 1_795_173_120_000 as Instant,
    uses: 20,
    reason: wish.reason,
  },
  requirements: [{ groups: ['data-owners'], assurance: 'session', have: 1, need: 2 }],
  endorsedBy: ['dana'],
  may: { endorse: true, revoke: true, needs: 'session' },
};

/** One example of each named schema of waivers and broken glass. */
export const WAIVER_EXAMPLES: Readonly<Record<string, unknown>> = {
  BreakGlass: breaking,
  ReviewGlass: { finding: 'justified', note: 'nobody of us could be reached' },
  OpenGlasses: open,
  ProposeWaiver: wish,
  EndorseWaiver: { termsDigest: DIGEST },
  StateWaiver: { termsDigest: DIGEST },
  Waiver: item,
  WaiverList: { items: [item], names: { dana: 'Dana Ito' } },
};
