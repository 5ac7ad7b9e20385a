// A certificate authority in a few lines of DER, for attestations and metadata in tests.
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  type KeyObject,
} from 'node:crypto';

const tlv = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
  const body = Buffer.concat(parts);
  const { length } = body;
  const size =
    length < 128
      ? [length]
      : length < 256
        ? [0x81, length]
        : [0x82, Math.floor(length / 256), length % 256];
  return Buffer.concat([Buffer.from([tag, ...size]), body]);
};
const seq = (...parts: readonly Uint8Array[]): Buffer => tlv(0x30, ...parts);
const oid = (hex: string): Buffer => tlv(0x06, Buffer.from(hex, 'hex'));
const int = (value: number): Buffer => tlv(0x02, Buffer.from([value]));
const utf8 = (text: string): Buffer => tlv(0x0c, Buffer.from(text));
const time = (text: string): Buffer => tlv(0x17, Buffer.from(text));

const ECDSA_SHA256 = seq(oid('2a8648ce3d040302'));
const NAMES: Readonly<Record<string, string>> = {
  C: '550406',
  O: '55040a',
  OU: '55040b',
  CN: '550403',
};
const nameOf = (parts: Readonly<Record<string, string>>): Buffer =>
  seq(
    ...Object.entries(parts).map(([key, value]) =>
      tlv(
        0x31,
        seq(oid(NAMES[key] ?? ''), key === 'C' ? tlv(0x13, Buffer.from(value)) : utf8(value)),
      ),
    ),
  );

/** A certificate with its key. */
export type Issued = {
  readonly der: Buffer;
  readonly key: KeyObject;
  readonly name: Readonly<Record<string, string>>;
};

/** Issues a certificate for a new P-256 key; without `by` it signs itself. */
export function issue(
  name: Readonly<Record<string, string>>,
  {
    by,
    isCa = false,
    aaguid,
    revocationList = false,
  }: {
    readonly by?: Issued;
    readonly isCa?: boolean;
    readonly aaguid?: string;
    readonly revocationList?: boolean;
  } = {},
): Issued {
  const pem = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
    format: 'pem',
    type: 'pkcs8',
  });
  const key = createPrivateKey(pem);
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
  const extension = (id: string, value: Uint8Array): Buffer => seq(oid(id), tlv(0x04, value));
  const extensions = [
    extension('551d13', isCa ? seq(tlv(0x01, Buffer.from([255]))) : seq()),
    ...(aaguid === undefined
      ? []
      : [
          extension(
            '2b0601040182e51c010104',
            tlv(0x04, Buffer.from(aaguid.replaceAll('-', ''), 'hex')),
          ),
        ]),
    ...(revocationList ? [extension('551d1f', seq())] : []),
  ];
  const tbs = seq(
    tlv(0xa0, int(2)),
    int(1),
    ECDSA_SHA256,
    nameOf(by?.name ?? name),
    seq(time('240101000000Z'), time('490101000000Z')),
    nameOf(name),
    spki,
    tlv(0xa3, seq(...extensions)),
  );
  const signature = sign('sha256', tbs, by?.key ?? key);
  return { der: seq(tbs, ECDSA_SHA256, tlv(0x03, Buffer.from([0]), signature)), key, name };
}

export const pemOf = ({ der }: Issued): string =>
  `-----BEGIN CERTIFICATE-----\n${(der.toString('base64').match(/.{1,64}/g) ?? []).join('\n')}\n-----END CERTIFICATE-----\n`;
