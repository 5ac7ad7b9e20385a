import { isAbsolute, join, relative } from 'node:path';
import type { Problem } from '@countersign/policy';
import type { ConfigProblem } from '@countersign/server';
import type { Io } from './io.ts';
import { plain } from './text.ts';

/** One thing wrong with files of an operator; `file` as seen from where the command runs. */
export type Fault = {
  readonly severity: 'error' | 'warning';
  readonly code: string;
  readonly file: string;
  /** From 1; 0 where there is no line, such as in an environment variable. */
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly hint: string;
};

/** A path as the caller would type it. */
export const seenFrom = ({ cwd }: Io, path: string): string => {
  const near = relative(cwd, path);
  return near === '' ? '.' : near.startsWith('..') || isAbsolute(near) ? path : near;
};

/** A problem of a policy folder. */
export const ofPolicies = (io: Io, folder: string, problem: Problem): Fault => ({
  ...problem,
  severity: 'error',
  file: seenFrom(io, join(folder, problem.file)),
});

/** A problem of `countersign.yaml` or `actions.yaml`. */
export const ofConfig = (io: Io, problem: ConfigProblem): Fault => {
  const { path, message, file, line } = problem;
  return {
    severity: problem.severity,
    code: problem.code,
    file: line > 0 ? seenFrom(io, file) : file,
    line,
    column: problem.column,
    message: path === '' ? message : `${path}: ${message}`,
    hint: problem.hint,
  };
};

/** As compilers print it. */
export const faultLine = ({ file, line, column, code, message }: Fault): string =>
  plain(`${file}${line > 0 ? `:${line}:${column}` : ''} ${code}: ${message}`);

/** As compilers print it, with what to do below. */
export const faultText = (fault: Fault): string =>
  `${faultLine(fault)}\n    ${plain(fault.hint)}\n`;
