/** One identity provider, as configured. */
export type ProviderSettings = {
  /** In addresses and in the ledger. */
  readonly id: string;
  /** On the sign-in page. */
  readonly name: string;
  readonly issuer: string;
  readonly clientId: string;
  /** Absent: a public client, which only PKCE protects. */
  readonly clientSecret?: string;
  readonly scopes: readonly string[];
  /** Which claim says who it is, besides the issuer. */
  readonly subjectClaim: string;
  /** Where groups stand in the ID token, and what they are called here. */
  readonly groups?: { readonly claim: string; readonly map: Readonly<Record<string, string>> };
  /** Its people come by SCIM: whoever it has not told of may not sign in. */
  readonly isProvisioned: boolean;
  readonly acrValues: readonly string[];
  /** At least one of these must be among the `amr` of the ID token. */
  readonly amr: readonly string[];
  /** Google: the only organization (`hd`). */
  readonly hostedDomain?: string;
  /** Entra: the only tenant (`tid`). */
  readonly tenant?: string;
  /** Claims that must be exactly so. */
  readonly requiredClaims: Readonly<Record<string, string>>;
  /** How ID tokens and logout tokens may be signed. */
  readonly algorithms: readonly string[];
};
