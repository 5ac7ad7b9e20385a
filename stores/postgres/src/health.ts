import type { StoreFailure } from '@countersign/core';
import { toStoreFailure } from './failure.ts';
import type { Tail } from './news.ts';

/** How a store's database is, in words of ours. */
export type StoreHealth = {
  readonly status: 'ok' | 'degraded' | 'down';
  /** A code of `StoreFailure`, or `news-by-polling`. */
  readonly detail?: string;
};

/** What a store knows of its database without asking it anything. */
export type Health = {
  readonly now: () => StoreHealth;
  /** Follows one append. */
  readonly watch: <T>(append: Promise<T>) => Promise<T>;
  /** Why nothing may be appended any more. */
  readonly failure: () => StoreFailure | undefined;
};

/** An append that failed says that the next will too, for so long; then somebody has to try. */
const TROUBLE_MS = 5_000;

/** Keeps what the last append and the news say. */
export function createHealth(news: Tail['state']): Health {
  let failure: StoreFailure | undefined;
  let trouble: { readonly code: string; readonly at: number } | undefined;
  return {
    failure: () => failure,
    watch: async (append) => {
      try {
        const value = await append;
        trouble = undefined;
        return value;
      } catch (cause) {
        const why = toStoreFailure(cause);
        if (!why.retryable) failure ??= why;
        trouble = { code: why.code, at: performance.now() };
        throw why;
      }
    },
    now: () => {
      if (failure) return { status: 'down', detail: failure.code };
      const heard = news();
      if (heard === 'lost') return { status: 'down', detail: 'unreachable' };
      if (trouble && performance.now() - trouble.at < TROUBLE_MS)
        return { status: 'down', detail: trouble.code };
      // that it can be reached the news have shown meanwhile; that it can be written only an append will
      if (trouble && trouble.code !== 'unreachable')
        return { status: 'degraded', detail: trouble.code };
      return heard === 'polling'
        ? { status: 'degraded', detail: 'news-by-polling' }
        : { status: 'ok' };
    },
  };
}
