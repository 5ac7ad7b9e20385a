import type { Instant } from '@countersign/core';

/** A person who signed in, in a browser or from a terminal. */
export type Session = {
  /** Lower-case hex of the SHA-256 of its secret. */
  readonly id: string;
  readonly kind: 'browser' | 'terminal';
  readonly person: string;
  /** Name of the identity provider that vouched for them. */
  readonly provider: string;
  /** When they last proved to it who they are; 0 where it does not say. */
  readonly authTime: Instant;
  /** Until when that counts as recent. */
  readonly recentUntil: Instant;
  readonly openedAt: Instant;
  readonly expiresAt: Instant;
  /** Keyed digest of issuer and `sid`: the provider can end every session of it. */
  readonly idpSession?: string;
  /** How they proved it, in the provider's words (RFC 8176). */
  readonly amr?: readonly string[];
  /** The provider named more groups than it tells, so those known before stayed. */
  readonly areGroupsCut?: true;
};
