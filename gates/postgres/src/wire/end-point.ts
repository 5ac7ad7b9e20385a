import { createHash, type X509Certificate } from 'node:crypto';

// signatures with one hash of their own, which is at least SHA-256 here; others have no end point that two sides agree on
const HASHES: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.4': 'sha256',
  '1.2.840.113549.1.1.5': 'sha256',
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
  '1.2.840.10045.4.1': 'sha256',
  '1.2.840.10045.4.3.2': 'sha256',
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512',
};

/** `tls-server-end-point` (RFC 5929) of a certificate; undefined where its signature has none. */
export function endPointOf(
  certificate: Pick<X509Certificate, 'raw' | 'signatureAlgorithmOid'> | undefined,
): Buffer | undefined {
  const hash = HASHES[certificate?.signatureAlgorithmOid ?? ''];
  return certificate && hash !== undefined
    ? createHash(hash).update(certificate.raw).digest()
    : undefined;
}
