import type { Peer } from '@countersign/gate-postgres';

/** Connections of clients that stand. */
export type Guests = {
  /** Keeps one until `over` resolves. */
  readonly add: (peer: Peer, over: Promise<void>) => void;
  /** How many there are to a database. */
  readonly count: (database: string) => number;
  /** Ends all to a database: it is gone, or another one. */
  readonly leave: (database: string) => void;
  /** Ends those of agents that lost what they may have come with. */
  readonly recheck: () => void;
};

type Guest = { readonly peer: Peer; readonly grants: ReadonlySet<string> };

/** @param grantsOf what an agent may come with now; which of it a connection came with is not known */
export function createGuests(grantsOf: (agent: string) => ReadonlySet<string>): Guests {
  const all = new Set<Guest>();
  const end = (isEnded: (guest: Guest) => boolean): void => {
    for (const guest of all) if (isEnded(guest)) guest.peer.socket.destroy();
  };
  return {
    add: (peer, over) => {
      const guest = { peer, grants: grantsOf(peer.agent) };
      all.add(guest);
      void over.finally(() => all.delete(guest));
    },
    count: (database) => [...all].filter(({ peer }) => peer.database === database).length,
    leave: (database) => end(({ peer }) => peer.database === database),
    recheck: () => {
      const now = new Map<string, ReadonlySet<string>>();
      for (const { peer } of all)
        if (!now.has(peer.agent)) now.set(peer.agent, grantsOf(peer.agent));
      end(({ peer, grants }) => [...grants].some((one) => now.get(peer.agent)?.has(one) !== true));
    },
  };
}
