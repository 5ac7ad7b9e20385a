import type { Instant } from '@countersign/core';

/** A person who signed in, in a browser or from a terminal. */
export type Session = {
  /** Lower-case hex of the SHA-256 of its secret. */
  readonly id: string;
  readonly kind: 'browser' | 'terminal';
  readonly person: string;
  /** Name of the identity provider that vouched for them. */
  readonly provider: string;
  /** When they last proved to it who they are. */
  readonly authTime: Instant;
  readonly openedAt: Instant;
  readonly expiresAt: Instant;
};
