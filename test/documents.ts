import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT: string = join(import.meta.dirname, '..');
const SKIPPED = new Set(['node_modules', 'dist', '.git', '.countersign']);

/** A block of code in a page: between fences with its language, or indented by four. */
export type Block = { readonly language: string; readonly text: string };

export const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** Every file of the project, as a clone has it; by walking where there is no git. */
export function projectFiles(): readonly string[] {
  try {
    const listed = execFileSync('git', ['ls-files', '-z'], { cwd: ROOT, encoding: 'utf8' });
    return listed.split('\0').filter((path) => path !== '' && existsSync(join(ROOT, path)));
  } catch {
    return walk('');
  }
}

const walk = (folder: string): readonly string[] =>
  readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (SKIPPED.has(entry.name)) return [];
    return entry.isDirectory() ? walk(path) : [path];
  });

/** The code of a page. */
export function blocksOf(page: string): readonly Block[] {
  const fenced = [...page.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(
    ([, language = '', text = '']) => ({ language, text }),
  );
  const indented = page
    .replaceAll(/^```[\s\S]*?^```$/gm, '')
    .split(/\n(?! {4})/)
    .flatMap((part) => {
      const lines = part.split('\n').filter((line) => line.startsWith('    '));
      return lines.length > 0
        ? [{ language: '', text: lines.map((line) => line.slice(4)).join('\n') }]
        : [];
    });
  return [...fenced, ...indented];
}

/** The words of each command in a shell line, quotes read, comments and redirections gone. */
export function commandsOf(line: string): readonly (readonly string[])[] {
  const words = line.match(/#.*$|<[A-Z]+>|&&|[|;]|[<>]+|(?:'[^']*'|"[^"]*"|[^\s'"|;&<>])+/g) ?? [];
  const commands: string[][] = [[]];
  let isTarget = false;
  for (const word of words) {
    if (word.startsWith('#')) break;
    if (/^(&&|[|;])$/.test(word)) commands.push([]);
    else if (/^[<>]+$/.test(word)) isTarget = true;
    else if (isTarget) isTarget = false;
    else commands.at(-1)?.push(word.replaceAll(/'([^']*)'|"([^"]*)"/g, '$1$2'));
  }
  return commands.filter((command) => command.length > 0);
}
