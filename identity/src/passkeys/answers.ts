import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server';

/** What a browser answers after `navigator.credentials.get`, as far as it is looked at. */
export type AssertionAnswer = {
  readonly id: string;
  readonly rawId: string;
  readonly type: 'public-key';
  readonly response: {
    readonly clientDataJSON: string;
    readonly authenticatorData: string;
    readonly signature: string;
    readonly userHandle?: string | null | undefined;
  };
};

/** What a browser answers after `navigator.credentials.create`, as far as it is looked at. */
export type RegistrationAnswer = Pick<AssertionAnswer, 'id' | 'rawId' | 'type'> & {
  readonly response: { readonly clientDataJSON: string; readonly attestationObject: string };
};

/** An assertion as the library reads it. */
export function assertionOf({
  id,
  rawId,
  type,
  response,
}: AssertionAnswer): AuthenticationResponseJSON {
  const { clientDataJSON, authenticatorData, signature } = response;
  return {
    id,
    rawId,
    type,
    clientExtensionResults: {},
    response: { clientDataJSON, authenticatorData, signature },
  };
}

/** A registration as the library reads it. */
export const registrationOf = (
  { id, rawId, type, response }: RegistrationAnswer,
  attestationObject: string = response.attestationObject,
): RegistrationResponseJSON => ({
  id,
  rawId,
  type,
  clientExtensionResults: {},
  response: { clientDataJSON: response.clientDataJSON, attestationObject },
});
