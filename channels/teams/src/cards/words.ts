import type { Card } from '@countersign/core';

/** Why a card cannot be approved at a click, for whoever wonders. */
export const WHY_NO_CLICK: Readonly<Record<NonNullable<Card['because']>, string>> = {
  uninspectable: 'Nobody can tell from here what this would do in full. Approve it in the console.',
  incomplete: 'Not everything of it is shown here. Read it to the end in the console.',
  altered: 'It holds characters that are easily overlooked. Look at it in the console.',
  assurance: 'Policy asks for more than a click in a chat.',
  critical: 'It is critical: it is approved in the console.',
  confirm: 'Only the person it is done for can confirm it, in the console.',
};

/** What every state is called, settled or not (R10). */
export const STATES: Readonly<Record<Card['state'], string>> = {
  pending: 'Decision needed',
  allowed: 'Allowed by policy',
  approved: 'Approved, not run yet',
  executing: 'Approved, running',
  executed: 'Approved and executed',
  failed: 'Approved; it failed',
  unknown: 'Approved; nobody knows whether it ran',
  denied: 'Denied',
  expired: 'Expired: nobody decided in time',
  cancelled: 'Cancelled by the agent',
  unsatisfiable: 'Unsatisfiable: too few people are left who may decide',
  superseded: 'Superseded: its arguments were edited',
  lapsed: 'Approved, but not used in time',
  revoked: 'Approved, then revoked',
  refused: 'Approved, but policy denies it now',
  'budget-exhausted': 'Nobody was asked: too much was asked already',
};
