/** How many connections there may be, and how many from one address that have not shown who they are. */
export type Door = {
  /** Undefined: there is room for no more. */
  readonly enter: (address: string) => Visit | undefined;
};

/** A connection that was let in. */
export type Visit = {
  /** It has shown who it is: `full` where that database has room for no more. */
  readonly pass: (database: string, most: number) => 'full' | undefined;
  /** Once, and last. */
  readonly leave: () => void;
};

/** Makes one. */
export function createDoor(limits: {
  readonly connections: number;
  readonly unauthenticated: number;
}): Door {
  let inside = 0;
  const strangers = new Map<string, number>();
  const ofDatabase = new Map<string, number>();
  return {
    enter: (address) => {
      const known = strangers.get(address) ?? 0;
      if (inside >= limits.connections || known >= limits.unauthenticated) return undefined;
      inside += 1;
      add(strangers, address, 1);
      let at: string | undefined;
      let hasLeft = false;
      return {
        pass: (database, most) => {
          if (hasLeft || (ofDatabase.get(database) ?? 0) >= most) return 'full';
          add(strangers, address, -1);
          add(ofDatabase, database, 1);
          at = database;
          return undefined;
        },
        leave: () => {
          hasLeft = true;
          inside -= 1;
          if (at === undefined) add(strangers, address, -1);
          else add(ofDatabase, at, -1);
        },
      };
    },
  };
}

const add = (counts: Map<string, number>, name: string, change: 1 | -1): void => {
  const count = (counts.get(name) ?? 0) + change;
  if (count > 0) counts.set(name, count);
  else counts.delete(name);
};
