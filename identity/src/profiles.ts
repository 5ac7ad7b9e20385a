import { canonical, type Clock, type LedgerStore } from '@countersign/core';
import { createBeside, streamOf } from './beside.ts';
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
const STREAM = streamOf('');

/** Makes the profiles of an installation. */
export function createProfiles(parts: ProfilesParts): Profiles {
  const { store, clock, masterKey, onFailure } = parts;
  const known = new Map<string, Profile>();
  const reading = new Map<string, Promise<void>>();
  let version = 0;
  const beside = createBeside(store, masterKey);

  async function read(person: string): Promise<void> {
    const stream = streamOf(person);
    const entries = await store.read(stream);
    const last = entries.findLast(({ entry }) => isTelling(entry));
    const profile = last && (await beside.open(stream, blobName(last.version)));
    known.set(person, profile ?? {});
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
      const stream = streamOf(person);
      if (!known.has(person)) await readInTurn(person);
      const wanted = canonical(profile);
      await say(store, stream, async (entries) => {
        if (canonical(known.get(person) ?? {}) === wanted) return undefined;
        const blobs = await beside.seal(stream, blobName(entries.length + 1), profile);
        return { event: { type: TYPE, at: clock(), by }, blobs };
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
