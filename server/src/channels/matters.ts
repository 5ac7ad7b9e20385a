import {
  copyStream,
  shown,
  type Card,
  type Channel,
  type Notice,
  type Parts,
} from '@countersign/core';
import { isSettledState } from '@countersign/api';
import { isAsked, type Asked } from '../http/asked.ts';
import { foldOf } from '../http/folds.ts';
import type { Place } from '../routing/places.ts';
import type { Routing } from '../routing/routing.ts';
import type { Matter } from './bring.ts';
import { cardOf } from './card.ts';
import { openLog, type Log } from './copies.ts';
import { passedOverPlaces, wantedPlaces } from './wanted.ts';

/** What is told of in one channel, and what became of it so far. */
export type Told = { readonly log: Log; readonly matter: Matter };

export type MattersParts = {
  readonly parts: Parts;
  readonly publicUrl: string;
  readonly routing: () => Routing;
};

/** What a request is to a channel now; undefined where it is nothing to it: nobody was asked, or nobody there. */
export async function requestMatter(
  { parts, publicUrl, routing }: MattersParts,
  channel: Channel,
  stream: string,
): Promise<Told | undefined> {
  const entries = await parts.store.read(stream);
  const approval = foldOf(entries);
  if (!isAsked(approval)) return undefined;
  const { approvalId } = approval.asked;
  const { isWanted, places: all } = placesNow(parts, approval, channel, routing());
  const places = placesIn(channel, all);
  const log = await openLog(parts.store, copyStream(channel.id, approvalId));
  if (places.length === 0 && log.now().list.length === 0) return undefined;
  const view = await shown(parts, stream);
  const told = { subject: approvalId, version: entries.length };
  if (!view) return { log, matter: { ...told, ...ERASED } };
  const card = cardOf(parts, { approval, entries, view, publicUrl });
  return {
    log,
    matter: {
      ...told,
      isFinal: isSettledState(approval.state),
      isWanted,
      places,
      post: (place, key) => channel.post(place, card, key),
      ...(channel.update && { update: (copy) => channel.update?.(copy, card) ?? unable() }),
      ...(channel.tell && {
        tell: (copy, after, key) => {
          const notice = noticeOf(card, after, TOLD[channel.kind] ?? NOTHING);
          return notice && channel.tell?.(copy, card, notice, key);
        },
      }),
    },
  };
}

const placesIn = ({ id }: Channel, places: readonly Place[]): readonly string[] =>
  places.filter(({ channel }) => channel === id).map(({ place }) => place);

/** What was shown is gone: there is nothing left to tell, and what was told elsewhere is out of our reach. */
const ERASED: Pick<Matter, 'isFinal' | 'isWanted' | 'places' | 'post'> = {
  isFinal: true,
  isWanted: false,
  places: [],
  post: () => Promise.resolve({ did: 'refused', because: 'what was shown is erased' }),
};

const unable = (): never => {
  throw new TypeError('a channel that updates no longer does');
};

type Placed = { readonly isWanted: boolean; readonly places: readonly Place[] };

function placesNow(parts: Parts, approval: Asked, { kind }: Channel, routing: Routing): Placed {
  if (isGlassBroken(approval))
    return { isWanted: true, places: passedOverPlaces(parts, approval, routing, parts.clock()) };
  const isPending = approval.state === 'pending';
  // machines are told how it ended, even where they were not told that it began
  const isWanted = isPending || kind === 'webhook';
  return { isWanted, places: isWanted ? wantedPlaces(parts, approval, routing) : [] };
}

/** Whether people were passed over: then all of them hear of it (M11). */
const isGlassBroken = (approval: Asked): boolean => 'glass' in approval && !!approval.glass;

/** What somebody who was asked should be written to about again. */
const URGENT: ReadonlySet<string> = new Set([
  'approval.escalated',
  'approval.reminded',
  'approval.glass-broken',
]);
/** What is worth a line below a card; all else is in the card. */
const TIMELINE: ReadonlySet<string> = new Set([
  ...URGENT,
  'approval.vote-cast',
  'approval.confirmed',
  'approval.vote-refused',
  'approval.glass-reviewed',
  'approval.denied',
  'approval.expired',
  'approval.cancelled',
  'approval.drill-ended',
  'approval.superseded',
  'approval.unsatisfiable',
  'approval.revoked',
  'approval.refused',
  'action.executed',
  'action.failed',
  'action.unknown',
  'action.closed',
]);
const NOTHING: ReadonlySet<string> = new Set();
/** Machines are told by what changes; a mail is another mail. */
const TOLD: Readonly<Partial<Record<Channel['kind'], ReadonlySet<string>>>> = {
  slack: TIMELINE,
  teams: TIMELINE,
  email: URGENT,
};

/** What happened after so many entries, in lines; undefined where nothing is worth one. */
function noticeOf(
  { timeline, view, link }: Card,
  after: number,
  worth: ReadonlySet<string>,
): Notice | undefined {
  const lines = timeline.slice(after).filter(({ type }) => worth.has(type));
  const last = lines.at(-1);
  if (!last) return undefined;
  return {
    type: last.type,
    headline: view.headline,
    lines: lines.map(({ text, quote }) => (quote === undefined ? text : `${text}: “${quote}”`)),
    link,
  };
}

/** What a notice is to a channel. */
export async function noticeMatter(
  store: Parameters<typeof openLog>[0],
  channel: Channel,
  { subject, notice, places }: Noticed,
): Promise<Told> {
  return {
    log: await openLog(store, copyStream(channel.id, subject)),
    matter: {
      subject,
      version: 1,
      isFinal: true,
      isWanted: true,
      places: placesIn(channel, places),
      post: (place, key) => channel.alert(place, notice, key),
    },
  };
}

/** A notice with where it is told; `subject` tells it from every other. */
export type Noticed = {
  readonly subject: string;
  readonly notice: Notice;
  readonly places: readonly Place[];
};
