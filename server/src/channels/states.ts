import type { Clock, Instant, LedgerStore, News, StoredEntry } from '@countersign/core';
import { record } from '../record.ts';

/** Stream that tells when a channel went down and came back (L33). */
const CHANNELS = 'channels';

type StateEvent = {
  readonly type: 'channel.down' | 'channel.up';
  readonly at: Instant;
  readonly channel: string;
  readonly because?: string;
};

/** A channel that nothing goes through. */
type Down = { readonly since: Instant; readonly because: string };

/** Which channels are down, as the ledger tells: every gateway knows, though only one delivers. */
export type ChannelStates = {
  readonly down: () => ReadonlyMap<string, Down>;
  /** Tells it, unless it is known. */
  readonly tell: (channel: string, because: string | undefined) => Promise<void>;
  readonly close: () => void;
};

type Hearing = {
  readonly onChanged: (down: ReadonlyMap<string, Down>) => void;
  readonly onFailure: (error: unknown) => void;
};

/** Reads the stream, then follows it. */
export async function createChannelStates(
  store: Pick<LedgerStore, 'append' | 'read' | 'onAppended'>,
  clock: Clock,
  { onChanged, onFailure }: Hearing,
): Promise<ChannelStates> {
  let down: ReadonlyMap<string, Down> = new Map();
  const take = (entries: readonly StoredEntry[]): void => {
    down = downIn(entries);
    onChanged(down);
  };
  take(await store.read(CHANNELS));
  const close = store.onAppended(({ stream }: News) => {
    if (stream !== CHANNELS) return;
    store.read(CHANNELS).then(take, onFailure);
  });
  return {
    down: () => down,
    tell: (channel, because) =>
      record(store, CHANNELS, (entries) => {
        take(entries);
        if (down.has(channel) === (because !== undefined)) return undefined;
        const at = clock();
        return because === undefined
          ? { event: { type: 'channel.up', at, channel } }
          : { event: { type: 'channel.down', at, channel, because } };
      }),
    close,
  };
}

function downIn(entries: readonly Pick<StoredEntry, 'entry'>[]): ReadonlyMap<string, Down> {
  const down = new Map<string, Down>();
  for (const { entry } of entries) {
    const { type, at, channel, because = '' } = JSON.parse(entry) as StateEvent;
    if (type === 'channel.down') down.set(channel, { since: at, because });
    if (type === 'channel.up') down.delete(channel);
  }
  return down;
}
