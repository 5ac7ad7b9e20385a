import { canonical, hmac, isSameSecret } from '@countersign/core';
import { keyFor } from '../keyed.ts';

/** Marks statements this installation handed out: nothing has to be remembered, and every gateway knows them again. */
export type Tickets = {
  readonly of: (statement: object) => string;
  readonly isOf: (statement: object, ticket: string) => boolean;
};

/**
 * Tickets of one purpose.
 * ATTACKER: without one, a page could have a person sign statements of its own making, dated ahead, and use them later.
 */
export function createTickets(
  key: Uint8Array,
  purpose: 'decision' | 'enrolment' | 'break-glass' | 'waiver',
): Tickets {
  const own = keyFor(key, `passkey-ticket-${purpose}`);
  const of = (statement: object): string => hmac(own, canonical(statement));
  return { of, isOf: (statement, ticket) => isSameSecret(of(statement), ticket) };
}
