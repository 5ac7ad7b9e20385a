import { noteGit } from './git.ts';
import { addFlag, enterFolder, noteArgs, noteOptions, noteRemove } from './note.ts';
import { addPath, isSystemPath, nameOf } from './paths.ts';
import {
  CODE_FLAG,
  CONTAINERS,
  EDITORS,
  INERT,
  isForeignShell,
  isInterpreter,
  isRunner,
  isShell,
  RUNS_STDIN,
  TASK_RUNNERS,
  WRAPPERS,
  type Wrapper,
} from './programs.ts';
import { isPlainSed } from './sed.ts';
import { unwrap } from './unwrap.ts';
import { DEEPEST, fixed, type Arg, type Frame, type Reason, type Survey } from './survey.ts';

type Reader = (survey: Survey, args: readonly Arg[], frame: Frame) => void;
const deeper = (frame: Frame): Frame => ({ ...frame, depth: frame.depth + 1 });

/** Surveys one command, given as its words, and whatever commands its arguments hold. */
export function readCommand(survey: Survey, words: readonly Arg[], frame: Frame): void {
  const [name, ...args] = words;
  if (!name) return;
  if (frame.depth > DEEPEST) return void survey.reasons.add('too-deep');
  if (!name.isFixed || name.hasGlob) {
    survey.reasons.add('expanded-command');
    if (name.isOutput) runsOutput(survey);
    return noteArgs(survey, '', args);
  }
  const program = nameOf(name.value);
  survey.programs.add(program);
  if (name.value.includes('/')) addPath(survey, name);
  // a file that no hash binds, and that the command itself may have written
  const isOwn = frame.depth > 0 && /\//.test(name.value) && !isSystemPath(name.value);
  if (isOwn || /\/.*\.(?:sh|bash|zsh|py|pl|rb|js|mjs|cjs|ts|php|lua)$/.test(name.value))
    survey.reasons.add('script-file');
  const reader = readerOf(program);
  if (reader) return reader(survey, args, frame);
  const nested = findNested(survey, program, args, frame);
  noteArgs(survey, program, args.slice(0, nested));
  noteOptions(survey, program, args);
}

function readerOf(program: string): Reader | undefined {
  if (isShell(program))
    return (survey, args, frame) => {
      if (isForeignShell(program)) survey.reasons.add('interpreter-code');
      readShellCall(survey, args, frame);
    };
  if (isInterpreter(program)) return readInterpreter;
  if (Object.hasOwn(READERS, program)) return READERS[program];
  const wrapper = Object.hasOwn(WRAPPERS, program) ? WRAPPERS[program] : undefined;
  return (
    wrapper && ((survey, args, frame): void => readWrapper(survey, program, wrapper, args, frame))
  );
}

/** Output of some program becomes code: what `curl … | sh` is, in whatever clothes. */
function runsOutput(survey: Survey): void {
  survey.pipesToShell = true;
  survey.reasons.add('code-from-command');
}

/** Code comes on standard input. */
function runsStdin(survey: Survey, frame: Frame, isShellCode: boolean): void {
  const { stdin } = frame;
  if (stdin.from === 'pipe' || stdin.from === 'given') survey.pipesToShell = true;
  if (stdin.from !== 'here') return void survey.reasons.add('code-on-stdin');
  if (stdin.code.isOutput) return runsOutput(survey);
  survey.reasons.add(stdin.code.isFixed ? 'deferred-code' : 'expanded-code');
  if (isShellCode) survey.shell(stdin.code.value, deeper({ ...frame, stdin: { from: 'nothing' } }));
}

/** Text that a shell will run. */
function runsCode(survey: Survey, code: Arg, frame: Frame): void {
  if (code.isOutput) runsOutput(survey);
  if (!code.isFixed) return void survey.reasons.add('expanded-code');
  survey.shell(code.value, deeper(frame));
}

const readShellCall: Reader = (survey, args, frame) => {
  let isCode = false;
  let isStdin = false;
  let i = 0;
  for (; i < args.length; i++) {
    const arg = args[i];
    if (!arg?.isFixed || !/^[-+]./.test(arg.value)) break;
    addFlag(survey, arg.value);
    if (arg.value === '--') {
      i++;
      break;
    }
    if (/^--(?:rcfile|init-file)/.test(arg.value)) survey.reasons.add('script-file');
    if (/^-[a-zA-Z]*c/.test(arg.value)) isCode = true;
    if (/^-[a-zA-Z]*s/.test(arg.value)) isStdin = true;
    if (/^--(?:rcfile|init-file)$/.test(arg.value)) i++;
    else if (/^[-+][a-zA-Z]+$/.test(arg.value)) i += arg.value.replace(/[^oO]/g, '').length;
  }
  if (isCode && args[i]?.value === '-') i++; // ends the options, as `--` does
  const [first, ...rest] = args.slice(i);
  if (isCode && first) runsCode(survey, first, frame);
  else if (isCode) survey.reasons.add('unparseable');
  else if (!first || isStdin || isStdinPath(first)) runsStdin(survey, frame, true);
  else runsFile(survey, first, 'script-file');
  noteArgs(survey, '', isCode || !first ? rest : [first, ...rest]);
};

