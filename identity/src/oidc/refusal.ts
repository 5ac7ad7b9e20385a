/** Why a sign-in did not happen: one word, and what exactly in a sentence for people. Nothing of a token is repeated in it. */
export type SignInRefusal = {
  readonly code:
    | 'unknown-provider'
    | 'provider-unreachable'
    | 'sign-in-expired'
    | 'sign-in-invalid'
    | 'sign-in-refused'
    | 'sign-in-again'
    | 'not-provisioned'
    | 'inactive-person'
    | 'already-linked'
    | 'busy'
    | 'overloaded';
  readonly detail: string;
};

/** A refusal. */
export const refusal = (code: SignInRefusal['code'], detail: string): SignInRefusal => ({
  code,
  detail,
});

type Told = { readonly code?: string; readonly error?: string; readonly cause?: unknown };

/** What a library says of an answer that is not as it must be, in our words. */
export function refusalOf(error: unknown): SignInRefusal {
  const { code = '', error: answered, cause } = error as Told;
  const word = WORD.test(answered ?? '') ? ` (\`${answered}\`)` : '';
  if (code === 'OAUTH_AUTHORIZATION_RESPONSE_ERROR')
    return refusal('sign-in-refused', `the identity provider refused${word}`);
  // among others: a code that was used before
  if (code === 'OAUTH_RESPONSE_BODY_ERROR')
    return refusal('sign-in-invalid', `the identity provider did not accept the code${word}`);
  const what = WHAT[code];
  if (what !== undefined) return refusal('sign-in-invalid', `${what}${claimOf(cause)}`);
  return refusal('provider-unreachable', 'the identity provider did not answer as it must');
}

const WORD = /^[a-z_]{1,64}$/;

const WHAT: Readonly<Record<string, string>> = {
  OAUTH_INVALID_RESPONSE: 'the answer of the identity provider is not valid',
  OAUTH_JWT_TIMESTAMP_CHECK_FAILED: 'the ID token is not valid now',
  OAUTH_JWT_CLAIM_COMPARISON_FAILED: 'the ID token is not for this sign-in',
  OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED: 'the identity provider is not the expected one',
  OAUTH_KEY_SELECTION_FAILED:
    'the ID token is signed with a key the identity provider does not name',
  OAUTH_UNSUPPORTED_OPERATION: 'the ID token is signed in a way that is not allowed here',
  OAUTH_PARSE_ERROR: 'the answer of the identity provider cannot be read',
};

function claimOf(cause: unknown): string {
  const { claim } = (typeof cause === 'object' && cause !== null ? cause : {}) as {
    readonly claim?: unknown;
  };
  return typeof claim === 'string' && WORD.test(claim) ? `: \`${claim}\`` : '';
}
