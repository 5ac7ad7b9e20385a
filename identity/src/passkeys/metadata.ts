import { verify, X509Certificate } from 'node:crypto';
import { SettingsService, type MetadataStatement } from '@simplewebauthn/server';

/** Statements about models of authenticators, as a file the operator supplied has them; or in words why it has none. */
export type Metadata =
  | { readonly statements: readonly MetadataStatement[]; readonly nextUpdate?: string }
  | { readonly problem: string };

type Entry = {
  readonly metadataStatement?: MetadataStatement;
  readonly statusReports?: readonly { readonly status: string }[];
};

/** What makes a model's word worth nothing (FIDO MDS3 §3.1.4). */
const LOST: readonly string[] = [
  'REVOKED',
  'USER_VERIFICATION_BYPASS',
  'ATTESTATION_KEY_COMPROMISE',
  'USER_KEY_REMOTE_COMPROMISE',
  'USER_KEY_PHYSICAL_COMPROMISE',
];

/**
 * Reads a metadata file: the BLOB of the FIDO Metadata Service as it is downloaded (a JWT, whose signature and certificates are
 * checked up to `roots`, its dates are not, so that an old file goes on), or a JSON list of statements, believed as it stands.
 */
export function readMetadata(text: string, roots: readonly string[] = fidoRoots()): Metadata {
  const trimmed = text.trim();
  try {
    if (trimmed.startsWith('[')) return listed(JSON.parse(trimmed));
    return opened(trimmed, roots);
  } catch {
    return { problem: 'is neither the BLOB of the FIDO Metadata Service nor a list of statements' };
  }
}

const fidoRoots = (): readonly string[] =>
  SettingsService.getRootCertificates({ identifier: 'mds' });

const isStatement = (one: unknown): one is MetadataStatement =>
  typeof one === 'object' && one !== null && 'attestationRootCertificates' in one;

function listed(value: unknown): Metadata {
  return Array.isArray(value) && value.every(isStatement)
    ? { statements: value }
    : { problem: 'has something else than metadata statements in its list' };
}

function opened(token: string, roots: readonly string[]): Metadata {
  const [head = '', body = '', signature = '', ...more] = token.split('.');
  const { alg, x5c } = decode(head) as { readonly alg?: unknown; readonly x5c?: unknown };
  if (more.length > 0 || !Array.isArray(x5c) || (alg !== 'RS256' && alg !== 'ES256'))
    return { problem: 'is not a signed BLOB' };
  const chain = x5c.map((one) => new X509Certificate(Buffer.from(String(one), 'base64')));
  if (!isTrusted(chain, roots)) return { problem: 'is not signed by the FIDO Alliance' };
  const [leaf] = chain;
  const key = leaf && { key: leaf.publicKey, dsaEncoding: 'ieee-p1363' as const };
  const isSigned =
    key &&
    verify('sha256', Buffer.from(`${head}.${body}`), key, Buffer.from(signature, 'base64url'));
  if (isSigned !== true) return { problem: 'has a signature that does not hold' };
  const { entries, nextUpdate } = decode(body) as {
    readonly entries: readonly Entry[];
    readonly nextUpdate?: string;
  };
  const statements = entries.flatMap(({ metadataStatement, statusReports = [] }) =>
    metadataStatement && !statusReports.some(({ status }) => LOST.includes(status))
      ? [metadataStatement]
      : [],
  );
  return { statements, ...(nextUpdate === undefined ? {} : { nextUpdate }) };
}

const decode = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString());

const isBy = (one: X509Certificate, issuer: X509Certificate): boolean =>
  issuer.ca && one.checkIssued(issuer) && one.verify(issuer.publicKey);

/** Whether each certificate was issued by the next, the last by a root, and the first is that of the service. */
function isTrusted(chain: readonly X509Certificate[], roots: readonly string[]): boolean {
  const [leaf] = chain;
  const last = chain.at(-1);
  if (!leaf || !last || !/^CN=mds\.fidoalliance\.org$/m.test(leaf.subject)) return false;
  return (
    chain.slice(1).every((issuer, i) => isBy(chain[i] ?? issuer, issuer)) &&
    roots.some((pem) => {
      const root = new X509Certificate(pem);
      return root.raw.equals(last.raw) || isBy(last, root);
    })
  );
}
