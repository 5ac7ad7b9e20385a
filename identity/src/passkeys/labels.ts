import { hash } from 'node:crypto';
import {
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

/** What people call their passkeys: private, so sealed beside a stream per passkey, erasable (R9). */
export type Labels = {
  readonly tell: (credential: string, label: string, by: string) => Promise<void>;
  /** Undefined where there is none, or it was erased. */
  readonly of: (credential: string) => Promise<string | undefined>;
};

const KEY = 'key';
const LABEL = 'label';

const streamOf = (credential: string): string => `passkey-${hash('sha256', credential)}`;

/** Makes the labels of an installation. */
export function createLabels({
  store,
  clock,
  masterKey,
}: {
  readonly store: Pick<LedgerStore, 'append' | 'read' | 'blob'>;
  readonly clock: Clock;
  readonly masterKey: Uint8Array;
}): Labels {
  const keyOf = (stream: string, salt: Uint8Array): Uint8Array =>
    deriveKey(masterKey, `passkey-key:${stream}`, salt);
  return {
    tell: async (credential, label, by) => {
      const stream = streamOf(credential);
      const salt = random(32);
      await say(store, stream, (entries) =>
        entries.length > 0
          ? undefined
          : {
              event: { type: 'passkey.labelled', at: clock(), by },
              blobs: {
                [KEY]: salt,
                [LABEL]: encrypt(keyOf(stream, salt), utf8(label), `${LABEL}:${stream}`),
              },
            },
      );
    },
    of: async (credential) => {
      const stream = streamOf(credential);
      const [salt, sealed] = await Promise.all([
        store.blob(stream, KEY),
        store.blob(stream, LABEL),
      ]);
      return salt && sealed
        ? fromUtf8(decrypt(keyOf(stream, salt), sealed, `${LABEL}:${stream}`))
        : undefined;
    },
  };
}
