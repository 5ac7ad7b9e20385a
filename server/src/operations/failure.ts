/** Why an operation on a store was not done, or not finished: one line with a code and what to do. */
export class OperationFailure extends Error {
  readonly code: string;
  readonly hint: string;
  constructor(code: string, message: string, hint: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'OperationFailure';
    this.code = code;
    this.hint = hint;
  }
}
