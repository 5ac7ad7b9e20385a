import type { Json } from '../json.ts';
import { visible } from '../masking/visible.ts';

type Members = { readonly [name: string]: Json };

/** What a path may have at most: it is recorded, and an agent picks the names in it. */
const MAX_PATH = 512;
const MAX_PATHS = 256;

/**
 * JSON pointers (RFC 6901) of what a masked value shows otherwise than it is, to the smallest part that can be named.
 * ATTACKER: where a record is open the agent picks the names too; one that is private itself is never part of a path, so
 * the pointer ends at the record around it.
 */
export function maskedPaths(shown: Json, real: Json): readonly string[] {
  const paths: string[] = [];
  walk(shown, real, '', paths);
  return paths.slice(0, MAX_PATHS);
}

/** Notes what differs below `path`; false where nothing below it can be named. */
function walk(shown: Json, real: Json, path: string, paths: string[]): void {
  if (paths.length > MAX_PATHS || shown === real || isAllVisible(shown, real)) return;
  const below = childrenOf(shown, real);
  if (!below || below.some(([name]) => path.length + 1 + escaped(name).length > MAX_PATH))
    return void paths.push(path);
  for (const [name, seen, is] of below) walk(seen, is, `${path}/${escaped(name)}`, paths);
}

/** A text that hides nothing: only what cannot be seen in it is written out. */
const isAllVisible = (shown: Json, real: Json): boolean =>
  typeof shown === 'string' && typeof real === 'string' && visible(real).text === shown;

type Child = readonly [name: string, shown: Json, real: Json];

/** Members by name, as both sides have them; undefined where they are not shaped alike or named alike. */
function childrenOf(shown: Json, real: Json): readonly Child[] | undefined {
  if (Array.isArray(shown) && Array.isArray(real))
    return shown.length === real.length
      ? shown.map((one: Json, i) => [String(i), one, (real as readonly Json[])[i] ?? null])
      : undefined;
  if (!isMembers(shown) || !isMembers(real)) return undefined;
  const names = Object.keys(real);
  if (names.length !== Object.keys(shown).length) return undefined;
  if (!names.every((name) => Object.hasOwn(shown, name))) return undefined;
  return names.map((name) => [name, shown[name] ?? null, real[name] ?? null]);
}

const isMembers = (value: Json): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const escaped = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');

/** What an RFC 6901 pointer leads to; own members and items only. */
export function valueAt(value: Json, pointer: string): Json | undefined {
  if (pointer !== '' && !pointer.startsWith('/')) return undefined;
  let here: Json | undefined = value;
  for (const token of pointer.split('/').slice(1)) {
    const name = token.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, name)) return undefined;
    if (Array.isArray(here) && !/^(0|[1-9]\d*)$/.test(name)) return undefined;
    here = (here as Members)[name];
  }
  return here;
}
