import { fixed, type Arg, type Survey } from './survey.ts';
import { FILE_PROGRAMS } from './programs.ts';

/** Last part of a path. */
export const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** Whether a file lies where only the system's administrator puts programs. */
export const isSystemPath = (path: string): boolean =>
  /^\/+(?:usr|bin|sbin|opt|nix|snap|lib(?:32|64)?)\//.test(path) && !path.split('/').includes('..');

/** An absolute path without `.`, `..`, doubled or trailing slashes; nothing is looked up. `~…` stays as it is. */
export function settle(path: string, folder: string): string {
  const home = /^~[^/]*/.exec(path)?.[0];
  const full =
    home !== undefined
      ? path.slice(home.length)
      : path.startsWith('/')
        ? path
        : `${folder}/${path}`;
  const parts: string[] = [];
  for (const part of full.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  const tail = parts.join('/');
  if (home !== undefined) return tail === '' ? home : `${home}/${tail}`;
  return folder.startsWith('~') && !path.startsWith('/') && !tail.startsWith('/')
    ? tail.replace(/^\/?~/, '~')
    : `/${tail}`;
}

/** Adds a path that a command names; a pattern also adds the folder it looks in. */
export function addPath(survey: Survey, { value, hasGlob }: Arg): void {
  if (value === '') return;
  for (const folder of survey.folders) {
    survey.paths.add(settle(value, folder));
    if (hasGlob)
      survey.paths.add(
        settle(value.slice(0, value.search(/[*?[]|[@!+]\(/)).replace(/[^/]*$/, '') || '.', folder),
      );
  }
}

/** Adds the paths in one word of a command: `/x`, `of=/x`, `--out=/x`, `-o/x`, `@/x`, `file:///x`, `~`. */
export function addPathsIn(survey: Survey, program: string, arg: Arg): void {
  const text = arg.value.replace(/^\$(?:HOME\b|\{HOME\})/, '~');
  const isFlag = text.startsWith('-') && text !== '-';
  const value =
    /^(?:-{0,2}[\w-]+=|-[A-Za-z](?=[/~]))?@?(?:file:\/\/)?(.*)$/s.exec(text)?.[1] ?? text;
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(value)) return;
  const isPath = value.includes('/') || /^(?:~|\.\.?$)/.test(value);
  if (isPath || (FILE_PROGRAMS.has(program) && !isFlag && arg.isFixed))
    addPath(survey, { ...fixed(value), hasGlob: arg.hasGlob });
}
