import {
  createPrivateKey,
  generateKeyPairSync,
  randomBytes,
  sign,
  type KeyObject,
} from 'node:crypto';

// As much of DER (X.690) and X.509 (RFC 5280) as certificates of a test need.

const tlv = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
  const body = Buffer.concat(parts);
  const size = body.length;
  const length = size < 128 ? [size] : size < 256 ? [0x81, size] : [0x82, size >> 8, size & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
};
const seq = (...parts: readonly Uint8Array[]): Buffer => tlv(0x30, ...parts);
const text = (tag: number, value: string): Buffer => tlv(tag, Buffer.from(value));
const oid = (dotted: string): Buffer => {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second];
  for (const one of rest) {
    const groups = [one & 127];
    for (let left = one >> 7; left > 0; left >>= 7) groups.unshift((left & 127) | 128);
    bytes.push(...groups);
  }
  return tlv(6, Buffer.from(bytes));
};
const time = (ms: number): Buffer =>
  text(0x18, new Date(ms).toISOString().replaceAll(/[-:T]|\.\d+/g, ''));
const nameOf = (name: string): Buffer => seq(tlv(0x31, seq(oid('2.5.4.3'), text(0x0c, name))));
const extension = (id: string, isCritical: boolean, value: Buffer): Buffer =>
  seq(oid(id), ...(isCritical ? [tlv(1, Buffer.from([255]))] : []), tlv(4, value));

/** A certificate with its key. */
export type Made = { readonly cert: string; readonly key: string };
export type Authority = Made & { readonly name: string; readonly private: KeyObject };

export type Wanted = {
  readonly name: string;
  /** Subject alternative names: URIs, or what they are called by (`dns:localhost`, `ip:`). */
  readonly names?: readonly string[];
  readonly from?: number;
  readonly to?: number;
  readonly isAuthority?: boolean;
  readonly usage?: 'client' | 'server';
};

const DAY_MS = 86_400_000;
const ECDSA = seq(oid('1.2.840.10045.4.3.2'));
const USAGE = { client: '1.3.6.1.5.5.7.3.2', server: '1.3.6.1.5.5.7.3.1' } as const;

function general(name: string): Buffer {
  if (name.startsWith('dns:')) return text(0x82, name.slice(4));
  if (name.startsWith('ip:')) return tlv(0x87, Buffer.from(name.slice(3).split('.').map(Number)));
  return text(0x86, name);
}

/** Makes a certificate, signed by an authority or by itself. */
export function makeCertificate(wanted: Wanted, by?: Authority): Authority {
  const { name, names = [], from = Date.now() - DAY_MS, to = Date.now() + DAY_MS } = wanted;
  const { isAuthority = false, usage = 'client' } = wanted;
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const body = seq(
    tlv(0xa0, tlv(2, Buffer.from([2]))),
    tlv(2, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ECDSA,
    nameOf(by?.name ?? name),
    seq(time(from), time(to)),
    nameOf(name),
    pair.publicKey.export({ format: 'der', type: 'spki' }),
    tlv(
      0xa3,
      seq(
        extension('2.5.29.19', true, seq(...(isAuthority ? [tlv(1, Buffer.from([255]))] : []))),
        ...(isAuthority ? [] : [extension('2.5.29.37', false, seq(oid(USAGE[usage])))]),
        ...(names.length > 0 ? [extension('2.5.29.17', false, seq(...names.map(general)))] : []),
      ),
    ),
  );
  const key = by?.private ?? pair.privateKey;
  const signature = sign('sha256', body, key);
  const der = seq(body, ECDSA, tlv(3, Buffer.from([0]), signature));
  const pem = der.toString('base64').replaceAll(/.{1,64}/g, '$&\n');
  const keyPem = pair.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
  return {
    name,
    cert: `-----BEGIN CERTIFICATE-----\n${pem}-----END CERTIFICATE-----\n`,
    key: keyPem,
    private: createPrivateKey(keyPem),
  };
}

/** An authority of its own. */
export const makeAuthority = (name: string): Authority =>
  makeCertificate({ name, isAuthority: true });
