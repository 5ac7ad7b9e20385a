import { ok, type Instant, type Person, type Result } from '@countersign/core';
import {
  generateAuthenticationOptions,
  type PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/server';
import type { Passkey } from '../roster/passkeys.ts';
import type { RosterState } from '../roster/state.ts';
import type { AssertionAnswer } from './answers.ts';
import { checkAssertion, type Asserted } from './assertion.ts';
import { no, type PasskeyRefusal } from './refusal.ts';
import { CEREMONY_MS } from './ceremony.ts';
import type { Site } from './site.ts';

/** What a browser is asked to sign, with one of these passkeys and no other. */
export const signingOptions = (
  { rpId }: Site,
  challenge: Uint8Array,
  keys: readonly Passkey[],
): Promise<PublicKeyCredentialRequestOptionsJSON> =>
  generateAuthenticationOptions({
    rpID: rpId,
    challenge: new Uint8Array(challenge),
    allowCredentials: keys.map(({ credential: id }) => ({ id })),
    timeout: CEREMONY_MS,
    userVerification: 'required',
  });

/** The passkey a person signed with, or why it is none that counts: enrolled, theirs, and enrolled before they were asked. */
function keyOf(
  { passkeys }: Pick<RosterState, 'passkeys'>,
  person: string,
  credential: string,
  issuedAt: Instant,
): Result<Passkey, PasskeyRefusal> {
  const key = passkeys.byCredential.get(credential);
  if (!key) return no('passkey-unknown');
  if (key.person !== person) return no('passkey-of-another');
  if (key.state === 'waiting') return no('passkey-waiting');
  if (key.state === 'removed') return no('passkey-removed');
  return key.enrolledAt !== undefined && key.enrolledAt <= issuedAt
    ? ok(key)
    : no('passkey-unknown', 'it was enrolled after this was asked');
}

/** What an enrolled passkey of a person signed, checked; or why it does not count. */
export async function signedBy(
  state: Pick<RosterState, 'passkeys'>,
  { id: person }: Pick<Person, 'id'>,
  asked: {
    readonly response: AssertionAnswer;
    readonly challenge: Uint8Array;
    readonly issuedAt: Instant;
    readonly userHandle: string;
  },
): Promise<Result<{ readonly key: Passkey; readonly asserted: Asserted }, PasskeyRefusal>> {
  const key = keyOf(state, person, asked.response.id, asked.issuedAt);
  if (!key.ok) return key;
  const asserted = await checkAssertion(asked.response, key.value, asked);
  if (asserted === 'counter') return no('counter-regressed');
  if (typeof asserted === 'string')
    return no('assertion-invalid', `the check failed at \`${asserted}\``);
  return ok({ key: key.value, asserted });
}
