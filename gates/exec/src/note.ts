import { addPath, addPathsIn, settle } from './paths.ts';
import { isDoubtfulVariable, PROGRAM_OPTIONS, SETTERS } from './programs.ts';
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
  const name = /^[gmn]?awk$/.test(program) ? 'awk' : program;
  const doubtful = Object.hasOwn(PROGRAM_OPTIONS, name) ? PROGRAM_OPTIONS[name] : undefined;
  if (doubtful && args.some(({ value }) => doubtful.test(value)))
    survey.reasons.add('program-option');
  if (
    SETTERS.has(program) &&
    args.some(({ value }) => isDoubtfulVariable(value.replace(/\+?=.*$/s, '')))
  )
    survey.reasons.add('environment');
}
