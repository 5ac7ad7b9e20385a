import { toIso, unlinked, type Card, type Notice } from '@countersign/core';

type Severity = 'critical' | 'error' | 'warning' | 'info';

/** An event of PagerDuty's Events API v2, without what is the same in all of them. */
export type Event = {
  readonly event_action: 'trigger' | 'resolve';
  readonly client_url?: string;
  readonly links?: readonly { readonly href: string; readonly text: string }[];
  readonly payload?: {
    readonly summary: string;
    readonly source: string;
    readonly severity: Severity;
    readonly timestamp?: string;
    readonly component?: string;
    readonly group?: string;
    readonly class?: string;
    readonly custom_details?: object;
  };
};

const SEVERITIES: Readonly<Record<Card['view']['risk'], Severity>> = {
  critical: 'critical',
  high: 'error',
  medium: 'warning',
  low: 'info',
};
const MOST_SUMMARY = 1_024;
const MOST_VALUE = 500;
const MOST_LINES = 12;

/** Somebody else's text: one line, no links. */
function said(text: string, most = MOST_VALUE): string {
  const line = unlinked(text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ').trim());
  return line.length <= most ? line : `${line.slice(0, most - 1).toWellFormed()}…`;
}

/** A request that waits. What it is about in full is for the console. */
export function triggerEvent(card: Card): Event {
  const { view, link, badges, names, timeline } = card;
  const what = badges.includes('break-glass') ? 'Break-glass' : 'Decision needed';
  const at = timeline[0]?.at;
  return {
    event_action: 'trigger',
    client_url: link,
    links: [{ href: link, text: 'Read the whole action' }],
    payload: {
      summary: said(`${what}: ${view.headline}`, MOST_SUMMARY),
      source: said(`${view.action.resource.type} ${view.action.resource.id}`),
      severity: SEVERITIES[view.risk],
      ...(at === undefined ? {} : { timestamp: toIso(at) }),
      component: said(view.agent),
      group: said(card.progress.flatMap(({ groups }) => groups).join(', ')),
      class: view.action.type,
      custom_details: {
        action: view.action.type,
        agent: said(`${view.agent}, owned by ${names[view.owner] ?? view.owner}`),
        risk: view.risk,
        why: view.why.slice(0, MOST_LINES).map(({ text }) => said(text)),
        until: toIso(view.expiresAt),
        'four words': view.phrase,
        note: 'Acknowledging or resolving this incident approves nothing.',
      },
    },
  };
}

/** A request that nobody needs to answer any more. */
export const resolveEvent = (card: Card): Event => ({
  event_action: 'resolve',
  payload: {
    summary: said(`${card.state}: ${card.view.headline}`, MOST_SUMMARY),
    source: said(`${card.view.action.resource.type} ${card.view.action.resource.id}`),
    severity: 'info',
    custom_details: {
      state: card.state,
      timeline: card.timeline.slice(-MOST_LINES).map(({ text }) => said(text)),
    },
  },
});

/** A notice: an incident of its own, which people close. */
export const noticeEvent = ({ type, headline, lines, link }: Notice): Event => ({
  event_action: 'trigger',
  ...(link === undefined
    ? {}
    : { client_url: link, links: [{ href: link, text: 'Look at it in the console' }] }),
  payload: {
    summary: said(headline, MOST_SUMMARY),
    source: 'Countersign',
    severity: 'error',
    class: type,
    custom_details: { lines: lines.slice(0, MOST_LINES).map((line) => said(line)) },
  },
});
