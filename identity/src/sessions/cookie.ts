import { hmac, instant, isSameSecret, type Clock, type Instant } from '@countersign/core';
import { keyFor } from '../keyed.ts';

/** The cookie of a browser's session: its secret, when it was last used, and our mark over both. */
export type SessionCookie = {
  /** The secret in a value of ours that was used within the idle limit; undefined for anything else. */
  readonly read: (
    value: string,
  ) => { readonly secret: string; readonly usedAt: Instant } | undefined;
  /** The value for a secret that is used now. */
  readonly write: (secret: string) => string;
  /** Whether it is time to give the browser a newer one. */
  readonly isStale: (usedAt: Instant) => boolean;
  /** What a page sends in a header to show that it can read our answers, which no page of another site can. */
  readonly csrf: (secret: string) => string;
};

const RENEW_MS = 60_000;
const VALUE = /^([A-Za-z0-9_-]{43})\.(\d{1,15})\.([0-9a-f]{64})$/;

/** Makes the codec. `key` is the installation's; what it marks here is marked nowhere else. */
export function createSessionCookie(
  key: Uint8Array,
  { clock, idleMs }: { readonly clock: Clock; readonly idleMs: number },
): SessionCookie {
  const marking = keyFor(key, 'session-cookie');
  const crossSite = keyFor(key, 'session-csrf');
  const mark = (secret: string, usedAt: string): string => hmac(marking, `${secret}.${usedAt}`);
  return {
    read: (value) => {
      const [, secret = '', used = '', given = ''] = VALUE.exec(value) ?? [];
      if (secret === '' || !isSameSecret(given, mark(secret, used))) return undefined;
      const usedAt = instant(Number(used));
      return clock() - usedAt < idleMs ? { secret, usedAt } : undefined;
    },
    write: (secret) => {
      const used = String(clock());
      return `${secret}.${used}.${mark(secret, used)}`;
    },
    isStale: (usedAt) => clock() - usedAt >= RENEW_MS,
    csrf: (secret) => hmac(crossSite, secret),
  };
}
