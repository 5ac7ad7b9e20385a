import {
  canonical,
  decrypt,
  deriveKey,
  encrypt,
  fromUtf8,
  random,
  utf8,
  type LedgerStore,
} from '@countersign/core';

/** Private values of people, sealed beside each person's own stream under one key, which goes with the person (R9). */
export type Beside = {
  /** What to keep beside the stream so that `open` finds the value under this name. */
  readonly seal: (
    stream: string,
    name: string,
    value: object,
  ) => Promise<Readonly<Record<string, Uint8Array>>>;
  /** The value; undefined where there is none, or it was erased. Throws where it was tampered with. */
  readonly open: (stream: string, name: string) => Promise<unknown>;
};

/** Stream of a person. */
export const streamOf = (person: string): string => `person-${person}`;

/** Blob with the salt of a person's key: destroying it destroys the key. */
const KEY = 'key';

/** Makes the sealer of an installation. */
export function createBeside(store: Pick<LedgerStore, 'blob'>, masterKey: Uint8Array): Beside {
  const keyOf = (stream: string, salt: Uint8Array): Uint8Array =>
    deriveKey(masterKey, `person-key:${stream}`, salt);
  return {
    seal: async (stream, name, value) => {
      const kept = await store.blob(stream, KEY);
      const salt = kept ?? random(32);
      const sealed = encrypt(keyOf(stream, salt), utf8(canonical(value)), `${name}:${stream}`);
      return { ...(kept ? {} : { [KEY]: salt }), [name]: sealed };
    },
    open: async (stream, name) => {
      const [salt, blob] = await Promise.all([store.blob(stream, KEY), store.blob(stream, name)]);
      if (!salt || !blob) return undefined;
      // authenticated by the key: only this installation wrote it
      return JSON.parse(fromUtf8(decrypt(keyOf(stream, salt), blob, `${name}:${stream}`)));
    },
  };
}
