/** One word of a command. `isFixed` is false when the shell would still change it. */
export type Arg = {
  readonly value: string;
  readonly isFixed: boolean;
  /** Holds the output of a command: `$(…)`, `<(…)`. */
  readonly isOutput: boolean;
  readonly hasGlob: boolean;
};

/** Where a command's standard input comes from; `code` where its text is written in the command itself. */
export type Stdin =
  | { readonly from: 'nothing' | 'pipe' | 'given' | 'file' }
  | { readonly from: 'here'; readonly code: Arg };

/** Where in the nesting a command stands. */
export type Frame = { readonly depth: number; readonly stdin: Stdin };

/** Why not everything about a command is known. */
export type Reason =
  | 'alias'
  | 'arguments-from-stdin'
  | 'brace-expansion'
  | 'code-from-command'
  | 'code-on-stdin'
  | 'container'
  | 'coprocess'
  | 'deferred-code'
  | 'editor'
  | 'environment'
  | 'expanded-argument'
  | 'expanded-code'
  | 'expanded-command'
  | 'function'
  | 'interpreter-code'
  | 'network-redirect'
  | 'program-option'
  | 'remote-shell'
  | 'script-file'
  | 'sourced-file'
  | 'task-runner'
  | 'too-deep'
  | 'unknown-binary'
  | 'unknown-wrapper'
  | 'unparseable';

/** Reasons that mean: the code that would run is not in the command at all. */
const HIDDEN: ReadonlySet<Reason> = new Set([
  'code-from-command',
  'code-on-stdin',
  'script-file',
  'sourced-file',
  'too-deep',
]);

/** What has been found out about a command so far. Grows only: whatever is in doubt is added. */
export type Survey = {
  readonly programs: Set<string>;
  readonly flags: Set<string>;
  readonly paths: Set<string>;
  readonly reasons: Set<Reason>;
  /** Folders that relative paths may be relative to. */
  readonly folders: Set<string>;
  pipesToShell: boolean;
  recursiveDelete: boolean;
  /** Reads shell text found inside a command. */
  readonly shell: (code: string, frame: Frame) => void;
};

export type Grade = 'full' | 'partial' | 'none';

/** How far a command is understood: `none` where the code is not visible, `partial` for any other doubt. */
export function gradeOf(reasons: ReadonlySet<Reason>): Grade {
  if (reasons.size === 0) return 'full';
  return [...reasons].some((reason) => HIDDEN.has(reason)) ? 'none' : 'partial';
}

/** Nesting beyond this is not followed. */
export const DEEPEST = 5;

/** A word that stands as it is. */
export const fixed = (value: string): Arg => ({
  value,
  isFixed: true,
  isOutput: false,
  hasGlob: false,
});
