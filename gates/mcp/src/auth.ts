/** Where an OAuth 2.0 protected resource is described (RFC 9728 §3). */
export const METADATA_PATH = '/.well-known/oauth-protected-resource';

/** What is told of a mount to whoever has no credential for it yet. */
export type ResourceMetadata = {
  /** The mount's URL: what `aud` of a token must be (RFC 8707). */
  readonly resource: string;
  readonly name: string;
  /** Issuers whose tokens are good here. */
  readonly issuers: readonly string[];
};

/** The metadata document of a mount. */
export const metadataOf = ({ resource, name, issuers }: ResourceMetadata): string =>
  JSON.stringify({
    resource,
    ...(issuers.length > 0 && { authorization_servers: issuers }),
    bearer_methods_supported: ['header'],
    resource_name: name,
  });

/** Where the metadata of a mount is: its path behind the well-known one. */
function metadataUrl(resource: string): string {
  const { origin, pathname } = new URL(resource);
  return `${origin}${METADATA_PATH}${pathname}`;
}

/** `WWW-Authenticate` of a refusal (RFC 6750 §3, RFC 9728 §5.1); undefined where none belongs. */
export function challengeOf(
  status: number,
  { resource, hasToken }: { readonly resource: string; readonly hasToken: boolean },
): string | undefined {
  const metadata = `resource_metadata="${metadataUrl(resource)}"`;
  if (status === 403) return `Bearer error="insufficient_scope", ${metadata}`;
  if (status !== 401) return undefined;
  return hasToken ? `Bearer error="invalid_token", ${metadata}` : `Bearer ${metadata}`;
}
