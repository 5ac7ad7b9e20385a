import { addPath, addPathsIn, nameOf, settle } from './paths.ts';
import {
  CODE_FLAG,
  CONTAINERS,
  EDITORS,
  isDoubtfulVariable,
  isInterpreter,
  isShell,
  PROGRAM_OPTIONS,
  RUNS_STDIN,
  SETTERS,
  TASK_RUNNERS,
  WRAPPERS,
  type Wrapper,
} from './programs.ts';
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
  if (/\/.*\.(?:sh|bash|zsh|py|pl|rb|js|mjs|cjs|ts|php|lua)$/.test(name.value))
    survey.reasons.add('script-file');
  const reader = readerOf(program);
  if (reader) return reader(survey, args, frame);
  const nested = findNested(survey, program, args, frame);
  noteArgs(survey, program, args.slice(0, nested));
  noteOptions(survey, program, args);
}

function readerOf(program: string): Reader | undefined {
  if (isShell(program)) return readShellCall;
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
    if (/^[-+][a-zA-Z]*[oO]$/.test(arg.value) || /^--(?:rcfile|init-file)$/.test(arg.value)) i++;
  }
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
  const rest = unwrap(survey, program, wrapper, args, frame);
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

/** The command that a wrapper runs: its words after the wrapper's own options and operands. */
function unwrap(
  survey: Survey,
  program: string,
  wrapper: Wrapper,
  args: readonly Arg[],
  frame: Frame,
): readonly Arg[] {
  let { operands } = wrapper;
  let isOver = false;
  for (let i = 0; i < args.length; i++) {
    const arg = args[i];
    if (!arg?.isFixed) return args.slice(i);
    const { value } = arg;
    if (!isOver && value === '--') isOver = true;
    else if (!isOver && /^-./.test(value)) {
      const option = readOption(survey, program, wrapper, args, i);
      if (option.command) return option.command;
      if (option.code) {
        runsCode(survey, option.code, frame);
        return [];
      }
      i += option.skip;
    } else if (wrapper.assignments && /^[A-Za-z_]\w*\+?=/.test(value)) {
      if (isDoubtfulVariable(value.slice(0, value.search(/\+?=/))))
        survey.reasons.add('environment');
      addPathsIn(survey, '', arg);
    } else if (operands > 0) {
      operands--;
      addPathsIn(survey, '', arg);
    } else return args.slice(i);
  }
  return [];
}

type Option = {
  readonly skip: number;
  readonly command?: readonly Arg[];
  readonly code?: Arg;
};

/** One option of a wrapper: how many more words it takes, or the command or code it holds. */
function readOption(
  survey: Survey,
  program: string,
  wrapper: Wrapper,
  args: readonly Arg[],
  at: number,
): Option {
  const text = args[at]?.value ?? '';
  addFlag(survey, text);
  noteOptions(survey, program, args.slice(at, at + 2));
  const { key, attached, takesNext } = splitOption(wrapper, text);
  const value = attached === undefined ? args[at + 1] : fixed(attached);
  const rest = args.slice(at + (takesNext ? 2 : 1));
  if (program === 'env' && (key === '-S' || key === '--split-string'))
    return { skip: 0, command: [...splitString(survey, value), ...rest] };
  if (/^(?:runuser|script|flock)$/.test(program) && /^(?:-[a-z]*c|--command)$/.test(key) && value)
    return { skip: 0, code: value };
  if (program === 'watch' && /^(?:-[a-z]*x|--exec)$/.test(text)) return { skip: 0, command: rest };
  if (program === 'command' && /^-[pvV]*[vV]/.test(text)) return { skip: args.length }; // only prints
  if (value && wrapper.folder.includes(key)) enterFolder(survey, value);
  else if (value && (takesNext || attached !== undefined)) addPathsIn(survey, '', value);
  return { skip: takesNext ? 1 : 0 };
}

