import {
  canonical,
  err,
  ok,
  StoreFailure,
  type Claim,
  type LedgerStore,
  type Result,
  type StoredEntry,
} from '@countersign/core';

/** What a stream says next: the members of its entry that are its own, what is kept beside it, and what it takes for itself. */
export type Saying = {
  readonly event: Readonly<Record<string, unknown>> & { readonly type: string };
  readonly blobs?: Readonly<Record<string, Uint8Array>>;
  readonly claims?: readonly Claim[];
};

/**
 * Adds the next entry to a stream that tells of people (L23), decided on what stands there; where `next` has nothing to
 * say, nothing is added. Another gateway may be quicker: then it is decided anew. A claim somebody else has is `claimed`.
 */
export async function say(
  store: Pick<LedgerStore, 'append' | 'read'>,
  stream: string,
  next: (entries: readonly StoredEntry[]) => Saying | undefined | Promise<Saying | undefined>,
): Promise<Result<undefined, 'claimed'>> {
  for (;;) {
    const entries = await store.read(stream);
    const saying = await next(entries);
    if (!saying) return ok(undefined);
    const { event, ...beside } = saying;
    const appended = await store.append({
      stream,
      expectedVersion: entries.length,
      entries: [canonical({ ...event, v: 1, stream, n: entries.length + 1 })],
      ...beside,
    });
    if (appended.ok) return ok(undefined);
    if (appended.error.code === 'claimed') return err('claimed');
    if (appended.error.code !== 'conflict')
      throw new StoreFailure('store-failed', `\`${stream}\` could not be written now`, {
        retryable: true,
      });
  }
}
