import type { ApproveBy, Badge, Card, Instant, State, WhyNoClick } from '@countersign/core';

/** Why one click does not do, said to whoever would click. */
export const NO_CLICK: Readonly<Record<WhyNoClick, string>> = {
  uninspectable: 'Not everything this does can be read from it, so it is decided in the console.',
  incomplete: 'It does not fit here whole, so it is decided in the console.',
  altered: 'It holds characters that would not be seen, so it is decided in the console.',
  assurance: 'Policy asks for more than a click in a chat.',
  critical: 'Critical actions are decided in the console.',
  confirm: 'Only the person the agent acts for confirms this, in the console.',
};

/** What the button that opens the console says. */
export const openLabel = (approve: ApproveBy, isOpen: boolean, isComplete: boolean): string => {
  if (!isOpen) return 'Open in console';
  if (approve === 'sign') return 'Review & sign';
  return approve === 'one-click' && isComplete ? 'Open in console' : 'Review in console';
};

export const BADGES: Readonly<Record<Badge, string>> = {
  'break-glass': 'BREAK-GLASS: it ran, or may run, before anybody agreed',
  escalated: 'Escalated: those asked first did not answer',
  reminded: 'Reminder sent',
};

const STATES: Readonly<Partial<Record<State, string>>> = {
  pending: 'Waiting for a decision',
  approved: 'Approved; it has not run yet',
  allowed: 'Allowed by policy',
  executing: 'Approved; it is running',
  executed: 'Approved, and it ran',
  failed: 'Approved; it ran and failed',
  unknown: 'Approved; whether it ran is not known',
  denied: 'Denied',
  expired: 'Expired: nobody decided in time',
  cancelled: 'Cancelled by whoever asked',
  unsatisfiable: 'Nobody is left who could decide it',
  superseded: 'Replaced: the arguments were edited, and a new request was made',
  lapsed: 'Approved, and not used in time',
  revoked: 'Approved, then revoked before it ran',
  refused: 'Approved, then refused by the policy of the moment it would have run',
};

/** Where a request stands, as a whole phrase (R10). */
export const stateOf = ({ state, isOpen }: Card): string =>
  // the end is the end, whether or not anybody has written that it came
  STATES[state === 'pending' && !isOpen ? 'expired' : state] ?? state;

/** A moment in UTC, to the minute. */
export const timeOf = (at: Instant): string =>
  `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

/** What a person is called, and their id where that says more. */
export const nameOf = ({ names }: Card, id: string): string =>
  names[id] === undefined || names[id] === id ? id : `${names[id]} (${id})`;

/** One word for a level of assurance, in a sentence. */
export const asked = ({ have, need, groups, kind, assurance }: Card['progress'][number]): string =>
  `${kind === 'confirm' ? 'the person it is for' : groups.join(' or ')}: ${have} of ${need} (${assurance})`;
