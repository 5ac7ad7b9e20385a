import {
  startAuthentication,
  type AuthenticationResponseJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  type RegistrationResponseJSON,
} from '@simplewebauthn/browser';
import { post } from '../http/client.ts';

/** What a new passkey needs besides the person's word. */
export type Needs = 'nothing' | 'second-person' | 'existing-passkey';
/** What a browser made, with the ticket it was asked for by. */
export type Made = { readonly ticket: string; readonly response: RegistrationResponseJSON };

type ToSign = {
  readonly statement: { readonly credential: string };
  readonly ticket: string;
  readonly options: PublicKeyCredentialRequestOptionsJSON;
};
type Endorsement = {
  readonly statement: unknown;
  readonly ticket: string;
  readonly response: AuthenticationResponseJSON;
};

/** The word of a passkey that is enrolled already, where one must vouch for the new one. */
export async function endorsementOf(
  needs: Needs,
  made: Made,
): Promise<{ readonly endorsement?: Endorsement }> {
  if (needs !== 'existing-passkey') return {};
  const { statement, ticket, options } = await post<ToSign>('/v1/me/passkeys/statements', made);
  // ATTACKER: an enrolled passkey must not vouch for any other than the one that was made just now
  if (statement.credential !== made.response.id)
    throw new Error('another passkey would be vouched for');
  const response = await startAuthentication({ optionsJSON: options });
  return { endorsement: { statement, ticket, response } };
}
