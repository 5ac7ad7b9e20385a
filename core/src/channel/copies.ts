import { canonical } from '../canonical.ts';
import type { Standing, StoredEntry } from '../ports.ts';
import { instant, type Instant } from '../time.ts';
import type { Shown } from '../approval/shown.ts';

/**
 * What became of one thing (a request, a notice) in one channel: stream `card-<channel>-<subject>` (L33). It is told before
 * anything is sent, so that what was sent, or may have been, is known after a crash.
 */
export type CopyEvent = { readonly at: Instant } & (
  | {
      readonly type: 'card.posting';
      /** Id of the channel. */
      readonly channel: string;
      /** `apr_…`, or what the notice is about. */
      readonly subject: string;
      readonly copies: readonly { readonly key: string; readonly place: string }[];
    }
  | {
      readonly type: 'card.posted';
      readonly key: string;
      /** The channel's own words for where it is. */
      readonly copy: string;
      /** Entries of the action it shows. */
      readonly version: number;
      readonly shown?: Shown;
    }
  | {
      /** It shows the end of the matter: nothing more is changed. */
      readonly type: 'card.final';
      readonly key: string;
      readonly version: number;
      readonly shown?: Shown;
    }
  | { readonly type: 'card.dropped'; readonly key: string; readonly because: string }
  | {
      /** Lines below it were told up to this entry of the action. */
      readonly type: 'card.told';
      readonly key: string;
      readonly version: number;
    }
  | {
      /** A person wants what was dropped to be tried again. */
      readonly type: 'card.replayed';
      readonly by: string;
    }
);

/** One copy. `posting`: nobody knows yet whether it is there. `dropped`: it is not, and nobody tries. */
export type Copy = {
  readonly key: string;
  readonly place: string;
  readonly state: 'posting' | 'posted' | 'final' | 'dropped';
  /** When this began to be so. */
  readonly at: Instant;
  readonly copy?: string;
  readonly version?: number;
  readonly told?: number;
  readonly because?: string;
};

/** Every copy in one channel, in the order they were begun. */
export type Copies = {
  readonly channel: string;
  /** What they are of: an approval, or a notice. */
  readonly subject: string;
  readonly createdAt: Instant;
  readonly list: readonly Copy[];
};

export const NO_COPIES: Copies = { channel: '', subject: '', createdAt: instant(0), list: [] };

/** Begins the names of these streams. */
const STREAM = 'card-';

export const isCopyStream = (stream: string): boolean => stream.startsWith(STREAM);
export const copyStream = (channel: string, subject: string): string =>
  `${STREAM}${channel}-${subject}`;

/** States of these streams in the store's index, so that those that are not done are found again. */
export const COPY_STATES = { open: 'card:open', dead: 'card:dead', done: 'card:done' } as const;

/** The copies after one more fact. Total. */
export function evolveCopies(copies: Copies, event: CopyEvent): Copies {
  const { at } = event;
  const set = (key: string, change: Partial<Copy>): Copies => ({
    ...copies,
    list: copies.list.map((copy) => (copy.key === key ? { ...copy, at, ...change } : copy)),
  });
  switch (event.type) {
    case 'card.posting':
      return {
        channel: event.channel,
        subject: event.subject,
        createdAt: copies.channel === '' ? at : copies.createdAt,
        list: [
          ...copies.list,
          ...event.copies.map((one) => ({ ...one, at, state: 'posting' as const })),
        ],
      };
    case 'card.posted':
      return set(event.key, {
        state: 'posted',
        copy: event.copy,
        version: event.version,
        told: event.version,
      });
    case 'card.final':
      return set(event.key, { state: 'final', version: event.version });
    case 'card.dropped':
      return set(event.key, { state: 'dropped', because: event.because });
    case 'card.told':
      return set(event.key, { told: event.version });
    case 'card.replayed':
      return {
        ...copies,
        list: copies.list.map((copy) =>
          // what was posted before is still there, and is brought to the truth; the rest is posted anew
          copy.state === 'dropped'
            ? { ...copy, at, state: copy.copy === undefined ? 'posting' : 'posted' }
            : copy,
        ),
      };
    default:
      return copies; // what a newer gateway says in words of its own
  }
}

/** What the entries of such a stream say. */
export const copiesOf = (entries: readonly Pick<StoredEntry, 'entry'>[]): Copies =>
  entries.reduce(
    (copies, { entry }) => evolveCopies(copies, JSON.parse(entry) as CopyEvent),
    NO_COPIES,
  );

/** The exact bytes of an entry. */
export const encodeCopyEvent = (stream: string, n: number, event: CopyEvent): string =>
  canonical({ ...event, v: 1, stream, n });

/** What the store keeps to find it. The channel stands where an action has its agent. */
export function standingOfCopies({ channel, createdAt, list }: Copies): Standing {
  const isOpen = list.some(({ state }) => state === 'posting' || state === 'posted');
  const isDead = list.some(({ state }) => state === 'dropped');
  const state = isOpen ? COPY_STATES.open : isDead ? COPY_STATES.dead : COPY_STATES.done;
  return { state, agent: channel, createdAt };
}
