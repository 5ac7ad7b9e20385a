import { createHash, randomBytes } from 'node:crypto';
import { encryptPush, makeMessageKey, type PushKeys } from './encrypt.ts';
import { pushEndpoint, type PushHosts } from './endpoint.ts';
import { vapidHeader, type VapidKey } from './vapid.ts';

/** Where one device is reached. */
export type Subscription = { readonly endpoint: string; readonly keys: PushKeys };

/** That a decision is needed, and nothing about what. */
export type Nudge = { readonly approvalId: string; readonly expiresAt: number };

/** `gone`: the device wants no more. `again`: it may work later. `refused`: it will not. */
export type Delivery = 'sent' | 'gone' | 'again' | 'refused';

export type SenderParts = {
  readonly key: VapidKey;
  readonly contact: string;
  readonly hosts: PushHosts;
  /** Milliseconds since 1970. */
  readonly now: () => number;
};

const TIMEOUT_MS = 10_000;
const MOST_TTL_SECONDS = 4 * 7 * 86_400;

/** Sends one nudge to one device. Never throws. */
export type Send = (subscription: Subscription, nudge: Nudge) => Promise<Delivery>;

/** Makes the sender. A later nudge about the same approval replaces one that was not delivered yet (`topic`). */
export function createSender({ key, contact, hosts, now }: SenderParts): Send {
  return async ({ endpoint, keys }, { approvalId, expiresAt }) => {
    const url = pushEndpoint(endpoint, hosts);
    if (!url) return 'refused';
    const left = Math.floor((expiresAt - now()) / 1_000);
    if (left <= 0) return 'refused';
    try {
      const text = Buffer.from(JSON.stringify({ approvalId, title: 'Approval needed' }));
      const response = await fetch(url, {
        method: 'POST',
        redirect: 'manual',
        signal: AbortSignal.timeout(TIMEOUT_MS),
        headers: {
          authorization: vapidHeader(key, {
            audience: url.origin,
            contact,
            at: Math.floor(now() / 1_000),
          }),
          'content-encoding': 'aes128gcm',
          'content-type': 'application/octet-stream',
          ttl: String(Math.min(left, MOST_TTL_SECONDS)),
          urgency: 'high',
          topic: topicOf(approvalId),
        },
        body: new Uint8Array(
          encryptPush(text, keys, { salt: randomBytes(16), key: makeMessageKey() }),
        ),
      });
      await response.body?.cancel();
      return deliveryOf(response.status);
    } catch (error) {
      // what the device gave as its key is none; anything else is the network
      return isKeyFault(error) ? 'gone' : 'again';
    }
  };
}

/** At most 32 characters that are safe in URLs (RFC 8030); tells the push service nothing. */
const topicOf = (approvalId: string): string =>
  createHash('sha256').update(`push ${approvalId}`).digest('base64url').slice(0, 32);

function deliveryOf(status: number): Delivery {
  if (status >= 200 && status < 300) return 'sent';
  if (status === 404 || status === 410) return 'gone';
  return status === 429 || status >= 500 ? 'again' : 'refused';
}

const isKeyFault = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  typeof error.code === 'string' &&
  error.code.startsWith('ERR_CRYPTO');
