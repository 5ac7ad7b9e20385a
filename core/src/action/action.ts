import { canonical, written, type Written } from '../canonical.ts';
import { hmac, sha256, type Digest } from '../crypto.ts';
import type { Arguments } from './schema.ts';

/** Where an action comes from: everyone R5 keeps from voting on it follows from this. */
export type Lineage = {
  readonly agent: string;
  readonly owner: string;
  readonly ownerTeam?: string;
  readonly onBehalfOf?: string;
  readonly session?: string;
  readonly startedBy?: string;
  /** Persons who changed the arguments, oldest first. */
  readonly editors: readonly string[];
  readonly delegators: readonly string[];
  /** The person the action is about, where its type says so. */
  readonly subject?: string;
};

/** One privileged operation, exactly as it will run. Immutable; a changed byte is another action (R3). */
export type Action = {
  readonly v: 1;
  readonly type: string;
  readonly schemaVersion: number;
  readonly resource: { readonly type: string; readonly id: string };
  /** Validated, default-filled, bound arguments only. */
  readonly arguments: Arguments;
  readonly lineage: Lineage;
  /** Reference of the credential it will run under, never the credential. */
  readonly credential: string | null;
  readonly gate: string;
};

/** An action whose arguments, the one part of it without bound, are written already: it is part of three texts. */
export type WrittenAction = Omit<Action, 'arguments'> & { readonly arguments: Written };

/** Writes the arguments of an action, once. Throws `NotCanonical`. */
export const writeAction = (action: Action): WrittenAction => ({
  ...action,
  arguments: written(action.arguments, '.arguments', 2),
});

/**
 * The action digest (docs/spec/action-digest.md): SHA-256 over the JCS bytes of the action with its salt.
 * @param salt 128 random bits, base64url; kept with the sealed payload and erased with it
 */
export const digestAction = (action: Action | WrittenAction, salt: string): Digest =>
  sha256(canonical({ ...action, salt }));

/**
 * Keyed fingerprint of the unsalted bytes: joins identical open actions and remembers denials.
 * ATTACKER: an agent names its sessions as it likes, so a new name must not make a denied action a new one (A20).
 */
export function fingerprintAction(
  { lineage, ...action }: Action | WrittenAction,
  key: Uint8Array,
): string {
  const { session: _, ...origin } = lineage;
  return hmac(key, canonical({ ...action, lineage: origin }));
}
