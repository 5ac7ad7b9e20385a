import type { Instant } from '@countersign/core';
import type { Session } from '../session.ts';

/** What the stream of a session says (L31): `session-` and the hex SHA-256 of its secret. */
export type SessionEvent =
  | ({ readonly type: 'session.opened'; readonly at: Instant } & Omit<
      Session,
      'id' | 'openedAt' | 'recentUntil'
    >)
  | { readonly type: 'session.ended'; readonly at: Instant; readonly because: Because };

/** Why a session ended before its time: they left, or it was exchanged for another at a new sign-in. */
export type Because = 'signed-out' | 'replaced';

/** What the stream of a provider's own session says: `idp-session-` and the keyed digest of issuer and `sid`. */
export type IdpSessionEvent = { readonly type: 'idp-session.ended'; readonly at: Instant };

/** What a person's own stream says of their sessions: which there were, so that they can be listed. */
export type SignedIn = {
  readonly type: 'person.signed-in';
  readonly at: Instant;
  readonly session: string;
  readonly kind: Session['kind'];
  readonly provider: string;
};
