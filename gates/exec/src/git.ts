import { noteArgs, noteOptions } from './note.ts';
import type { Arg, Survey } from './survey.ts';

/** Notes what a call of git gives away; true where its words hold a command that it runs. */
export function noteGit(survey: Survey, args: readonly Arg[]): boolean {
  noteArgs(survey, 'git', args);
  noteOptions(survey, 'git', args);
  const values = args.map(({ value }) => value);
  const says = (pattern: RegExp): boolean => values.some((value) => pattern.test(value));
  if (
    (values.includes('clean') && says(/^-[a-z]*d/)) ||
    (values.includes('rm') && says(/^-[a-z]*r/)) ||
    (values.includes('worktree') && values.includes('remove'))
  )
    survey.recursiveDelete = true;
  if (says(/^(?:clone|fetch|ls-remote)$/) && says(/^-[a-z]*u/))
    survey.reasons.add('program-option');
  // policy asks for `--force`; there are more ways to write it
  if (values.includes('push') && says(/^(?:-[a-zA-Z]*f|--fo|--mirror$|\+)/))
    survey.flags.add('--force');
  return says(/^(?:foreach|bisect|filter-branch)$/);
}
