import type { Card, Shown } from '@countersign/core';
import { block, openUrl, paragraphs, runs, type Element } from './elements.ts';

/** What a button sends back, besides who pressed it. */
export type Sent = {
  readonly a: string;
  readonly n: number;
  readonly d: string;
  readonly s: string;
  readonly r: string;
};

/** A version of the action, of what was seen of it, and of how: a click on anything else is not taken (A13). */
export const sentBy = ({ view }: Card, seenDigest: string, { digest }: Shown): Sent => ({
  a: view.approvalId,
  n: view.version,
  d: view.digest.slice('sha256:'.length, 'sha256:'.length + 16),
  s: seenDigest,
  r: digest,
});

const MOST_REASON = 500;

const execute = (title: string, verb: string, data: Sent, style?: string): Element => ({
  type: 'Action.Execute',
  title,
  verb,
  data,
  ...(style !== undefined && { style }),
});

const showCard = (title: string, card: Element): Element => ({
  type: 'Action.ShowCard',
  title,
  card: { type: 'AdaptiveCard', version: '1.5', ...card },
});

/** Yes and no, each after one step more. Yes only where the whole action is in front of whoever says it (R8, A7). */
export const answers = (card: Card, sent: Sent, { complete }: Shown): readonly Element[] => [
  ...(card.approve === 'one-click' && complete ? [approve(card, sent)] : []),
  deny(sent),
];

const approve = ({ view }: Card, sent: Sent): Element =>
  showCard('Approve…', {
    body: [
      block(runs('Approve exactly this?', { weight: 'Bolder' })),
      ...paragraphs(beginning(view.headline)),
      block(runs(view.phrase, { fontType: 'Monospace' }), true),
    ],
    actions: [execute('Yes, approve it', 'approve', sent, 'positive')],
  });

/** It stands in full above. */
const beginning = (text: string): string =>
  text.length > 200 ? `${text.slice(0, 200).toWellFormed()}…` : text;

const deny = (sent: Sent): Element =>
  showCard('Deny…', {
    body: [
      {
        type: 'Input.Text',
        id: 'reason',
        label: 'Why not? The agent and the ledger are told.',
        isMultiline: true,
        isRequired: true,
        errorMessage: 'Say why.',
        maxLength: MOST_REASON,
      },
    ],
    actions: [execute('Deny it', 'deny', sent, 'destructive')],
  });

/** The way to the console, where anything can be answered. */
export const toConsole = ({ isOpen, approve: by, link }: Card): Element =>
  openUrl(isOpen ? (by === 'sign' ? 'Review & sign' : 'Review in the console') : 'Open', link);

/** Asks for the view of whoever presses it: the way there where a client does not ask by itself. */
export const ask = (sent: Sent): Element => execute('Answer here', 'refresh', sent);

/** Has clients ask for each person's own view: those named, or all of a small conversation, one after the other. */
export const refresh = (sent: Sent, userIds: readonly string[] | undefined): Element => ({
  refresh: {
    action: execute('Refresh', 'refresh', sent),
    ...(userIds && { userIds }),
  },
});
