import { canonical } from '@countersign/core';
import type { Digest, Requirement } from '@countersign/core';
import type { Look } from './looks.ts';
import type { SchemaIndex } from './schema-index.ts';
import type { SourceFile } from './problem.ts';
import type { Scope } from './scope.ts';

/** What a policy does when it matches (DESIGN §4). */
export type PolicyKind = 'permit' | 'forbid' | 'review' | 'confirm';

/** One policy that passed the loader. */
export type Policy = {
  readonly id: string;
  readonly kind: PolicyKind;
  /** A shadow policy is recorded and never counts. */
  readonly isShadow: boolean;
  readonly file: string;
  readonly line: number;
  readonly annotations: Readonly<Record<string, string>>;
  /** As its author wrote it. */
  readonly source: string;
  /** The same with its effect turned to `forbid`, proven by re-parsing. */
  readonly matchSource: string;
  readonly scope: Scope;
  /** What its conditions look at of the context. */
  readonly look: Look;
  /** What a review or confirm demands. */
  readonly requirement?: Requirement;
};

/** A policy set that passed the loader; plain data, so it crosses threads and can be kept. */
export type PolicySet = {
  /** SHA-256 of JCS `{schema, policies}`, the policies by id. */
  readonly digest: Digest;
  /** The commit the folder's repository stood at; tells where the set came from, decides nothing. */
  readonly gitCommit?: string;
  /** The folder's files as they were read; absent where the set was kept and reopened. */
  readonly files?: readonly SourceFile[];
  readonly schema: string;
  readonly index: SchemaIndex;
  /** Sorted by id. */
  readonly policies: readonly Policy[];
};

/** What the outside may know of a policy. */
export type PolicyInfo = Pick<Policy, 'id' | 'kind' | 'file' | 'line' | 'annotations' | 'isShadow'>;

/** The policies of a set without their sources, sorted by id. */
export const getPolicies = (set: PolicySet): readonly PolicyInfo[] =>
  set.policies.map(({ id, kind, file, line, annotations, isShadow }) => ({
    id,
    kind,
    file,
    line,
    annotations,
    isShadow,
  }));

/** JCS `{schema, policies}`: what the digest commits to, and what is kept. */
export const setText = (
  schema: string,
  policies: readonly Pick<Policy, 'id' | 'source'>[],
): string =>
  canonical({
    schema,
    policies: Object.fromEntries(policies.map(({ id, source }) => [id, source])),
  });
