import {
  sha256,
  type Card,
  type Channel,
  type ChannelTrouble,
  type Delivered,
} from '@countersign/core';
import { noticeEvent, resolveEvent, triggerEvent, type Event } from './event.ts';
import { enqueue } from './enqueue.ts';

/** One service of PagerDuty. */
export type PagerDutySettings = {
  readonly id: string;
  /** Integration key of the service (Events v2). */
  readonly routingKey: string;
  readonly url: string;
};

export type PagerDutyParts = {
  readonly tell: ChannelTrouble;
  readonly timeoutMs?: number;
};

const TOGETHER = 4;
const TIMEOUT_MS = 10_000;

/**
 * Wakes whoever is on call. One incident per request, resolved as soon as nobody needs to answer any more. Nothing comes
 * back from there: who acknowledges an incident has seen it, and has approved nothing (R7).
 */
export function createPagerDuty(
  { id, routingKey, url }: PagerDutySettings,
  { tell, timeoutMs = TIMEOUT_MS }: PagerDutyParts,
): Channel {
  const send = async (key: string, event: Event, copy = `incident:${key}`): Promise<Delivered> => {
    const body = { routing_key: routingKey, dedup_key: key, client: 'Countersign', ...event };
    const ended = await enqueue({ url, body, timeoutMs });
    tell(ended.did === 'done' ? undefined : ended.because);
    return ended.did === 'done' ? { did: 'done', copy } : ended;
  };
  return {
    id,
    kind: 'pagerduty',
    together: TOGETHER,
    // by the request, not by the message: whoever is escalated to joins the incident there is
    post: (_place, card) => send(card.view.approvalId, triggerEvent(card)),
    update: async (copy, card) => {
      const [, key] = COPY.exec(copy) ?? [];
      if (key === undefined) return NO_INCIDENT;
      // while it is open nothing about it is worth waking anybody again
      return isOver(card) ? send(key, resolveEvent(card), copy) : { did: 'done', copy };
    },
    alert: (_place, notice, key) => send(noticeKey(key), noticeEvent(notice)),
  };
}

/** Nobody needs to look any more. A broken glass is looked at after the fact. */
const isOver = ({ isOpen, badges, timeline }: Card): boolean =>
  !isOpen &&
  (!badges.includes('break-glass') ||
    timeline.some(({ type }) => type === 'approval.glass-reviewed'));

const COPY = /^incident:([\w-]{1,200})$/;
const NO_INCIDENT: Delivered = {
  did: 'refused',
  because: 'there is no incident that this would be about',
};

const noticeKey = (key: string): string =>
  `notice-${sha256(key)
    .replace(/^sha256:/, '')
    .slice(0, 32)}`;
