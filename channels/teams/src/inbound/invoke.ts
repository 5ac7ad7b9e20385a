import type { Outgoing } from '@countersign/core';
import type { AdaptiveCard } from '../cards/elements.ts';

const json = (value: object, status = 200): Outgoing => ({
  status,
  type: 'application/json',
  body: JSON.stringify(value),
});

/** The card that takes the place of the one that was pressed, for whoever pressed it. */
export const asCard = (value: AdaptiveCard): Outgoing =>
  json({ statusCode: 200, type: 'application/vnd.microsoft.card.adaptive', value });

/** A sentence for whoever pressed it. */
export const asMessage = (value: string): Outgoing =>
  json({ statusCode: 200, type: 'application/vnd.microsoft.activity.message', value });

/** What was sent is nothing a button of ours sends. */
export const asMistake = (): Outgoing =>
  json({
    statusCode: 400,
    type: 'application/vnd.microsoft.error',
    value: { code: 'BadRequest', message: 'That is no button of this bot.' },
  });

/** What went wrong is ours; nothing was decided. */
export const asFailure = (): Outgoing =>
  json({
    statusCode: 500,
    type: 'application/vnd.microsoft.error',
    value: { code: 'InternalServerError', message: 'Nothing was decided. Try again.' },
  });

/** Taken, with nothing to say. */
export const taken = (): Outgoing => json({});

/** Not listened to. */
export const notAdmitted = (status: number, error: string): Outgoing => json({ error }, status);
