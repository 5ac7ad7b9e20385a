import type { Clock, LedgerStore } from '@countersign/core';
import { createBeside, streamOf } from '../beside.ts';
import { say } from '../say.ts';
import type { ScimUser } from './read.ts';

/** What SCIM connections say of people, sealed beside each person's own stream and erasable (R9). */
export type Records = {
  /** Keeps one and gives its number; the directory then says which number counts. */
  readonly keep: (person: string, user: ScimUser, by: string) => Promise<number>;
  /** Undefined once it was erased. */
  readonly read: (person: string, record: number) => Promise<ScimUser | undefined>;
  /** Destroys everything private about a person who was never told of. */
  readonly forget: (person: string) => Promise<void>;
};

export type RecordsParts = {
  readonly store: Pick<LedgerStore, 'append' | 'read' | 'blob' | 'erase'>;
  readonly clock: Clock;
  readonly masterKey: Uint8Array;
};

/** Opened ones that are kept at hand, so that a listing that is read page by page is opened once. */
const AT_HAND = 2_000;

/** Makes the records of an installation. */
export function createRecords({ store, clock, masterKey }: RecordsParts): Records {
  const atHand = new Map<string, ScimUser>();
  const beside = createBeside(store, masterKey);

  function remember(name: string, user: ScimUser): void {
    const oldest = atHand.keys().next();
    if (atHand.size >= AT_HAND && oldest.done === false) atHand.delete(oldest.value);
    atHand.set(name, user);
  }

  return {
    keep: async (person, user, by) => {
      const stream = streamOf(person);
      let record = 0;
      await say(store, stream, async (entries) => {
        record = entries.length + 1;
        const blobs = await beside.seal(stream, blobName(record), user);
        return { event: { type: 'person.scim-kept', at: clock(), by }, blobs };
      });
      remember(`${person} ${record}`, user);
      return record;
    },
    read: async (person, record) => {
      const found = atHand.get(`${person} ${record}`);
      if (found) return found;
      const user = await beside.open(streamOf(person), blobName(record));
      if (user === undefined) return undefined;
      remember(`${person} ${record}`, user as ScimUser);
      return user as ScimUser;
    },
    forget: async (person) => {
      for (const name of atHand.keys()) if (name.startsWith(`${person} `)) atHand.delete(name);
      await store.erase(streamOf(person));
    },
  };
}

const blobName = (record: number): string => `scim-${record}`;
