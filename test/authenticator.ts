// An authenticator in software, for tests and figures: what a browser and a passkey would answer, and every lie they could tell.
// With a seed everything it makes is the same at every run, signatures included.
import {
  createECDH,
  createHash,
  createPrivateKey,
  createPublicKey,
  randomBytes,
  sign,
  type KeyObject,
} from 'node:crypto';
import { readFileSync } from 'node:fs';

export const ES256 = -7;
export const ED25519 = -8;
export const RS256 = -257;
type Alg = typeof ES256 | typeof ED25519 | typeof RS256;

export const UP = 0x01;
export const UV = 0x04;
export const BE = 0x08;
export const BS = 0x10;
const AT = 0x40;

const sha256 = (data: Uint8Array | string): Buffer => createHash('sha256').update(data).digest();
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');

/** What the authenticator is, and what it says of itself. */
export type Made = {
  readonly alg?: Alg;
  readonly rpId?: string;
  readonly origin?: string;
  /** UP and UV, and whether it is synced. */
  readonly flags?: number;
  readonly aaguid?: string;
  /** The same seed, the same key and credential id. */
  readonly seed?: string;
};

/** What one answer is to say instead of the truth. */
export type Lie = {
  readonly type?: string;
  readonly origin?: string;
  /** Undefined: not said at all. */
  readonly crossOrigin?: boolean | undefined;
  readonly rpId?: string;
  readonly flags?: number;
  readonly counter?: number;
  readonly userHandle?: string;
  /** Signs with this one's key. */
  readonly by?: Authenticator;
  /** Written into the client data after signing. */
  readonly rewrite?: string;
};

/** An attestation statement over what is to be signed, such as `packed`. */
export type Attest = (signed: Buffer, authData: Buffer) => { fmt: string; attStmt: Cbor };

/** The JSON of `PublicKeyCredential.toJSON()` after an assertion. */
export type Assertion = {
  readonly id: string;
  readonly rawId: string;
  readonly type: 'public-key';
  readonly clientExtensionResults: {};
  readonly response: {
    readonly clientDataJSON: string;
    readonly authenticatorData: string;
    readonly signature: string;
    readonly userHandle?: string;
  };
};

/** The JSON of `PublicKeyCredential.toJSON()` after a registration. */
export type Registration = Omit<Assertion, 'response'> & {
  readonly response: {
    readonly clientDataJSON: string;
    readonly attestationObject: string;
    readonly transports: [];
  };
};

export type Authenticator = {
  readonly alg: Alg;
  readonly credential: string;
  /** The public key, SPKI as base64url. */
  readonly publicKey: string;
  readonly aaguid: string;
  readonly rpId: string;
  readonly origin: string;
  readonly sign: (data: Uint8Array) => Buffer;
  /** Answers `navigator.credentials.get`. */
  readonly assert: (challenge: string, lie?: Lie) => Assertion;
  /** Answers `navigator.credentials.create`. */
  readonly register: (challenge: string, lie?: Lie, attest?: Attest) => Registration;
};

export function createAuthenticator({
  alg = ES256,
  rpId = 'localhost',
  origin = 'http://localhost:8088',
  flags = UP | UV,
  aaguid = '00000000-0000-0000-0000-000000000000',
  seed = randomBytes(16).toString('hex'),
}: Made = {}): Authenticator {
  const key = keyOf(alg, sha256(`key ${seed}`));
  const credential = sha256(`credential ${seed}`);
  const id = text(credential);
  const clientData = (type: string, challenge: string, lie: Lie): string =>
    JSON.stringify({
      type: lie.type ?? type,
      challenge,
      origin: lie.origin ?? origin,
      crossOrigin: 'crossOrigin' in lie ? lie.crossOrigin : false,
    });
  const head = (lie: Lie, more: number): Buffer => {
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(lie.counter ?? 0);
    const bits = (lie.flags ?? flags) | more;
    return Buffer.concat([sha256(lie.rpId ?? rpId), Buffer.from([bits]), counter]);
  };
  const signed = (client: string, authData: Buffer): Buffer =>
    Buffer.concat([authData, sha256(client)]);
  const shell = { id, rawId: id, type: 'public-key', clientExtensionResults: {} } as const;
  return {
    alg,
    credential: id,
    publicKey: text(createPublicKey(key.key).export({ format: 'der', type: 'spki' })),
    aaguid,
    rpId,
    origin,
    sign: key.sign,
    assert: (challenge, lie = {}) => {
      const client = clientData('webauthn.get', challenge, lie);
      const authData = head(lie, 0);
      const signature = (lie.by?.sign ?? key.sign)(signed(client, authData));
      const sent = lie.rewrite === undefined ? client : client.replace(challenge, lie.rewrite);
      return {
        ...shell,
        response: {
          clientDataJSON: text(Buffer.from(sent)),
          authenticatorData: text(authData),
          signature: text(signature),
          ...(lie.userHandle === undefined ? {} : { userHandle: lie.userHandle }),
        },
      };
    },
    register: (challenge, lie = {}, attest = () => ({ fmt: 'none', attStmt: new Map() })) => {
      const client = clientData('webauthn.create', challenge, lie);
      const length = Buffer.alloc(2);
      length.writeUInt16BE(credential.length);
      const authData = Buffer.concat([
        head(lie, AT),
        Buffer.from(aaguid.replaceAll('-', ''), 'hex'),
        length,
        credential,
        cbor(coseOf(key.key, alg)),
      ]);
      const { fmt, attStmt } = attest(signed(client, authData), authData);
      const attestation = new Map<string, Cbor>([
        ['fmt', fmt],
        ['attStmt', attStmt],
        ['authData', authData],
      ]);
      return {
        ...shell,
        response: {
          clientDataJSON: text(Buffer.from(client)),
          attestationObject: text(cbor(attestation)),
          transports: [],
        },
      };
    },
  };
}

