import { addPath, addPathsIn, settle } from './paths.ts';
import { aliasOf, isDoubtfulVariable, LONG_OPTIONS, PROGRAM_OPTIONS, SETTERS } from './programs.ts';
import type { Arg, Survey } from './survey.ts';

/** Relative paths may from here on be relative to another folder too. */
export function enterFolder(survey: Survey, to: Arg): void {
  if (!to.isFixed) return void survey.reasons.add('expanded-argument');
  addPath(survey, to);
  for (const folder of [...survey.folders].slice(0, 16))
    survey.folders.add(settle(to.value, folder));
  if (survey.folders.size > 16) survey.reasons.add('expanded-argument');
}

/** Notes the flags and paths among a program's words. */
export function noteArgs(survey: Survey, program: string, args: readonly Arg[]): void {
  let isOver = false;
  for (const arg of args) {
    if (!arg.isFixed && !/^\{.*\}$/.test(arg.value)) survey.reasons.add('expanded-argument');
    if (!isOver && arg.isFixed) addFlag(survey, arg.value);
    isOver ||= arg.value === '--';
    addPathsIn(survey, program, arg);
  }
}

/** Adds a flag without its value; `-rf` also as `-r` and `-f`. */
export function addFlag(survey: Survey, value: string): void {
  if (!/^-[^-]|^--./.test(value)) return;
  const [flag = value] = value.split('=');
  survey.flags.add(flag);
  if (/^-[A-Za-z0-9]{2,8}$/.test(flag))
    for (const letter of flag.slice(1)) survey.flags.add(`-${letter}`);
}

/** What a program's own options give away. */
export function noteOptions(survey: Survey, program: string, args: readonly Arg[]): void {
  const name = aliasOf(program);
  const doubtful = Object.hasOwn(PROGRAM_OPTIONS, name) ? PROGRAM_OPTIONS[name] : undefined;
  const long = Object.hasOwn(LONG_OPTIONS, name) ? LONG_OPTIONS[name] : undefined;
  for (const { value } of args)
    if (doubtful?.test(value) === true || (long && isShortened(value, long)))
      survey.reasons.add('program-option');
  if (
    /^(?:declare|typeset|local)$/.test(program) &&
    args.some(({ value }) => /^-[a-zA-Z]*n/.test(value))
  )
    survey.reasons.add('environment'); // another name for any variable
  if (
    SETTERS.has(program) &&
    args.some(({ value }) => isDoubtfulVariable(value.replace(/\+?=.*$/s, '')))
  )
    survey.reasons.add('environment');
}

/** ATTACKER: `--to-comm=sh` is `--to-command=sh`. */
function isShortened(value: string, long: readonly string[]): boolean {
  const [key = value] = value.split('=');
  return key.length > 3 && long.some((option) => option.startsWith(key));
}

const isDelete = (flag: string): boolean =>
  /^-[a-zA-Z]*[rR]/.test(flag) || (flag.length > 2 && '--recursive'.startsWith(flag));

/** What `rm` is told. */
export function noteRemove(survey: Survey, args: readonly Arg[]): void {
  noteArgs(survey, 'rm', args);
  const end = args.findIndex(({ value }) => value === '--');
  if (args.slice(0, end < 0 ? undefined : end).some(({ value }) => isDelete(value)))
    survey.recursiveDelete = true;
}
