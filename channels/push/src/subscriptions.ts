import {
  base64url,
  canonical,
  decrypt,
  deriveKey,
  encrypt,
  fromUtf8,
  hmac,
  random,
  StoreFailure,
  utf8,
  type Clock,
  type LedgerStore,
} from '@countersign/core';
import type { Subscription } from './send.ts';

/** One change of where a person is reached (L32). The endpoint is private: it lies sealed beside the entry (R9). */
type PushEvent = {
  readonly type: 'push.subscribed' | 'push.unsubscribed';
  readonly n: number;
  /** Digest of the endpoint under a key of the installation: tells devices apart and nothing else. */
  readonly device: string;
};

/** Where people are reached, one stream `push-<person>` for each of them. */
export type Subscriptions = {
  readonly of: (person: string) => Promise<readonly Subscription[]>;
  /** False where the person has too many devices already. */
  readonly add: (person: string, subscription: Subscription) => Promise<boolean>;
  readonly remove: (person: string, endpoint: string) => Promise<void>;
};

/** ATTACKER: every device of a person is sent to, and every change is an entry. */
const MOST_DEVICES = 10;
const MOST_ENTRIES = 1_000;
const SALT_BYTES = 32;

const streamOf = (person: string): string => `push-${person}`;

/** Keeps subscriptions in a store, sealed under keys of the installation. */
export function createSubscriptions(
  store: Pick<LedgerStore, 'append' | 'read' | 'blob'>,
  { masterKey, clock }: { readonly masterKey: Uint8Array; readonly clock: Clock },
): Subscriptions {
  const mark = deriveKey(masterKey, 'push-device', new Uint8Array(0));
  const deviceOf = (endpoint: string): string => hmac(mark, endpoint).slice(0, 32);
  // the salt lies in the blob: once that is erased there is no key any more, for us neither
  const keyOf = (person: string, salt: Uint8Array): Uint8Array =>
    deriveKey(masterKey, `push-key:${person}`, salt);

  const read = async (person: string) => {
    const entries = await store.read(streamOf(person));
    const open = new Map<string, number>();
    for (const { entry } of entries) {
      const { type, device, n } = JSON.parse(entry) as PushEvent;
      if (type === 'push.subscribed') open.set(device, n);
      else open.delete(device);
    }
    return { open, version: entries.length };
  };

  async function change(
    person: string,
    plan: (open: ReadonlyMap<string, number>, version: number) => PlannedChange | undefined,
  ): Promise<boolean> {
    for (;;) {
      const { open, version } = await read(person);
      const planned = plan(open, version);
      if (!planned) return false;
      const { type, device, blob } = planned;
      const stream = streamOf(person);
      const n = version + 1;
      const appended = await store.append({
        stream,
        expectedVersion: version,
        entries: [canonical({ v: 1, stream, n, at: clock(), type, device })],
        ...(blob && { blobs: { [`device-${n}`]: blob } }),
      });
      if (appended.ok) return true;
      if (appended.error.code !== 'conflict')
        throw new StoreFailure('store-failed', 'a subscription could not be written now', {
          retryable: true,
        });
    }
  }

  const sealed = (person: string, { endpoint, keys }: Subscription): Uint8Array => {
    const salt = random(SALT_BYTES);
    const text = canonical({
      endpoint,
      p256dh: base64url(keys.p256dh),
      auth: base64url(keys.auth),
    });
    return Buffer.concat([salt, encrypt(keyOf(person, salt), utf8(text), streamOf(person))]);
  };
  const opened = (person: string, blob: Uint8Array): Subscription => {
    const key = keyOf(person, blob.subarray(0, SALT_BYTES));
    const text = fromUtf8(decrypt(key, blob.subarray(SALT_BYTES), streamOf(person)));
    const { endpoint, p256dh, auth } = JSON.parse(text) as Readonly<Record<string, string>>;
    return { endpoint: endpoint ?? '', keys: { p256dh: bytes(p256dh), auth: bytes(auth) } };
  };

  return {
    of: async (person) => {
      const { open } = await read(person);
      const found = await Promise.all(
        [...open.values()].map((n) => store.blob(streamOf(person), `device-${n}`)),
      );
      return found.flatMap((blob) => (blob ? [opened(person, blob)] : []));
    },
    add: async (person, subscription) => {
      const device = deviceOf(subscription.endpoint);
      return change(person, (open, version) => {
        const isFull = !open.has(device) && open.size >= MOST_DEVICES;
        if (isFull || version >= MOST_ENTRIES) return undefined;
        return { type: 'push.subscribed', device, blob: sealed(person, subscription) };
      });
    },
    remove: async (person, endpoint) => {
      const device = deviceOf(endpoint);
      await change(person, (open) =>
        open.has(device) ? { type: 'push.unsubscribed', device } : undefined,
      );
    },
  };
}

type PlannedChange = Pick<PushEvent, 'type' | 'device'> & { readonly blob?: Uint8Array };

const bytes = (part = ''): Uint8Array => Buffer.from(part, 'base64url');
