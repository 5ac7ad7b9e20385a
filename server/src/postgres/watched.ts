import type { Upstream } from '@countersign/gate-postgres';

/** A database of which is known whether it could be reached when it was last tried, by whomever. */
export type Watched = Upstream & { readonly isDown: () => boolean };

export function watched(upstream: Upstream): Watched {
  let isDown = false;
  return {
    ...upstream,
    isDown: () => isDown,
    connect: async (lane, options) => {
      try {
        const connection = await upstream.connect(lane, options);
        isDown = false;
        return connection;
      } catch (cause) {
        // a client that left while it was connected says nothing of the database
        if (options?.signal?.aborted !== true) isDown = true;
        throw cause;
      }
    },
  };
}
