/** Why a policy set was refused, in one word. */
export type ProblemCode =
  | 'unreadable'
  | 'no-policies'
  | 'schema-missing'
  | 'schema-invalid'
  | 'syntax'
  | 'template'
  | 'invalid'
  | 'warning'
  | 'id-missing'
  | 'id-malformed'
  | 'id-duplicate'
  | 'annotation-unknown'
  | 'annotation-missing'
  | 'annotation-empty'
  | 'annotation-invalid'
  | 'group-unknown'
  | 'group-empty'
  | 'quorum-unsatisfiable'
  | 'effect'
  | 'file'
  | 'permit-without-action'
  | 'permit-without-inspectable'
  | 'integer-too-large'
  | 'too-complex'
  | 'too-many-unscoped'
  | 'splice-failed'
  | 'engine-trap'
  | 'test-invalid';

/** One fault of a policy folder: where it is, what it is, what to do. Lines and columns count from 1. */
export type Problem = {
  readonly code: ProblemCode;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly hint: string;
};

/** A file of a policy folder as it was read. */
export type SourceFile = { readonly file: string; readonly text: string };

/** Line and column (from 1) of an offset in UTF-16 units. */
export function positionAt(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf('\n') + 1;
  return { line: before.split('\n').length, column: offset - lineStart + 1 };
}

/** The UTF-16 offset of a UTF-8 byte offset: the engine counts bytes. */
export const offsetOfByte = (text: string, byte: number): number =>
  new TextDecoder().decode(new TextEncoder().encode(text).subarray(0, byte)).length;

/** Makes a problem at an offset of a file. */
export function problemAt(
  source: SourceFile,
  offset: number,
  fault: { readonly code: ProblemCode; readonly message: string; readonly hint: string },
): Problem {
  const { line, column } = positionAt(source.text, offset);
  const { code, message, hint } = fault;
  return { code, file: source.file, line, column, message, hint };
}

/** Makes a problem of the folder as a whole. */
export const problemOfSet = (fault: Pick<Problem, 'code' | 'message' | 'hint'>): Problem => ({
  code: fault.code,
  file: '.',
  line: 1,
  column: 1,
  message: fault.message,
  hint: fault.hint,
});

/** In the order a reader meets them. */
export const byPlace = (a: Problem, b: Problem): number =>
  a.file < b.file
    ? -1
    : a.file > b.file
      ? 1
      : a.line - b.line || a.column - b.column || (a.code < b.code ? -1 : 1);
