import type { Digest } from '@countersign/core';
import { z } from 'zod';
import { digest } from './field.ts';

/** The files of the policy set in force, as their authors wrote them. */
export type PolicySources = {
  readonly digest: Digest;
  readonly files: readonly { readonly file: string; readonly text: string }[];
};
export const policySources: z.ZodType<PolicySources> = z.strictObject({
  digest,
  files: z.array(z.strictObject({ file: z.string(), text: z.string() })),
});

/** What the tests of the policy folder say of the set in force. */
export type PolicyTests = {
  readonly digest: Digest;
  /** Each passed when nothing failed. */
  readonly tests: readonly {
    readonly file: string;
    readonly name: string;
    readonly failures: readonly string[];
  }[];
  /** Policies that no test meets. */
  readonly unmatched: readonly string[];
  /** Why tests could not be run at all. */
  readonly problems: readonly {
    readonly file: string;
    readonly line: number;
    readonly message: string;
  }[];
};
export const policyTests: z.ZodType<PolicyTests> = z.strictObject({
  digest,
  tests: z.array(
    z.strictObject({ file: z.string(), name: z.string(), failures: z.array(z.string()) }),
  ),
  unmatched: z.array(z.string()),
  problems: z.array(z.strictObject({ file: z.string(), line: z.int(), message: z.string() })),
});
