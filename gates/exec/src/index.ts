export { factsOf, type CommandFacts, type ExecArguments, type Understanding } from './action-of.ts';
export { describe, shownCommand, type Detail } from './describe.ts';
export { shellExec, SHELL_EXEC } from './understand.ts';
export { resolveBinary, type Binary } from './binary.ts';
export { execute, type Ran, type RunOptions } from './execute.ts';
export { ExecFailure, type ExecFailureCode } from './failure.ts';
export {
  createExecGate,
  type ExecClient,
  type ExecGate,
  type ExecGateParts,
  type ExecReport,
  type ExecRequest,
  type ExecResult,
  type ExecStatus,
  type ExitCode,
} from './gate.ts';
export { type Recording, type Stream } from './recording.ts';
export { type SecretReferences } from './secrets.ts';
