import type { ApprovalEvent } from '../approval/event.ts';

/** What stood against asking people, where the code alone does not say it (EV-18). */
export type Because = 'agent' | 'session' | 'owner' | 'reviewers' | 'locked';

/** What stands against asking people: an earlier denial or a spent budget. */
export type Barred = Pick<
  Extract<ApprovalEvent, { type: 'action.turned-away' }>,
  'code' | 'because' | 'retryAt'
>;
