import {
  approveBy,
  decodeEntry,
  progressOf,
  shown,
  type ApprovalEvent,
  type Badge,
  type Card,
  type CardLine,
  type CardProgress,
  type Parts,
  type StoredEntry,
  type View,
} from '@countersign/core';
import { isAsked, type Asked } from '../http/asked.ts';
import { foldOf } from '../http/folds.ts';
import { namesOf } from '../http/names.ts';
import { peopleIn } from '../http/page.ts';
import { wordsOf } from '../http/timeline.ts';

/** Requests as channels show them. */
export type Cards = {
  /** The card of an action; undefined where nobody was asked, or where what was shown is erased. */
  readonly of: (stream: string) => Promise<Card | undefined>;
};

/** Makes cards of what the ledger says now; nothing is kept. */
export function createCards({
  parts,
  publicUrl,
}: {
  readonly parts: Parts;
  readonly publicUrl: string;
}): Cards {
  return {
    of: async (stream) => {
      const [entries, view] = await Promise.all([parts.store.read(stream), shown(parts, stream)]);
      const approval = foldOf(entries);
      return isAsked(approval) && view
        ? cardOf(parts, { approval, entries, view, publicUrl })
        : undefined;
    },
  };
}

/** One request with everything that is known of it at one moment. */
type Known = {
  readonly approval: Asked;
  readonly entries: readonly Pick<StoredEntry, 'entry'>[];
  readonly view: View;
  readonly publicUrl: string;
};

/** The card of a request (DESIGN §8): the view people decide on, and where it stands. */
export function cardOf(
  { directory, clock, display }: Pick<Parts, 'directory' | 'clock' | 'display'>,
  { approval, entries, view, publicUrl }: Known,
): Card {
  const known = directory();
  const progress = progressOf(approval, known, clock()).map(
    ({ requirement: { kind, assurance, stage }, groups, have, need }): CardProgress => ({
      kind,
      groups,
      have,
      need,
      assurance,
      stage,
    }),
  );
  const events = entries.map(decodeEntry);
  const said = events.map((event) => ({ event, words: wordsOf(event, display.text) }));
  const names = namesOf(known, [...peopleIn(approval), ...said.map(({ words }) => words.by)]);
  return {
    view,
    state: approval.state,
    // the deadline holds whether or not anybody has written that it passed
    isOpen: approval.state === 'pending' && clock() < approval.asked.expiresAt,
    ...approveBy(view, askedNow(progress)),
    progress,
    timeline: said.map(
      ({ event: { at, type }, words: { by, text, inert = text, quote } }): CardLine => ({
        at,
        type,
        text: by === undefined ? inert : `${names[by] ?? by} ${inert}`,
        ...(quote === undefined || quote === '' ? {} : { quote }),
      }),
    ),
    badges: badgesOf(events),
    names,
    link: `${publicUrl}/a/${approval.asked.approvalId}`,
  };
}

/** What is asked at the lowest stage that is not met: the others are not asked yet, or not any more. */
export function askedNow<T extends Pick<CardProgress, 'have' | 'need' | 'stage'>>(
  progress: readonly T[],
): readonly T[] {
  const open = progress.filter(({ have, need }) => have < need);
  const stage = Math.min(...open.map((one) => one.stage));
  return open.filter((one) => one.stage === stage);
}

const BADGES: Readonly<Record<string, Badge>> = {
  'approval.glass-broken': 'break-glass',
  'approval.escalated': 'escalated',
  'approval.reminded': 'reminded',
};

const badgesOf = (events: readonly Pick<ApprovalEvent, 'type'>[]): readonly Badge[] => [
  ...new Set(events.flatMap(({ type }) => BADGES[type] ?? [])),
];
