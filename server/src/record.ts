import { canonical, StoreFailure, type LedgerStore, type StoredEntry } from '@countersign/core';

/** What a stream says next: the members of its entry that are its own, and what is kept beside it. */
type Saying = {
  readonly event: Readonly<Record<string, unknown>> & { readonly type: string };
  readonly blobs?: Readonly<Record<string, Uint8Array>>;
};

/**
 * Adds the next entry to a stream that tells of the installation (L23), decided on what stands there; where `next` has
 * nothing to say, nothing is added. Another gateway may be quicker: then it is decided anew.
 */
export async function record(
  store: Pick<LedgerStore, 'append' | 'read'>,
  stream: string,
  next: (entries: readonly StoredEntry[]) => Saying | undefined | Promise<Saying | undefined>,
): Promise<void> {
  for (;;) {
    const entries = await store.read(stream);
    const saying = await next(entries);
    if (!saying) return;
    const { event, blobs } = saying;
    const appended = await store.append({
      stream,
      expectedVersion: entries.length,
      entries: [canonical({ ...event, v: 1, stream, n: entries.length + 1 })],
      ...(blobs && { blobs }),
    });
    if (appended.ok) return;
    if (appended.error.code !== 'conflict')
      throw new StoreFailure('store-failed', `\`${stream}\` could not be written now`, {
        retryable: true,
      });
  }
}
