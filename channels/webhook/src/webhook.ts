import {
  instant,
  toIso,
  type Channel,
  type ChannelTrouble,
  type Delivered,
} from '@countersign/core';
import { receiverUrl } from './address.ts';
import { changeId, idOf, noticePayload, payloadOf, typeOf, type Payload } from './payload.ts';
import { send, type LookUp, type Reply } from './send.ts';
import { readSecrets, signedHeaders } from './sign.ts';

/** One receiver. */
export type WebhookSettings = {
  readonly id: string;
  readonly url: string;
  /** `whsec_…` or `whsk_…`; every message is signed with each of them. */
  readonly secrets: readonly string[];
  /** `http://` to this machine, for an installation that is only there itself. */
  readonly allowLoopback: boolean;
  /** A receiver in a private network (RFC 1918, RFC 4193), which is refused otherwise. */
  readonly isPrivate: boolean;
};

export type WebhookParts = {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly tell: ChannelTrouble;
  readonly timeoutMs?: number;
  readonly lookUp?: LookUp;
};

const TOGETHER = 8;
const MOST_WAIT_MS = 24 * 3_600_000;

/** What is wrong with settings, before anything is sent with them. */
export function webhookTrouble(settings: WebhookSettings): 'url' | 'secrets' | undefined {
  if (!receiverUrl(settings.url, settings.allowLoopback)) return 'url';
  return readSecrets(settings.secrets) ? undefined : 'secrets';
}

/**
 * Tells one receiver what happens to requests (Standard Webhooks). Nothing comes back: a webhook notifies, it does not
 * decide. The id of a message is the key of its delivery, so a receiver that has seen it may pass it over.
 */
export function createWebhook(settings: WebhookSettings, parts: WebhookParts): Channel {
  const url = receiverUrl(settings.url, settings.allowLoopback);
  const signers = readSecrets(settings.secrets);
  const { now, tell } = parts;

  const deliver = async (id: string, payload: Payload, copy = `sent:${id}`): Promise<Delivered> => {
    if (!url || !signers)
      return { did: 'refused', because: 'the settings of the webhook are not in order' };
    const body = JSON.stringify(payload);
    const timestamp = Math.floor(now() / 1_000);
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'countersign',
      ...signedHeaders(signers, { id, timestamp, body }),
    };
    const reply = await send({ url, headers, body }, { ...parts, reach: settings });
    const delivered = deliveredOf(reply, copy, now());
    tell(delivered.did === 'done' ? undefined : delivered.because);
    return delivered;
  };

  return {
    id: settings.id,
    kind: 'webhook',
    together: TOGETHER,
    // where it is over already, the first message says so
    post: (_place, card, key) =>
      deliver(idOf(key), payloadOf(card, card.isOpen ? 'approval.requested' : typeOf(card))),
    update: async (copy, card) => {
      const [, id] = COPY.exec(copy) ?? [];
      if (id === undefined) return NO_COPY;
      const payload = payloadOf(card, typeOf(card));
      return deliver(changeId(id, payload), payload, copy);
    },
    alert: (_place, notice, key) =>
      deliver(idOf(key), noticePayload(notice, toIso(instant(now())))),
  };
}

/** All there is of a copy: the id of the first message, which later ones are told apart by. */
const COPY = /^sent:([\w-]{1,128})$/;
const NO_COPY: Delivered = { did: 'refused', because: 'nothing was sent that this would be about' };

const AGAIN: ReadonlySet<number> = new Set([408, 425, 429]);

const FAILURES = {
  timeout: 'the receiver did not answer in time',
  network: 'the receiver could not be reached',
  certificate: 'the certificate of the receiver is not valid',
} as const;

function deliveredOf(reply: Reply, copy: string, now: number): Delivered {
  if ('failed' in reply)
    return reply.failed === 'forbidden-address'
      ? { did: 'refused', because: 'the receiver is at an address that nothing is sent to' }
      : { did: 'again', because: FAILURES[reply.failed] };
  const { status } = reply;
  const because = `the receiver answered ${status}`;
  if (status >= 200 && status < 300) return { did: 'done', copy };
  if (status === 410) return { did: 'gone', because };
  if (AGAIN.has(status) || status >= 500) return { did: 'again', because, ...waitOf(reply, now) };
  return { did: 'refused', because };
}

/** `Retry-After`: seconds, or a date (RFC 9110). */
function waitOf(
  { retryAfter = '' }: { readonly retryAfter: string | undefined },
  now: number,
): { readonly afterMs?: number } {
  const ms = /^\d{1,9}$/.test(retryAfter)
    ? Number(retryAfter) * 1_000
    : Date.parse(retryAfter) - now;
  return ms > 0 ? { afterMs: Math.min(ms, MOST_WAIT_MS) } : {};
}