/** `--name=value`, `--name value`, `-abnvalue`, `-abn value`. */
function splitOption(
  wrapper: Wrapper,
  text: string,
): { readonly key: string; readonly attached: string | undefined; readonly takesNext: boolean } {
  if (text.startsWith('--')) {
    const [key = text] = text.split('=');
    const attached = text.includes('=') ? text.slice(key.length + 1) : undefined;
    return { key, attached, takesNext: attached === undefined && wrapper.long.includes(key) };
  }
  const at = text.split('').findIndex((letter, i) => i > 0 && wrapper.short.includes(letter));
  if (at < 0) return { key: text, attached: undefined, takesNext: false };
  const attached = at + 1 < text.length ? text.slice(at + 1) : undefined;
  return { key: `-${text.charAt(at)}`, attached, takesNext: attached === undefined };
}

/** What `env -S` makes of a text. Its own quoting is not followed. */
function splitString(survey: Survey, text: Arg | undefined): readonly Arg[] {
  if (!text?.isFixed || /["'\\$#]/.test(text.value)) survey.reasons.add('expanded-code');
  return (text?.value ?? '').split(/\s+/).filter(Boolean).map(fixed);
}

function enterFolder(survey: Survey, to: Arg): void {
  if (!to.isFixed) return void survey.reasons.add('expanded-argument');
  addPath(survey, to);
  for (const folder of [...survey.folders].slice(0, 16))
    survey.folders.add(settle(to.value, folder));
  if (survey.folders.size > 16) survey.reasons.add('expanded-argument');
}

const isDelete = (flags: readonly string[]): boolean =>
  flags.some(
    (flag) => /^-[a-zA-Z]*[rR]/.test(flag) || (flag.length > 2 && '--recursive'.startsWith(flag)),
  );

/** Programs and builtins with a grammar of their own. */
const READERS: Readonly<Record<string, Reader>> = {
  rm: (survey, args) => {
    noteArgs(survey, 'rm', args);
    const end = args.findIndex(({ value }) => value === '--');
    if (isDelete(args.slice(0, end < 0 ? undefined : end).map(({ value }) => value)))
      survey.recursiveDelete = true;
  },
  find: (survey, args, frame) => {
    const tests = args.findIndex(({ value }) => /^(?:-(?![HLPOD])|[(!])/.test(value));
    noteArgs(survey, 'find', args.slice(0, tests < 0 ? undefined : tests));
    for (const { value } of args)
      if (/^-(?:delete|exec|ok|execdir|okdir|fprint.*|fls)$/.test(value)) survey.flags.add(value);
    if (args.some(({ isFixed }) => !isFixed)) survey.reasons.add('expanded-argument');
    if (args.some(({ value }) => value === '-delete')) survey.recursiveDelete = true;
    args.forEach(({ value }, at) => {
      if (!/^-(?:exec|ok)(?:dir)?$/.test(value)) return;
      survey.reasons.add('arguments-from-stdin');
      const end = args.findIndex((arg, i) => i > at && /^(?:;|\+)$/.test(arg.value));
      const command = args.slice(at + 1, end < 0 ? undefined : end);
      if (command.some((arg) => /^(?:rm|rmdir|unlink|shred)$/.test(nameOf(arg.value))))
        survey.recursiveDelete = true;
      readCommand(survey, command, deeper(frame));
    });
  },
  eval: (survey, args, frame) =>
    args.length > 0 ? runsCode(survey, join(args), frame) : undefined,
  trap: (survey, args, frame) => {
    const [code] = args.filter(({ value }) => value !== '--' && !/^-[lp]$/.test(value));
    if (!code || args.length < 2 || code.value === '-' || code.value === '') return;
    survey.reasons.add('deferred-code');
    runsCode(survey, code, frame);
  },
  source: (survey, args) => readSource(survey, args),
  '.': (survey, args) => readSource(survey, args),
  alias: (survey, args) => {
    if (args.length > 0) survey.reasons.add('alias');
  },
  cd: (survey, args) => changeFolder(survey, args),
  pushd: (survey, args) => changeFolder(survey, args),
  su: (survey, args, frame) => {
    noteArgs(survey, '', args);
    const at = args.findIndex(({ value }) =>
      /^(?:-[a-z]*c|--command|--session-command)(?:=|$)/.test(value),
    );
    const attached = /^--[a-z-]+=(.*)$/s.exec(args[at]?.value ?? '')?.[1];
    const code = attached === undefined ? args[at + 1] : fixed(attached);
    if (at >= 0 && code) runsCode(survey, code, frame);
    else runsStdin(survey, frame, true);
  },
  git: (survey, args) => {
    noteArgs(survey, 'git', args);
    noteOptions(survey, 'git', args);
    const values = args.map(({ value }) => value);
    if (values.includes('clean') && values.some((value) => /^-[a-z]*d/.test(value)))
      survey.recursiveDelete = true;
  },
  rsync: (survey, args) => {
    noteArgs(survey, 'rsync', args);
    noteOptions(survey, 'rsync', args);
    if (args.some(({ value }) => value.startsWith('--del'))) survey.recursiveDelete = true;
  },
};

function readSource(survey: Survey, args: readonly Arg[]): void {
  const [file] = args;
  if (file) runsFile(survey, file, 'sourced-file');
  noteArgs(survey, '', args);
}

function changeFolder(survey: Survey, args: readonly Arg[]): void {
  const to = args.find(({ value }) => !/^-./.test(value)) ?? fixed('~');
  if (to.value !== '-') enterFolder(survey, to);
}

function noteArgs(survey: Survey, program: string, args: readonly Arg[]): void {
  let isOver = false;
  for (const arg of args) {
    if (!arg.isFixed && !/^\{.*\}$/.test(arg.value)) survey.reasons.add('expanded-argument');
    if (!isOver && arg.isFixed) addFlag(survey, arg.value);
    isOver ||= arg.value === '--';
    addPathsIn(survey, program, arg);
  }
}

function addFlag(survey: Survey, value: string): void {
  if (!/^-[^-]|^--./.test(value)) return;
  const [flag = value] = value.split('=');
  survey.flags.add(flag);
  if (/^-[A-Za-z0-9]{2,8}$/.test(flag))
    for (const letter of flag.slice(1)) survey.flags.add(`-${letter}`);
}

/** What a program's own options give away. */
function noteOptions(survey: Survey, program: string, args: readonly Arg[]): void {
  const doubtful = PROGRAM_OPTIONS[/^[gmn]?awk$/.test(program) ? 'awk' : program];
  if (doubtful && args.some(({ value }) => doubtful.test(value)))
    survey.reasons.add('program-option');
  if (
    SETTERS.has(program) &&
    args.some(({ value }) => isDoubtfulVariable(value.replace(/\+?=.*$/s, '')))
  )
    survey.reasons.add('environment');
}

/** Commands in the arguments of a program we do not know to run any; returns how many words are the program's own. */
function findNested(survey: Survey, program: string, args: readonly Arg[], frame: Frame): number {
  if (TASK_RUNNERS.has(program)) survey.reasons.add('task-runner');
  if (EDITORS.has(program)) survey.reasons.add('editor');
  if (RUNS_STDIN.has(program)) runsStdin(survey, frame, program !== 'parallel');
  const runs =
    CONTAINERS.has(program) &&
    args.some(({ value }) => /^(?:run|exec|create|debug|attach|compose|start)$/.test(value));
  if (runs) survey.reasons.add('container');
  const at = args.findIndex(
    (arg, i) => isShell(nameOf(arg.value)) && (runs || /^-[a-z]*c$/.test(args[i + 1]?.value ?? '')),
  );
  if (at < 0) return args.length;
  survey.reasons.add('unknown-wrapper');
  readCommand(survey, args.slice(at), deeper(frame));
  return at;
}
