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
import { say } from './say.ts';

/** What is private about a person: for display only, nobody is recognized by it. */
export type Profile = { readonly name?: string; readonly email?: string };

/** Private values of people: sealed beside each person's own stream, erasable (R9); opened ones are kept for display. */
export type Profiles = {
  /** Says it if it is new. */
  readonly tell: (person: string, profile: Profile, by: string) => Promise<void>;
  /** As far as this gateway has read it. */
  readonly of: (person: string) => Profile | undefined;
  /** Reads those of these people that were not read yet. */
  readonly load: (people: Iterable<string>) => Promise<void>;
  /** Grows with every profile that was read. */
  readonly version: () => number;
  readonly close: () => Promise<void>;
};

export type ProfilesParts = {
  readonly store: Pick<LedgerStore, 'append' | 'read' | 'blob' | 'onAppended'>;
  readonly clock: Clock;
  readonly masterKey: Uint8Array;
  /** Told when a profile could not be read: the person is shown by id then. */
  readonly onFailure: (error: unknown) => void;
};

const TYPE = 'person.profile-told';
const STREAM = 'person-';
/** Blob with the salt of a person's key: destroying it destroys the key. */
const KEY = 'key';

/** Makes the profiles of an installation. */
export function createProfiles(parts: ProfilesParts): Profiles {
  const { store, clock, masterKey, onFailure } = parts;
  const known = new Map<string, Profile>();
  const reading = new Map<string, Promise<void>>();
  let version = 0;

  const keyOf = (person: string, salt: Uint8Array): Uint8Array =>
    deriveKey(masterKey, `person-key:${STREAM}${person}`, salt);

  async function read(person: string): Promise<void> {
    const stream = STREAM + person;
    const entries = await store.read(stream);
    const last = entries.findLast(({ entry }) => isTelling(entry));
    const salt = last && (await store.blob(stream, KEY));
    const blob = salt && (await store.blob(stream, blobName(last.version)));
    const profile = blob && salt ? opened(keyOf(person, salt), last.version, stream, blob) : {};
    known.set(person, profile);
    version++;
  }
  function readInTurn(person: string): Promise<void> {
    const turn = (reading.get(person) ?? Promise.resolve())
      .then(() => read(person))
      .catch(onFailure)
      .finally(() => {
        if (reading.get(person) === turn) reading.delete(person);
      });
    reading.set(person, turn);
    return turn;
  }

  const stop = store.onAppended(({ stream, unit }) => {
    // of another gateway only the stream is told
    if (stream.startsWith(STREAM) && (!unit || unit.entries.some(isTelling)))
      void readInTurn(stream.slice(STREAM.length));
  });

  return {
    tell: async (person, profile, by) => {
      const stream = STREAM + person;
      if (!known.has(person)) await readInTurn(person);
      const wanted = canonical(profile);
      await say(store, stream, async (entries) => {
        if (canonical(known.get(person) ?? {}) === wanted) return undefined;
        const kept = await store.blob(stream, KEY);
        const salt = kept ?? random(32);
        const name = blobName(entries.length + 1);
        const sealed = encrypt(keyOf(person, salt), utf8(wanted), `${name}:${stream}`);
        return {
          event: { type: TYPE, at: clock(), by },
          blobs: { ...(kept ? {} : { [KEY]: salt }), [name]: sealed },
        };
      });
      await readInTurn(person);
    },
    of: (person) => known.get(person),
    load: async (people) => {
      for (const person of people) if (!known.has(person)) await readInTurn(person);
    },
    version: () => version,
    close: async () => {
      stop();
      await Promise.all(reading.values());
    },
  };
}

const blobName = (n: number): string => `profile-${n}`;

const isTelling = (entry: string): boolean =>
  (JSON.parse(entry) as { readonly type: string }).type === TYPE;

const opened = (key: Uint8Array, n: number, stream: string, blob: Uint8Array): Profile =>
  JSON.parse(fromUtf8(decrypt(key, blob, `${blobName(n)}:${stream}`))) as Profile;
