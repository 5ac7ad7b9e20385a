import {
  canonical,
  decrypt,
  deriveKey,
  encrypt,
  fromUtf8,
  random,
  utf8,
  type Clock,
  type LedgerStore,
} from '@countersign/core';
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

const STREAM = 'person-';
const KEY = 'key';
/** Opened ones that are kept at hand, so that a listing that is read page by page is opened once. */
const AT_HAND = 2_000;

/** Makes the records of an installation. */
export function createRecords({ store, clock, masterKey }: RecordsParts): Records {
  const atHand = new Map<string, ScimUser>();
  // the same key as that of the profile: it goes with the person
  const keyOf = (stream: string, salt: Uint8Array): Uint8Array =>
    deriveKey(masterKey, `person-key:${stream}`, salt);

  function remember(name: string, user: ScimUser): void {
    const oldest = atHand.keys().next();
    if (atHand.size >= AT_HAND && oldest.done === false) atHand.delete(oldest.value);
    atHand.set(name, user);
  }

  return {
    keep: async (person, user, by) => {
      const stream = STREAM + person;
      let record = 0;
      await say(store, stream, async (entries) => {
        record = entries.length + 1;
        const kept = await store.blob(stream, KEY);
        const salt = kept ?? random(32);
        const name = blobName(record);
        const sealed = encrypt(keyOf(stream, salt), utf8(canonical(user)), `${name}:${stream}`);
        return {
          event: { type: 'person.scim-kept', at: clock(), by },
          blobs: { ...(kept ? {} : { [KEY]: salt }), [name]: sealed },
        };
      });
      remember(`${person} ${record}`, user);
      return record;
    },
    read: async (person, record) => {
      const found = atHand.get(`${person} ${record}`);
      if (found) return found;
      const stream = STREAM + person;
      const name = blobName(record);
      const [salt, blob] = await Promise.all([store.blob(stream, KEY), store.blob(stream, name)]);
      if (!salt || !blob) return undefined;
      const plain = fromUtf8(decrypt(keyOf(stream, salt), blob, `${name}:${stream}`));
      const user = JSON.parse(plain) as ScimUser; // authenticated by the key: only this installation wrote it
      remember(`${person} ${record}`, user);
      return user;
    },
    forget: async (person) => {
      for (const name of atHand.keys()) if (name.startsWith(`${person} `)) atHand.delete(name);
      await store.erase(STREAM + person);
    },
  };
}

const blobName = (record: number): string => `scim-${record}`;
