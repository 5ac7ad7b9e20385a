import { canonical } from '../canonical.ts';
import type { Json } from '../json.ts';
import { visible } from '../masking/visible.ts';
import type { ToolDefinition } from './definition.ts';
import { piecesOf, type Piece } from './pieces.ts';

/** One place where two definitions differ, in text with nothing hidden in it (R8). */
export type ToolChange = {
  /** A JSON pointer (RFC 6901). */
  readonly path: string;
  readonly is: 'added' | 'removed' | 'changed';
  readonly before?: string;
  readonly after?: string;
  /** Where both are texts: what of them is the same. */
  readonly pieces?: readonly Piece[];
};

/** Every place where a definition differs from the one before; all of it, where there was none. */
export const diffTools = (
  before: ToolDefinition | undefined,
  after: ToolDefinition,
): readonly ToolChange[] => differences(before ?? {}, after, '');

type Members = { readonly [name: string]: Json };

function differences(before: Members, after: Members, at: string): readonly ToolChange[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names.flatMap((name) => {
    const path = `${at}/${shownName(name)}`;
    // members of a server's own making: only what they have themselves counts
    const was = Object.hasOwn(before, name) ? before[name] : undefined;
    const is = Object.hasOwn(after, name) ? after[name] : undefined;
    return difference(was, is, path);
  });
}

function difference(
  before: Json | undefined,
  after: Json | undefined,
  path: string,
): readonly ToolChange[] {
  if (before === undefined)
    return after === undefined ? [] : [{ path, is: 'added', after: shownValue(after) }];
  if (after === undefined) return [{ path, is: 'removed', before: shownValue(before) }];
  if (isMembers(before) && isMembers(after)) return differences(before, after, path);
  if (areRecords(before) && areRecords(after))
    return differences(byIndex(before), byIndex(after), path);
  if (canonical(before) === canonical(after)) return [];
  const isAlike = typeof before === typeof after;
  const [was, is] = [before, after].map((one) => shownValue(one, isAlike)) as [string, string];
  return [{ path, is: 'changed', before: was, after: is, pieces: piecesOf(was, is) }];
}

const isMembers = (value: Json): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const areRecords = (value: Json): value is readonly Members[] =>
  Array.isArray(value) && value.every(isMembers);

const byIndex = (list: readonly Members[]): Members =>
  Object.fromEntries(list.map((one, i) => [String(i), one]));

const shownName = (name: string): string =>
  visible(name.replaceAll('~', '~0').replaceAll('/', '~1')).text;

/** A text as it reads, anything else as JSON; a text beside something else as JSON too, for `5` is not `"5"`. */
const shownValue = (value: Json, isAlike = true): string =>
  visible(typeof value === 'string' && isAlike ? value : canonical(value)).text;