const isStdinPath = ({ value }: Arg): boolean =>
  /^(?:-|\/dev\/stdin|\/dev\/fd\/\d+|\/proc\/self\/fd\/\d+)$/.test(value);

function runsFile(survey: Survey, file: Arg, reason: Reason): void {
  if (file.isOutput) runsOutput(survey);
  survey.reasons.add(reason);
}

const readInterpreter: Reader = (survey, args, frame) => {
  noteArgs(survey, '', args);
  if (args.length > 0 && args.every(({ value }) => /^(?:-[vVh]|--version|--help)$/.test(value)))
    return;
  const at = args.findIndex(({ value }) => CODE_FLAG.test(value));
  const operand = args.findIndex(({ value }) => !value.startsWith('-') || value === '-');
  if (at >= 0 && (operand < 0 || at < operand)) {
    survey.reasons.add('interpreter-code');
    if (args[at]?.isOutput === true || args[at + 1]?.isOutput === true) runsOutput(survey);
    return;
  }
  const file = args[operand];
  if (!file || isStdinPath(file)) runsStdin(survey, frame, false);
  else runsFile(survey, file, 'script-file');
};

function readWrapper(
  survey: Survey,
  program: string,
  wrapper: Wrapper,
  args: readonly Arg[],
  frame: Frame,
): void {
  const wrapped = unwrap(survey, program, wrapper, args);
  if ('code' in wrapped) return runsCode(survey, wrapped.code, frame);
  const rest = wrapped.command;
  if (program === 'xargs') survey.reasons.add('arguments-from-stdin');
  if (program === 'xargs' && rest.some(({ value }) => isShell(nameOf(value))))
    survey.pipesToShell = true;
  if (program === 'ssh') {
    survey.reasons.add('remote-shell');
    if (rest.length === 0) return runsStdin(survey, frame, true);
  }
  if (wrapper.isShellText && rest.length > 0) return runsCode(survey, join(rest), frame);
  if (rest.length > 0) return readCommand(survey, rest, deeper(frame));
  if (/^(?:sudo|doas|runuser|chroot|unshare|nsenter|systemd-run|script)$/.test(program))
    runsStdin(survey, frame, true);
}

const join = (args: readonly Arg[]): Arg => ({
  value: args.map(({ value }) => value).join(' '),
  isFixed: args.every(({ isFixed }) => isFixed),
  isOutput: args.some(({ isOutput }) => isOutput),
  hasGlob: false,
});

