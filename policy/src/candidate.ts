import type { Policy, PolicySet } from './policy-set.ts';
import type { Problem, ProblemCode, SourceFile } from './problem.ts';
import type { Piece } from './source.ts';

/** The groups policies may name: by name alone, or with how many persons each has. */
export type Groups = readonly string[] | Readonly<Record<string, number>>;

/** A candidate set as read. */
export type Candidate = {
  readonly schema?: SourceFile;
  readonly policies: readonly SourceFile[];
  readonly gitCommit?: string;
  /** Absent: groups are not checked. */
  readonly groups?: Groups;
  /** How many policies may name neither action nor group. */
  readonly maxUnscoped?: number;
  /** A set that was in force once is opened as it was: what we have since learned to refuse is not held against it. */
  readonly isReopened?: boolean;
};

/** A policy read from its file, with where it stands. */
export type Draft = { readonly policy: Policy; readonly piece: Piece; readonly source: SourceFile };

/** Notes a problem at an offset of the piece being read. */
export type Report = (at: number, code: ProblemCode, message: string, hint: string) => void;

/** The set, or every problem of the candidate. */
export type Compiled =
  | { readonly ok: true; readonly set: PolicySet }
  | { readonly ok: false; readonly problems: readonly Problem[] };
