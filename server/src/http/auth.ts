import { hash, randomBytes } from 'node:crypto';
import type { CallerKind } from '@countersign/api';
import { sha256, type Digest, type Directory } from '@countersign/core';
import type { Caller } from './exchange.ts';

/** The digest of a token and whose it is; the token itself is not kept. */
export type Credential = {
  readonly kind: CallerKind;
  readonly id: string;
  /** Absent: they have none, and sign in. */
  readonly tokenDigest?: Digest;
};

/** Whose credential it is, or why it is nobody's. */
export type Known =
  | Exclude<Caller, { kind: 'nobody' }>
  | 'unauthenticated'
  | 'inactive-person'
  | 'unknown-agent';

/** The caller of an `Authorization` header, as the configuration knows it. */
export type Authenticate = (header: string | undefined) => Known;

/** A token in an `Authorization` header. */
export const bearerIn = (header: string | undefined): string | undefined =>
  header === undefined ? undefined : BEARER.exec(header)?.[1];

const BEARER = /^Bearer ([\x21-\x7e]{1,8192})$/i;

/**
 * Looks tokens up by a digest keyed with a secret of this process: how long a look-up takes tells nothing about any
 * token. Whether the caller still exists is asked of the directory at each request.
 */
export function createAuth(
  credentials: readonly Credential[],
  directory: () => Directory,
): Authenticate {
  const secret = randomBytes(32).toString('latin1');
  const keyed = (digest: Digest): string => hash('sha256', secret + digest, 'base64');
  const known = new Map<string, Credential>();
  const kinds = new Map<string, CallerKind>();
  for (const credential of credentials) {
    const { kind, id } = credential;
    // INVARIANT: audiences and lineages are bare ids, so one id is one principal, of one kind
    if ((kinds.get(id) ?? kind) !== kind)
      throw new TypeError(`\`${id}\` is the id of two kinds of principals`);
    kinds.set(id, kind);
    if (credential.tokenDigest === undefined) continue;
    const digest = keyed(credential.tokenDigest);
    if (known.has(digest)) throw new TypeError(`the token of \`${id}\` is used twice`);
    known.set(digest, credential);
  }
  return (header) => {
    const token = bearerIn(header);
    const credential = token === undefined ? undefined : known.get(keyed(sha256(token)));
    if (!credential) return 'unauthenticated';
    const { kind, id } = credential;
    if (kind === 'executor') return { kind, id };
    if (kind === 'agent') return directory().agent(id) ? { kind, id } : 'unknown-agent';
    const person = directory().person(id);
    return person?.active === true ? { kind, id, person } : 'inactive-person';
  };
}
