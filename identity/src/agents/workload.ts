import { readFile } from 'node:fs/promises';
import type { Clock } from '@countersign/core';
import type { JSONWebKeySet, JWTVerifyGetKey } from 'jose';
import type { Claims, WorkloadKind } from './binding.ts';

/** Signature algorithms an issuer may use; every one has a private half that verifying does not need. */
export const WORKLOAD_ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
] as const;
export type WorkloadAlgorithm = (typeof WORKLOAD_ALGORITHMS)[number];

/** An issuer of workload tokens that the operator has pinned. */
export type WorkloadIssuer = {
  /** Named by bindings. */
  readonly id: string;
  readonly kind: WorkloadKind;
  /** Exactly what stands in `iss`. */
  readonly issuer: string;
  /** Exactly what stands in `aud`: one for each installation, or a token for another one would do here. */
  readonly audience: string;
  /** Where its keys are: fetched, or read from a file. */
  readonly keys: { readonly url: string } | { readonly file: string };
  readonly algorithms: readonly WorkloadAlgorithm[];
  readonly maxAgeMs: number;
};

/** A token that verified: whose it is, and what it says. */
export type Workload = { readonly issuer: string; readonly claims: Claims };

/**
 * Tells what a token says, if one of the pinned issuers signed it for us a moment ago: for this installation or, where
 * `resource` is told, for that resource of it (RFC 8707). A token for a resource is good nowhere else.
 */
export type VerifyWorkload = (token: string, resource?: string) => Promise<Workload | undefined>;

const COOLDOWN_MS = 30_000;
const TIMEOUT_MS = 3_000;
/** After a fetch that failed, the next is not made before this: tokens cost nothing to send. */
const RETRY_MS = 5_000;
/** Clocks of a cluster differ by this much at most. */
const SKEW_SECONDS = 5;

/**
 * Verifies tokens of pinned issuers and of no others.
 * INVARIANT: what a token says of itself selects one of them and is never an address we follow.
 */
export function createWorkloads(issuers: readonly WorkloadIssuer[], clock: Clock): VerifyWorkload {
  const byIssuer = new Map(issuers.map((one) => [one.issuer, { ...one, keysOf: keysOf(one) }]));
  return async (token, resource) => {
    const pinned = byIssuer.get(issuerIn(token) ?? '');
    if (!pinned) return undefined;
    // loaded with the first token of a pinned issuer: most gateways never need it
    const { jwtVerify } = await import('jose');
    try {
      const { payload } = await jwtVerify(token, await pinned.keysOf(), {
        issuer: pinned.issuer,
        audience: [pinned.audience, ...(resource === undefined ? [] : [resource])],
        algorithms: [...pinned.algorithms],
        requiredClaims: ['sub', 'exp', 'iat'],
        maxTokenAge: pinned.maxAgeMs / 1_000,
        clockTolerance: SKEW_SECONDS,
        currentDate: new Date(clock()),
      });
      return { issuer: pinned.id, claims: payload };
    } catch {
      // R2: whatever was wrong, the token says nothing; why is not told to whoever sent it
      return undefined;
    }
  };
}

const JWT = /^[\w-]+\.([\w-]+)\.[\w-]+$/;

/** Whether a text has the form of a signed token. */
export const isJwt = (text: string): boolean => JWT.test(text);

/** What a token says its issuer is. ATTACKER: nothing has been verified yet. */
function issuerIn(token: string): string | undefined {
  try {
    const body = Buffer.from(JWT.exec(token)?.[1] ?? '', 'base64url').toString();
    const { iss } = JSON.parse(body) as { readonly iss?: unknown };
    return typeof iss === 'string' ? iss : undefined;
  } catch {
    return undefined;
  }
}

const keysOf = ({ keys }: WorkloadIssuer): (() => Promise<JWTVerifyGetKey>) =>
  'url' in keys ? fetched(keys.url) : fromFile(keys.file);

/** Keys at an address: fetched once, and again for an unknown key at most every 30 s. */
function fetched(url: string): () => Promise<JWTVerifyGetKey> {
  let made: Promise<JWTVerifyGetKey> | undefined;
  const make = async (): Promise<JWTVerifyGetKey> => {
    const { createRemoteJWKSet, customFetch } = await import('jose');
    return createRemoteJWKSet(new URL(url), {
      cooldownDuration: COOLDOWN_MS,
      timeoutDuration: TIMEOUT_MS,
      [customFetch]: patient(),
    });
  };
  return () => (made ??= make());
}

type Fetch = (url: string, options: RequestInit) => Promise<Response>;

/** Fetches, but does not hammer on a door that just stayed shut. */
function patient(): Fetch {
  let notBefore = 0;
  return async (url, options) => {
    if (performance.now() < notBefore)
      throw new TypeError('the keys could not be fetched just now');
    notBefore = performance.now() + RETRY_MS;
    const response = await fetch(url, options);
    if (response.status === 200) notBefore = 0;
    return response;
  };
}

/** Keys in a file, such as a mounted bundle: read again for an unknown key at most every 30 s. */
function fromFile(path: string): () => Promise<JWTVerifyGetKey> {
  let read: { readonly at: number; readonly keys: JWTVerifyGetKey } | undefined;
  const load = async (): Promise<JWTVerifyGetKey> => {
    const { createLocalJWKSet } = await import('jose');
    const keys = createLocalJWKSet(JSON.parse(await readFile(path, 'utf8')) as JSONWebKeySet);
    read = { at: performance.now(), keys };
    return keys;
  };
  return async () => {
    const first = read?.keys ?? (await load());
    const { errors } = await import('jose');
    return async (header, token) => {
      try {
        return await first(header, token);
      } catch (error) {
        const isRecent = read !== undefined && performance.now() - read.at < COOLDOWN_MS;
        if (!(error instanceof errors.JWKSNoMatchingKey) || isRecent) throw error;
        return (await load())(header, token);
      }
    };
  };
}
