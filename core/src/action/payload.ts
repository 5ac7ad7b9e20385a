import type { Unsealed } from '../blob.ts';
import { canonical, type Written } from '../canonical.ts';
import { decrypt, deriveKey, fromUtf8, random, sha256, type Digest } from '../crypto.ts';
import type { Inspectable } from '../gate.ts';
import { parseJson, type Json } from '../json.ts';
import { digestAction, type Action, type WrittenAction } from './action.ts';
import type { Arguments } from './schema.ts';
import type { View } from './view.ts';

/** Everything private about an action: lies encrypted beside the ledger under a key of its own, erasable (R9). */
export type Payload = {
  readonly action: Action;
  readonly salt: string;
  readonly presentational: Arguments;
  readonly claim?: string;
  readonly inspectable: Inspectable;
  /** The question policy was asked, packed; its gate facts stay frozen (R6). */
  readonly question: Json;
};

/** A payload with what is written already. */
export type WrittenPayload = Omit<Payload, 'action' | 'question'> & {
  readonly action: WrittenAction;
  readonly question: Written;
};

/** The sealed parts of one action by name. `again` is the question asked at redeem. */
export type SealedParts = {
  readonly payload?: Payload;
  readonly view?: View;
  readonly again?: { readonly question: Json };
};

/** Salted commitment to a packed question. */
export const digestQuestion = (question: Json | Written, salt: string): Digest =>
  sha256(canonical({ question, salt }));

/** Digest of the action in a payload: recomputed, never taken from anywhere (R3). */
export const digestPayload = ({ action, salt }: Payload): Digest => digestAction(action, salt);

/** A fresh key for one action. Its salt is kept as the blob `key`; destroying the salt destroys the key, for us too. */
export function makeActionKey(
  stream: string,
  masterKey: Uint8Array,
): { readonly key: Uint8Array; readonly salt: Uint8Array } {
  const salt = random(32);
  return { key: actionKey(stream, salt, masterKey), salt };
}

/** The key of an action from its kept salt. */
export const actionKey = (stream: string, salt: Uint8Array, masterKey: Uint8Array): Uint8Array =>
  deriveKey(masterKey, `action-key:${stream}`, salt);

/** Parts to be sealed under the action's key, each bound to its stream and name. */
export function seal(
  stream: string,
  parts: SealedParts | { readonly payload: WrittenPayload },
  key: Uint8Array,
): Readonly<Record<string, Unsealed>> {
  return Object.fromEntries(
    Object.entries(parts).map(([name, value]) => [
      name,
      { text: canonical(value), key, bound: `${name}:${stream}` },
    ]),
  );
}

/** Opens one sealed part; throws if any byte, the stream, the name or the key is another. */
export function unseal<N extends keyof SealedParts>(
  stream: string,
  name: N,
  blob: Uint8Array,
  key: Uint8Array,
): NonNullable<SealedParts[N]> {
  const json = parseJson(fromUtf8(decrypt(key, blob, `${name}:${stream}`)), 64);
  if (!json.ok) throw new TypeError(`sealed ${name} of ${stream} is not canonical JSON`);
  // authenticated by the key: only this installation wrote it
  return json.value as NonNullable<SealedParts[N]>;
}
