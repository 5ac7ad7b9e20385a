import { err } from '@countersign/core';

/** Why a passkey, or what it signed, is not taken. Each is a public problem code. */
export type PasskeyCode =
  | 'browser-only'
  | 'step-up-needed'
  | 'passkeys-unavailable'
  | 'no-passkey'
  | 'ticket-invalid'
  | 'ticket-expired'
  | 'registration-invalid'
  | 'assertion-invalid'
  | 'counter-regressed'
  | 'passkey-unknown'
  | 'passkey-waiting'
  | 'passkey-removed'
  | 'passkey-of-another'
  | 'passkey-known'
  | 'passkey-too-weak'
  | 'too-many-passkeys'
  | 'own-passkey'
  | 'inactive-person'
  | 'busy'
  | 'overloaded';

export type PasskeyRefusal = { readonly code: PasskeyCode; readonly detail?: string };

/** A refusal as a result. */
export const no = (
  code: PasskeyCode,
  detail?: string,
): { readonly ok: false; readonly error: PasskeyRefusal } =>
  err({ code, ...(detail === undefined ? {} : { detail }) });
