import * as approval from '../approval.ts';
import * as glass from '../glass.ts';
import * as passkey from '../passkey.ts';
import type { ProblemCode } from '../problems.ts';
import * as waiver from '../waiver.ts';
import { SIGNED } from './passkey.ts';
import { CHANGING, type RouteOf } from './route.ts';

export type WaiverBodies = {
  readonly breakGlass: glass.BreakingGlass;
  readonly reviewGlass: glass.ReviewingGlass;
  readonly proposeWaiver: waiver.WaivingWish;
  readonly endorseWaiver: waiver.EndorsingWaiver;
  readonly waiverStatement: waiver.StatingWaiver;
  readonly revokeWaiver: approval.Revoking;
};

const ANSWERING: readonly ProblemCode[] = [
  ...CHANGING,
  'excluded',
  'inactive-person',
  'version-mismatch',
  'seen-mismatch',
  'digest-mismatch',
  'statement-invalid',
  'past-deadline',
  'assurance-too-low',
  'sign-in-again',
  'directory-unavailable',
  ...SIGNED,
];

/** What people may put aside: waivers, and broken glass. */
export const waiverRoutes: readonly RouteOf<WaiverBodies, 'waivers' | 'openGlasses'>[] = [
  {
    id: 'breakGlass',
    method: 'POST',
    path: '/v1/approvals/{id}/break-glass',
    summary:
      'Go ahead without those who are asked; everybody who was passed over is told, and it has to be reviewed',
    callers: ['person'],
    body: glass.breakingGlass,
    answers: { 200: { description: 'where the action stands now', schema: approval.decided } },
    problems: [
      ...ANSWERING,
      'not-pending',
      'not-breakable',
      'reason-too-short',
      'confirmation-missing',
      'break-glass-review-overdue',
    ],
  },
  {
    id: 'reviewGlass',
    method: 'POST',
    path: '/v1/approvals/{id}/break-glass-review',
    summary: 'Say, as one of those who were passed over, whether it was justified',
    callers: ['person'],
    body: glass.reviewingGlass,
    answers: { 200: { description: 'where the action stands', schema: approval.decided } },
    problems: [
      'not-found',
      'busy',
      'overloaded',
      'glass-not-broken',
      'already-reviewed',
      'excluded',
      'inactive-person',
      'not-an-approver',
      'directory-unavailable',
    ],
  },
  {
    id: 'openGlasses',
    method: 'GET',
    path: '/v1/break-glass',
    summary: 'Broken glass that waits for its review, as far as the caller may see it',
    callers: ['person'],
    answers: { 200: { description: 'all of it', schema: glass.openGlassList } },
    problems: [],
  },
  {
    id: 'waivers',
    method: 'GET',
    path: '/v1/waivers',
    summary: 'Waivers the caller may see, newest first',
    callers: ['person'],
    answers: { 200: { description: 'those of the last month', schema: waiver.waiverList } },
    problems: [],
  },
  {
    id: 'proposeWaiver',
    method: 'POST',
    path: '/v1/waivers',
    summary: 'Ask that the likes of a request need not be asked about for a while',
    callers: ['person'],
    body: waiver.waivingWish,
    answers: {
      201: {
        description: 'the waiver; in force once people endorsed it who meet what it waives',
        schema: waiver.waiverItem,
      },
    },
    problems: [
      ...CHANGING,
      'inactive-person',
      'version-mismatch',
      'seen-mismatch',
      'not-waivable',
      'waiver-beyond-ceiling',
      'waiver-scope-invalid',
      'waiver-exists',
      'erased',
      'directory-unavailable',
    ],
  },
  {
    id: 'endorseWaiver',
    method: 'POST',
    path: '/v1/waivers/{id}/endorse',
    summary: 'Say yes to a waiver, as one of those who would be asked',
    callers: ['person'],
    body: waiver.endorsingWaiver,
    answers: { 200: { description: 'the waiver as it stands now', schema: waiver.waiverItem } },
    problems: [...ANSWERING, 'already-voted', 'not-an-approver', 'not-asked-yet', 'waiver-over'],
  },
  {
    id: 'waiverStatement',
    method: 'POST',
    path: '/v1/waivers/{id}/statements',
    summary: 'Write out a yes to a waiver, to be signed by one of the caller’s passkeys',
    callers: ['person'],
    body: waiver.statingWaiver,
    answers: { 200: { description: 'the statement', schema: passkey.toSign } },
    problems: ['not-found', 'settled', 'seen-mismatch', 'no-passkey', 'passkeys-unavailable'],
  },
  {
    id: 'revokeWaiver',
    method: 'POST',
    path: '/v1/waivers/{id}/revoke',
    summary: 'End a waiver',
    callers: ['person'],
    body: approval.revoking,
    answers: { 200: { description: 'the waiver as it stands now', schema: waiver.waiverItem } },
    problems: [
      'not-found',
      'busy',
      'overloaded',
      'inactive-person',
      'not-an-approver',
      'waiver-over',
      'directory-unavailable',
    ],
  },
];
