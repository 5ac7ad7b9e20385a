import {
  canonical,
  err,
  ok,
  StoreFailure,
  type Claim,
  type Clock,
  type Instant,
  type LedgerStore,
  type News,
  type Result,
  type StoredEntry,
} from '@countersign/core';
import type { DirectoryEvent } from './event.ts';
import { nothingSaid, tell, type RosterState } from './state.ts';

/** The stream every fact about people and agents is in. */
export const DIRECTORY = 'directory';

/** What a change adds, decided on the state as it stands. */
export type Planned<E> = Result<
  {
    readonly events: readonly DirectoryEvent[];
    readonly claims?: readonly Claim[];
    readonly releases?: readonly string[];
    readonly blobs?: Readonly<Record<string, Uint8Array>>;
  },
  E
>;

/** People, groups, passkeys and agents, as the ledger tells of them. */
export type Roster = {
  /** What this process has heard. */
  readonly now: () => RosterState;
  /** The same after everything that is durable at the moment of the call was heard, whichever gateway wrote it. Throws `StoreFailure`. */
  readonly current: () => Promise<RosterState>;
  /** Decides on the current state and appends at its version; where another was quicker, decides anew, at most five times. */
  readonly change: <E>(
    plan: (state: RosterState, at: Instant) => Planned<E>,
  ) => Promise<Result<RosterState, E | 'busy' | 'overloaded'>>;
  /** Calls back after every change of who may do what; returns the way to stop. */
  readonly onChanged: (listener: () => void) => () => void;
  readonly close: () => void;
};

const MAX_TRIES = 5;
const MAX_RANGE = 10_000;

/** Reads the whole stream, then follows it. */
export async function createRoster(
  store: Pick<LedgerStore, 'append' | 'read' | 'range' | 'head' | 'onAppended'>,
  clock: Clock,
): Promise<Roster> {
  const said = nothingSaid();
  let state: RosterState = said;
  const listeners = new Set<() => void>();
  // every entry of ours below this index of the ledger was taken in
  let heard = (await store.head()).size;

  let unread: number | undefined;

  function take(entries: readonly Pick<StoredEntry, 'seq' | 'version' | 'entry'>[]): void {
    let isChanged = false;
    for (const { seq, version, entry } of entries) {
      // news, a range and our own append may all bring the same entry: it is taken in once, in order
      if (version !== state.version + 1) continue;
      const event = JSON.parse(entry) as DirectoryEvent;
      tell(state, event, seq);
      state = { ...state, version };
      // that a passkey was used changes nothing anybody may do
      isChanged ||= event.type !== 'passkey.used';
    }
    if (isChanged) for (const listener of listeners) listener();
  }

  function hear({ stream, firstSeq, version, unit }: News): void {
    if (stream === DIRECTORY && unit) {
      const first = version - unit.entries.length + 1;
      take(unit.entries.map((entry, i) => ({ seq: firstSeq + i, version: first + i, entry })));
    }
    // what another gateway wrote has to be read first; until then `current` begins there
    if (stream === DIRECTORY && version > state.version) unread ??= firstSeq;
    // news come in the order of the ledger: with these, all before them were heard
    if (unread === undefined) heard = Math.max(heard, firstSeq + (unit?.entries.length ?? 0));
    else void current().catch(() => undefined); // whoever decides asks again, and hears of a failure
  }

  async function current(): Promise<RosterState> {
    const { size } = await store.head();
    const begin = heard;
    for (let from = begin; from < size;) {
      const entries = await store.range(from, Math.min(size, from + MAX_RANGE));
      if (entries.length === 0)
        throw new StoreFailure('unreachable', 'the ledger is behind its head', { retryable: true });
      const ours = entries.filter(({ stream }) => stream === DIRECTORY);
      take(ours);
      // INVARIANT: nothing is left out; where something before these was, all of it is read again
      if ((ours.at(-1)?.version ?? 0) > state.version) take(await store.read(DIRECTORY));
      from += entries.length;
    }
    if (unread !== undefined && unread < size) unread = undefined;
    heard = Math.max(heard, unread ?? size);
    return state;
  }

  async function tryChange<E>(
    plan: (state: RosterState, at: Instant) => Planned<E>,
  ): Promise<Result<RosterState, E | 'busy' | 'overloaded'>> {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      await current();
      const planned = plan(state, clock());
      if (!planned.ok) return planned;
      const { events, ...beside } = planned.value;
      if (events.length === 0) return ok(state);
      const { version } = state;
      const entries = events.map((event, i) =>
        canonical({ ...event, v: 1, stream: DIRECTORY, n: version + 1 + i }),
      );
      const unit = { stream: DIRECTORY, expectedVersion: version, entries, ...beside };
      const appended = await store.append(unit);
      if (appended.ok) {
        const { firstSeq } = appended.value;
        take(entries.map((entry, i) => ({ seq: firstSeq + i, version: version + 1 + i, entry })));
        return ok(state);
      }
      if (appended.error.code === 'overloaded') return err('overloaded');
    }
    return err('busy');
  }

  take(await store.read(DIRECTORY));
  const stop = store.onAppended(hear);
  await current(); // what was written between the two
  let last: Promise<unknown> = Promise.resolve();
  return {
    now: () => state,
    current,
    change: (plan) => {
      // one after the other in this process: they would only get in each other's way
      const turn = last.then(() => tryChange(plan));
      last = turn.catch(() => undefined);
      return turn;
    },
    onChanged: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: stop,
  };
}
