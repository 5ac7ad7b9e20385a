import type * as Attesting from './attestation.ts';
import type * as Lookup from './lookup.ts';
import type * as Metadata from './metadata.ts';
import type * as Registration from './registration.ts';

// What needs the WebAuthn library comes with the first passkey that is made or used: until then neither its memory nor its
// start is paid for.

/** Checks what passkeys sign. */
export const lookup = (): Promise<typeof Lookup> => import('./lookup.ts');
/** Checks passkeys that are made. */
export const registration = (): Promise<typeof Registration> => import('./registration.ts');
/** Reads the operator's metadata, and attestations by it. */
export const attesting = (): Promise<typeof Attesting & typeof Metadata> =>
  Promise.all([import('./attestation.ts'), import('./metadata.ts')]).then(([one, two]) => ({
    ...one,
    ...two,
  }));
