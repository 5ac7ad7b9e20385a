/**
 * How a passkey vouched for a statement (DS-10): what the authenticator signed, byte for byte as it came, as unpadded base64url.
 * Parsed and written again it would not verify any more.
 */
export type Proof = {
  readonly kind: 'webauthn';
  /** Id of the credential. */
  readonly credential: string;
  readonly clientDataJSON: string;
  readonly authenticatorData: string;
  readonly signature: string;
};
