import type { Instant, LedgerStore } from '@countersign/core';
import { openLog } from './copies.ts';

/** Has what was dropped tried again; false where nothing was, or where another gateway wrote meanwhile. */
export async function replayDropped(
  store: Pick<LedgerStore, 'append' | 'read'>,
  stream: string,
  { by, at }: { readonly by: string; readonly at: Instant },
): Promise<boolean> {
  const log = await openLog(store, stream);
  if (!log.now().list.some(({ state }) => state === 'dropped')) return false;
  return log.add([{ type: 'card.replayed', at, by }]);
}
