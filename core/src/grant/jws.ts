import { canonical } from '../canonical.ts';
import {
  base64url,
  fromBase64url,
  fromUtf8,
  isSignedBy,
  sha256,
  utf8,
  type SigningKey,
} from '../crypto.ts';
import { parseJson, type Json } from '../json.ts';

/** An Ed25519 public key as RFC 8037 JWK, `kid` = RFC 7638 thumbprint. */
export type Jwk = {
  readonly kty: 'OKP';
  readonly crv: 'Ed25519';
  readonly x: string;
  readonly kid: string;
  readonly alg: 'EdDSA';
  readonly use: 'sig';
};

const known = new WeakMap<Uint8Array, Jwk>();

/** The public JWK of a raw Ed25519 key. */
export function jwkOf(publicKey: Uint8Array): Jwk {
  const jwk = known.get(publicKey) ?? makeJwk(publicKey);
  known.set(publicKey, jwk);
  return jwk;
}

function makeJwk(publicKey: Uint8Array): Jwk {
  const x = base64url(publicKey);
  const thumb = sha256(canonical({ crv: 'Ed25519', kty: 'OKP', x })).slice('sha256:'.length);
  const kid = base64url(
    Uint8Array.from(thumb.match(/../g) ?? [], (hex) => Number.parseInt(hex, 16)),
  );
  return { kty: 'OKP', crv: 'Ed25519', x, kid, alg: 'EdDSA', use: 'sig' };
}

/** A compact JWS (RFC 7515) with EdDSA (RFC 8037) over canonical claims: the same claims give the same bytes. */
export function signJws(claims: object, typ: string, key: SigningKey): string {
  const header = { alg: 'EdDSA', kid: jwkOf(key.publicKey).kid, typ };
  const input = `${base64url(canonical(header))}.${base64url(canonical(claims))}`;
  return `${input}.${base64url(key.sign(utf8(input)))}`;
}

/**
 * The claims of a compact JWS if one of `keys` signed it; else undefined. Algorithm and type are fixed, never read.
 * ATTACKER: the token comes from the caller; nothing of it is used before the signature holds.
 */
export function openJws(token: string, typ: string, keys: readonly Jwk[]): Json | undefined {
  const [head = '', body = '', mac = '', ...more] = token.split('.');
  if (more.length > 0 || token.length > 8_192) return undefined;
  const [headBytes, bodyBytes, signature] = [head, body, mac].map(fromBase64url);
  if (!headBytes || !bodyBytes || !signature) return undefined;
  const signer = keys.find(({ kid }) => base64url(canonical({ alg: 'EdDSA', kid, typ })) === head);
  const key = signer && fromBase64url(signer.x);
  if (!key || !isSignedBy(key, utf8(`${head}.${body}`), signature)) return undefined;
  const claims = parseJson(fromUtf8(bodyBytes));
  return claims.ok ? claims.value : undefined;
}
