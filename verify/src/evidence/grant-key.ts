import { fromBase64url, toBase64url, utf8 } from '../bytes.ts';
import { isObject, type Json } from '../json.ts';
import type { Primitives } from '../primitives.ts';
import { fail, ok, type Result } from '../result.ts';

/** An Ed25519 key that signs grants; `kid` is its RFC 7638 thumbprint, recomputed. */
export type GrantKey = { readonly kid: string; readonly publicKey: Uint8Array };

/** Reads a JWK set (RFC 7517, GR-8) as served under `/.well-known/jwks.json`; other kinds of keys are passed over. */
export async function readGrantKeys(
  { sha256 }: Primitives,
  jwks: string | undefined,
): Promise<Result<readonly GrantKey[]>> {
  if (jwks === undefined) return ok([]);
  let set: Json;
  try {
    set = JSON.parse(jwks) as Json;
  } catch {
    return fail('grant-keys-invalid', 'grant keys: not JSON');
  }
  const keys = isObject(set) ? set['keys'] : undefined;
  if (!Array.isArray(keys)) return fail('grant-keys-invalid', 'grant keys: no member `keys`');
  const out: GrantKey[] = [];
  for (const jwk of keys as readonly Json[]) {
    if (!isObject(jwk) || jwk['kty'] !== 'OKP' || jwk['crv'] !== 'Ed25519') continue;
    const x = typeof jwk['x'] === 'string' ? jwk['x'] : '';
    const publicKey = fromBase64url(x);
    if (publicKey?.length !== 32) return fail('grant-keys-invalid', 'grant keys: malformed `x`');
    const thumbprint = await sha256([utf8(`{"crv":"Ed25519","kty":"OKP","x":"${x}"}`)]);
    out.push({ kid: toBase64url(thumbprint), publicKey });
  }
  return ok(out);
}
