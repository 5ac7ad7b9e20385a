import { actionKey, makeActionKey } from '../action/payload.ts';
import { canonical } from '../canonical.ts';
import { decrypt, encrypt, fromUtf8, sha256, utf8, type Digest } from '../crypto.ts';
import type { ApprovalId, WaiverId } from '../ids.ts';
import { parseJson, type Json } from '../json.ts';
import type { LedgerStore } from '../ports.ts';
import type { Instant } from '../time.ts';
import type { Scope } from './scope.ts';
import { waiverStream } from './waiver.ts';

/** What people who endorse a waiver have in front of them: masked, made visible. Its digest is what they endorse. */
export type WaiverView = {
  readonly v: 1;
  readonly waiverId: WaiverId;
  readonly approvalId: ApprovalId;
  readonly version: number;
  /** Of the action it comes from; salted, so nobody can guess at what is shown. */
  readonly actionDigest: Digest;
  readonly headline: string;
  readonly agent: string;
  readonly type: string;
  readonly resource: { readonly type: string; readonly id: string };
  /** The arguments of that action. */
  readonly arguments: Json;
  /** Which of them may be something else, and what. */
  readonly scope: Json;
  readonly policies: readonly string[];
  readonly until: Instant;
  readonly uses: number;
  readonly reason: string;
};

/** Everything private about a waiver: lies sealed beside the ledger, and can be erased; then it covers nothing (R9). */
export type Terms = { readonly view: WaiverView; readonly scope: Scope };

export const digestTerms = (view: WaiverView): Digest => sha256(canonical(view));

const NAME = 'terms';

/** Seals terms under a key of their own. */
export function sealTerms(
  id: WaiverId,
  terms: Terms,
  masterKey: Uint8Array,
): Readonly<Record<string, Uint8Array>> {
  const stream = waiverStream(id);
  const { key, salt } = makeActionKey(stream, masterKey);
  return { key: salt, [NAME]: encrypt(key, utf8(canonical(terms)), `${NAME}:${stream}`) };
}

/** The terms of a waiver; undefined once they are erased. Throws if they were tampered with. */
export async function openTerms(
  store: Pick<LedgerStore, 'blob'>,
  id: WaiverId,
  masterKey: Uint8Array,
): Promise<Terms | undefined> {
  const stream = waiverStream(id);
  const [salt, sealed] = await Promise.all([store.blob(stream, 'key'), store.blob(stream, NAME)]);
  if (!salt || !sealed) return undefined;
  const key = actionKey(stream, salt, masterKey);
  const json = parseJson(fromUtf8(decrypt(key, sealed, `${NAME}:${stream}`)), 64);
  if (!json.ok) throw new TypeError(`the sealed terms of ${stream} are not canonical JSON`);
  // authenticated by the key: only this installation wrote them
  return json.value as unknown as Terms;
}
