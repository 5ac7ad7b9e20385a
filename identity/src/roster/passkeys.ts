import type { Attributed } from './event.ts';

/** Facts about passkeys. */
export type PasskeyEvent = Attributed & {
  readonly type: 'passkey.removed';
  readonly person: string;
  readonly credential: string;
};

/** Passkeys by credential id. */
export type Passkeys = { readonly byCredential: Map<string, { readonly person: string }> };

export const noPasskeys = (): Passkeys => ({ byCredential: new Map() });

/** Takes one more fact in. */
export function tellPasskeys({ byCredential }: Passkeys, event: PasskeyEvent): void {
  byCredential.delete(event.credential);
}