/** Programs and builtins with a grammar of their own. */
const READERS: Readonly<Record<string, Reader>> = {
  rm: noteRemove,
  srm: noteRemove,
  find: (survey, args, frame) => {
    const tests = args.findIndex(({ value }) => /^(?:-(?![HLPOD])|[(!])/.test(value));
    noteArgs(survey, 'find', args.slice(0, tests < 0 ? undefined : tests));
    for (const { value } of args)
      if (/^-(?:delete|exec|ok|execdir|okdir|fprint.*|fls)$/.test(value)) survey.flags.add(value);
    if (args.some(({ isFixed }) => !isFixed)) survey.reasons.add('expanded-argument');
    if (args.some(({ value }) => value === '-delete')) survey.recursiveDelete = true;
    if (args.some(({ value }) => value === '-files0-from'))
      survey.reasons.add('arguments-from-stdin');
    args.forEach(({ value }, at) => {
      const file = args[at + 1];
      if (/^-f(?:print|ls)/.test(value) && file) addPath(survey, file);
      if (!/^-(?:exec|ok)(?:dir)?$/.test(value)) return;
      survey.reasons.add('arguments-from-stdin');
      const end = args.findIndex((arg, i) => i > at && /^(?:;|\+)$/.test(arg.value));
      const command = args.slice(at + 1, end < 0 ? undefined : end);
      if (command.some((arg) => /^(?:rm|rmdir|unlink|shred)$/.test(nameOf(arg.value))))
        survey.recursiveDelete = true;
      readCommand(survey, command, deeper(frame));
    });
  },
  eval: (survey, args, frame) => {
    const words = args[0]?.value === '--' ? args.slice(1) : args;
    if (words.length > 0) runsCode(survey, join(words), frame);
  },
  trap: (survey, args, frame) => {
    const [code] = args.filter(({ value }) => value !== '--' && !/^-[lp]$/.test(value));
    if (!code || args.length < 2 || code.value === '-' || code.value === '') return;
    survey.reasons.add('deferred-code');
    runsCode(survey, code, frame);
  },
  source: readSource,
  '.': readSource,
  alias: (survey, args) => {
    if (args.length > 0) survey.reasons.add('alias');
  },
  cd: (survey, args) => changeFolder(survey, args),
  pushd: (survey, args) => changeFolder(survey, args),
  su: readSu,
  runuser: (survey, args, frame) =>
    args.some(({ value }) => /^(?:-[a-zA-Z]*u|--user)/.test(value)) && WRAPPERS['runuser']
      ? readWrapper(survey, 'runuser', WRAPPERS['runuser'], args, frame)
      : readSu(survey, args, frame),
  sg: (survey, args, frame) => {
    noteArgs(survey, '', args);
    const code = args.filter(({ value }) => value !== '-' && value !== '-c')[1];
    if (code) runsCode(survey, code, frame);
    else runsStdin(survey, frame, true);
  },
  sed: (survey, args) => {
    noteArgs(survey, 'sed', args);
    if (!isPlainSed(args)) survey.reasons.add('program-option');
  },
  git: (survey, args, frame) => {
    if (noteGit(survey, args)) findRun(survey, args, frame);
  },
  rsync: (survey, args) => {
    noteArgs(survey, 'rsync', args);
    noteOptions(survey, 'rsync', args);
    if (args.some(({ value }) => value.startsWith('--del'))) survey.recursiveDelete = true;
  },
};

function readSu(survey: Survey, args: readonly Arg[], frame: Frame): void {
  noteArgs(survey, '', args);
  const at = args.findIndex(({ value }) =>
    /^(?:-[a-zA-Z]*c|--command(?:=|$)|--session-command(?:=|$))/.test(value),
  );
  const attached = /^(?:--[a-z-]+=|-[a-zA-Z]*?c)(.+)$/s.exec(args[at]?.value ?? '')?.[1];
  const code = attached === undefined ? args[at + 1] : fixed(attached);
  if (at >= 0 && code) runsCode(survey, code, frame);
  else runsStdin(survey, frame, true);
}

function readSource(survey: Survey, args: readonly Arg[], frame: Frame): void {
  const [file] = args;
  if (file && isStdinPath(file)) runsStdin(survey, frame, true);
  if (file) runsFile(survey, file, 'sourced-file');
  noteArgs(survey, '', args);
}

function changeFolder(survey: Survey, args: readonly Arg[]): void {
  const to = args.find(({ value }) => !/^-./.test(value)) ?? fixed('~');
  if (to.value !== '-') enterFolder(survey, to);
}

/** Commands in the arguments of a program we do not know to run any; returns how many words are the program's own. */
function findNested(survey: Survey, program: string, args: readonly Arg[], frame: Frame): number {
  if (TASK_RUNNERS.has(program)) survey.reasons.add('task-runner');
  if (EDITORS.has(program)) survey.reasons.add('editor');
  if (RUNS_STDIN.has(program)) runsStdin(survey, frame, program !== 'parallel');
  const runs =
    CONTAINERS.has(program) &&
    args.some(({ value }) =>
      /^(?:run|exec|create|debug|attach|compose|start|build|buildx|bake|up)$/.test(value),
    );
  if (runs) survey.reasons.add('container');
  const isShellCall = ({ value }: Arg, i: number): boolean =>
    isShell(nameOf(value)) && (runs || /^-[a-z]*c$/.test(args[i + 1]?.value ?? ''));
  const isSilent = INERT.has(program) || (CONTAINERS.has(program) && !runs);
  if (isSilent && !args.some(isShellCall)) return args.length;
  return findRun(survey, args, frame);
}

const TEXT_RUN = /^(?:--?[\w-]+=)?\s*((?:\S{0,256}\/)?[\w.-]{1,64})\s/;

/** ATTACKER: any program may run another; where the words name one that matters, they are read as if it did. */
function findRun(survey: Survey, args: readonly Arg[], frame: Frame): number {
  for (const { value, isFixed } of args) {
    const [, name = ''] = TEXT_RUN.exec(value) ?? [];
    if (!isFixed || !isRunner(name)) continue;
    survey.reasons.add('unknown-wrapper');
    survey.shell(value.replace(/^--?[\w-]+=/, ''), deeper(frame));
  }
  const at = args.findIndex(({ value }) => isRunner(value));
  if (at < 0) return args.length;
  survey.reasons.add('unknown-wrapper');
  readCommand(survey, args.slice(at), deeper(frame));
  return at;
}
