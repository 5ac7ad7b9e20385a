import { type Fact, type Facts } from '@countersign/core';
import { readCommand } from './command.ts';
import { isSystemPath, nameOf } from './paths.ts';
import { isCodeVariable } from './programs.ts';
import { readShell } from './shell.ts';
import { fixed, gradeOf, type Frame, type Grade, type Reason, type Survey } from './survey.ts';

/** The arguments of a `shell.exec` action: everything that decides what runs, and nothing secret. */
export type ExecArguments = {
  /** Program and its arguments, handed over without a shell. */
  readonly argv: readonly string[];
  readonly cwd: string;
  /** The file that runs, after links; hashed again before it does. */
  readonly binary: { readonly path: string; readonly sha256: string };
  /** Names of the variables the command will see. Their values stay where it runs. */
  readonly env: readonly string[];
  readonly stdin: null | { readonly sha256: string };
  /** Whose secrets the command gets; null: none. */
  readonly identity: string | null;
};

/** What is known about a command from its words alone. */
export type Understanding = {
  /** Cedar context: `{ cmd }`, sets as sorted lists. */
  readonly facts: Facts & { readonly cmd: CommandFacts };
  readonly inspectable: Grade;
  /** Why it is not `full`, sorted. */
  readonly dynamic: readonly Reason[];
};

/** The `Cmd` type of the policy schema. */
export type CommandFacts = {
  readonly [name: string]: Fact;
  readonly programs: readonly string[];
  readonly flags: readonly string[];
  readonly pipesToShell: boolean;
  readonly recursiveDelete: boolean;
  readonly paths: readonly string[];
};

/**
 * Derives the facts of a command. Pure: looks at no file, trusts no caller, so the gateway derives them itself.
 * ATTACKER: every word comes from the agent; whatever is not understood lowers the grade, never the alarm.
 */
export function factsOf({
  argv,
  cwd,
  env,
  stdin,
  binary,
}: Pick<ExecArguments, 'argv' | 'cwd' | 'env' | 'stdin'> &
  Partial<Pick<ExecArguments, 'binary'>>): Understanding {
  const survey: Survey = {
    programs: new Set(),
    flags: new Set(),
    paths: new Set(),
    reasons: new Set(),
    folders: new Set([cwd]),
    pipesToShell: false,
    recursiveDelete: false,
    shell: (code, frame) => readShell(survey, code, frame),
  };
  if (env.some(isCodeVariable)) survey.reasons.add('environment');
  const frame: Frame = { depth: 0, stdin: { from: stdin ? 'given' : 'nothing' } };
  readCommand(survey, argv.map(fixed), frame);
  if (binary) readBinary(survey, argv, binary.path, frame);
  return {
    facts: {
      cmd: {
        programs: [...survey.programs].toSorted(),
        flags: [...survey.flags].toSorted(),
        pipesToShell: survey.pipesToShell,
        recursiveDelete: survey.recursiveDelete,
        paths: [...survey.paths].toSorted(),
      },
    },
    inspectable: gradeOf(survey.reasons),
    dynamic: [...survey.reasons].toSorted(),
  };
}

/** Programs that do what their first word says, whatever their file is called. */
const MULTI_CALL = /^(?:busybox|toybox|coreutils)$/;

/** ATTACKER: the first word says `ls` and the file is `/bin/rm`, or an `ls` of the agent's own. The file runs. */
function readBinary(survey: Survey, argv: readonly string[], path: string, frame: Frame): void {
  if (!isSystemPath(path)) survey.reasons.add('unknown-binary');
  const [first = '', ...rest] = argv;
  const name = nameOf(path);
  if (name !== nameOf(first) && !MULTI_CALL.test(name))
    readCommand(survey, [name, ...rest].map(fixed), frame);
}
