/** Why a command was not started. Thrown only before anything ran. */
export type ExecFailureCode =
  | 'not-found'
  | 'binary-changed'
  | 'input-changed'
  | 'environment-changed'
  | 'folder-missing'
  | 'bad-secret'
  | 'unknown-identity'
  | 'not-started'
  | 'bad-grant';

/** The command did not run. */
export class ExecFailure extends Error {
  readonly code: ExecFailureCode;
  readonly retryable = false;
  constructor(code: ExecFailureCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.name = 'ExecFailure';
    this.code = code;
  }
}
