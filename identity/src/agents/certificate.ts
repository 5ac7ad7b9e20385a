import type { X509Certificate } from 'node:crypto';
import type { Instant } from '@countersign/core';

/** What a TLS connection says of its other end. */
export type PeerCertificate = {
  readonly certificate: X509Certificate | undefined;
  /** It was signed by one of the authorities that are believed. */
  readonly isTrusted: boolean;
};

export type CertificateRefusal =
  | 'certificate-required'
  | 'certificate-invalid'
  | 'certificate-foreign';

/** A SPIFFE id: a trust domain and a path, nothing that could be read in two ways. */
const SPIFFE = /^spiffe:\/\/([a-z0-9._-]{1,255})((?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._-]+)+)$/;

/** Whether a text is the SPIFFE id of a workload; in a trust domain, where one is named. */
export function isSpiffeId(text: string, trustDomain?: string): boolean {
  const [, domain] = SPIFFE.exec(text) ?? [];
  return domain !== undefined && text.length <= 2_048 && (trustDomain ?? domain) === domain;
}

/**
 * The SPIFFE id of the other end (X509-SVID): its certificate is good now, and its only URI names a workload of our
 * trust domain. Asked at each request: a connection may outlive the certificate it began with.
 */
export function spiffeOf(
  { certificate, isTrusted }: PeerCertificate,
  trustDomain: string,
  now: Instant,
): { readonly id: string } | CertificateRefusal {
  if (!certificate) return 'certificate-required';
  const { validFromDate, validToDate, ca } = certificate;
  const isNow = validFromDate.getTime() <= now && now < validToDate.getTime();
  if (!isTrusted || !isNow || ca) return 'certificate-invalid';
  const uris = urisOf(certificate.subjectAltName ?? '');
  const [id] = uris;
  if (id === undefined || uris.length > 1 || !isSpiffeId(id, trustDomain))
    return 'certificate-foreign';
  return { id };
}

/**
 * ATTACKER: a name may hold what separates names; node then writes it as a JSON string. No SPIFFE id needs that, so a
 * list with such a name in it is not taken apart: it counts as two.
 */
function urisOf(subjectAltName: string): readonly string[] {
  const uris = subjectAltName.split(', ').filter((name) => name.startsWith('URI:'));
  return subjectAltName.includes('"') ? ['', ''] : uris.map((name) => name.slice(4));
}
