import {
  startAuthentication,
  type PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/browser';

/** What a new passkey needs besides the person's word. */
export type Needs = 'nothing' | 'second-person' | 'existing-passkey';
type Asked = { readonly endorse?: PublicKeyCredentialRequestOptionsJSON };

/** The assertion of a passkey that is enrolled already, where one must vouch for the new one. */
export async function endorsementOf(
  needs: Needs,
  asked: object,
): Promise<{ readonly endorsement?: unknown }> {
  const { endorse } = asked as Asked;
  if (needs !== 'existing-passkey' || !endorse) return {};
  return { endorsement: await startAuthentication({ optionsJSON: endorse }) };
}
