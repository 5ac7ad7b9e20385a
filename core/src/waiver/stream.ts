import { canonical } from '../canonical.ts';
import type { WaiverId } from '../ids.ts';
import type { LedgerStore, Unit } from '../ports.ts';
import { err, ok, type Result } from '../result.ts';
import { inTurn } from '../turns.ts';
import { evolveWaiver, readWaiver, waiverStream, type Waiver, type WaiverEvent } from './waiver.ts';

/** What a change of a waiver adds, decided on the waiver as it stands. */
type Planned<E> = Result<
  { readonly events: readonly WaiverEvent[] } & Pick<
    Unit,
    'standing' | 'claims' | 'releases' | 'blobs'
  >,
  E
>;

const MAX_TRIES = 5;

/** Reads, decides, appends at the version read; on conflict again, at most five times. `claimed`: another waiver has the name. */
export function changeWaiver<E>(
  store: LedgerStore,
  id: WaiverId,
  plan: (waiver: Waiver | undefined) => Planned<E>,
): Promise<Result<Waiver, E | 'claimed' | 'busy' | 'overloaded'>> {
  const stream = waiverStream(id);
  return inTurn(store, stream, async () => {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const waiver = readWaiver(await store.read(stream));
      const planned = plan(waiver);
      if (!planned.ok) return planned;
      const { events, ...beside } = planned.value;
      const version = waiver?.version ?? 0;
      const entries = events.map((event, i) =>
        canonical({ ...event, v: 1, stream, n: version + 1 + i }),
      );
      const appended = await store.append({ stream, expectedVersion: version, entries, ...beside });
      const next = events.reduce(evolveWaiver, waiver);
      if (appended.ok && next) return ok(next);
      if (!appended.ok && appended.error.code === 'claimed') return err('claimed');
      if (!appended.ok && appended.error.code === 'overloaded') return err('overloaded');
    }
    return err('busy');
  });
}