type Key = { readonly key: KeyObject; readonly sign: (data: Uint8Array) => Buffer };

function keyOf(alg: Alg, secret: Buffer): Key {
  if (alg === ES256) return ecKey(secret);
  if (alg === ED25519) {
    const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), secret]);
    const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
    return { key, sign: (data) => sign(null, data, key) };
  }
  const file = new URL('authenticator-rsa.json', import.meta.url);
  const jwk = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
  const key = createPrivateKey({ key: jwk, format: 'jwk' });
  return { key, sign: (data) => sign('sha256', data, key) };
}

const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const numberOf = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
const bytesOf = (value: bigint): Buffer => Buffer.from(value.toString(16).padStart(64, '0'), 'hex');
const mod = (value: bigint): bigint => ((value % ORDER) + ORDER) % ORDER;

function inverse(value: bigint): bigint {
  let out = 1n;
  for (let base = mod(value), left = ORDER - 2n; left > 0n; left >>= 1n, base = mod(base * base))
    if (left & 1n) out = mod(out * base);
  return out;
}

function pointOf(scalar: bigint): Buffer {
  const curve = createECDH('prime256v1');
  curve.setPrivateKey(bytesOf(scalar));
  return curve.getPublicKey();
}

/** P-256 with a nonce drawn from key and message, so that vectors can be made again to the byte. Not for real secrets. */
function ecKey(secret: Buffer): Key {
  const d = mod(numberOf(secret));
  const point = pointOf(d);
  const [x, y] = [text(point.subarray(1, 33)), text(point.subarray(33))];
  const jwk = { kty: 'EC', crv: 'P-256', d: text(bytesOf(d)), x, y };
  return {
    key: createPrivateKey({ key: jwk, format: 'jwk' }),
    sign: (data) => {
      const z = sha256(data);
      const k = mod(numberOf(sha256(Buffer.concat([secret, z]))));
      const r = mod(numberOf(pointOf(k).subarray(1, 33)));
      return pairOf(r, mod(inverse(k) * (numberOf(z) + r * d)));
    },
  };
}

function pairOf(...numbers: readonly bigint[]): Buffer {
  const parts = numbers.map((value) => {
    const hex = value.toString(16);
    const plain = Buffer.from(hex.length % 2 === 1 ? `0${hex}` : hex, 'hex');
    const signed = (plain[0] ?? 0) > 127 ? Buffer.concat([Buffer.alloc(1), plain]) : plain;
    return Buffer.concat([Buffer.from([2, signed.length]), signed]);
  });
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([0x30, body.length]), body]);
}

const bytes = (part: string | undefined): Buffer => Buffer.from(part ?? '', 'base64url');

function coseOf(key: KeyObject, alg: Alg): Map<number, Cbor> {
  const jwk = createPublicKey(key).export({ format: 'jwk' });
  const common = (kty: number): [number, Cbor][] => [
    [1, kty],
    [3, alg],
  ];
  const { x, y, n, e } = jwk;
  if (alg === RS256) return new Map([...common(3), [-1, bytes(n)], [-2, bytes(e)]]);
  if (alg === ED25519) return new Map<number, Cbor>([...common(1), [-1, 6], [-2, bytes(x)]]);
  return new Map<number, Cbor>([...common(2), [-1, 1], [-2, bytes(x)], [-3, bytes(y)]]);
}

/** What CBOR is made of here. */
export type Cbor = number | string | Uint8Array | readonly Cbor[] | Map<string | number, Cbor>;

/** RFC 8949, as far as an authenticator needs it. */
function cbor(value: Cbor): Buffer {
  if (typeof value === 'number') return value < 0 ? lead(1, -1 - value) : lead(0, value);
  if (typeof value === 'string') {
    const utf8 = Buffer.from(value);
    return Buffer.concat([lead(3, utf8.length), utf8]);
  }
  if (value instanceof Uint8Array) return Buffer.concat([lead(2, value.length), value]);
  if (value instanceof Map)
    return Buffer.concat([
      lead(5, value.size),
      ...[...value].flatMap(([name, one]) => [cbor(name), cbor(one)]),
    ]);
  return Buffer.concat([lead(4, value.length), ...value.map(cbor)]);
}

function lead(major: number, size: number): Buffer {
  if (size < 24) return Buffer.from([(major << 5) | size]);
  if (size < 256) return Buffer.from([(major << 5) | 24, size]);
  const out = Buffer.from([(major << 5) | 25, 0, 0]);
  out.writeUInt16BE(size, 1);
  return out;
}
