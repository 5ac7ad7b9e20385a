import type { Json } from '@countersign/core';
import { Malformed, memberOf, readJsonText, valueOf, type Node } from './json-text.ts';

/** How a file is written: kept for what is added to it. */
type Style = { readonly indent: string; readonly eol: string };

function styleOf(text: string): Style {
  const indent = /\n([ \t]+)\S/.exec(text)?.[1] ?? '  ';
  return { indent, eol: text.includes('\r\n') ? '\r\n' : '\n' };
}

const shown = (value: Json, { indent, eol }: Style, depth: number): string =>
  JSON.stringify(value, undefined, indent)
    .split('\n')
    .join(eol + indent.repeat(depth));

/** Adds an item to the array under a path of members, all made where they are missing. Whatever else stands there stays as it is. */
export function addItem(text: string, path: readonly string[], item: Json): string {
  const source = text.trim() === '' ? '{}\n' : text;
  let node: Node = readJsonText(source);
  for (const [depth, key] of path.entries()) {
    if (node.is !== 'object') throw new Malformed(source, node.start, 'expected an object');
    const next = memberOf(node, key);
    if (!next) {
      const made = path
        .slice(depth + 1)
        .reduceRight<Json>((inner, name) => ({ [name]: inner }), [item]);
      return insert(
        source,
        node,
        depth,
        (style) => `${JSON.stringify(key)}: ${shown(made, style, depth + 1)}`,
      );
    }
    node = next;
  }
  if (node.is !== 'array') throw new Malformed(source, node.start, 'expected an array');
  return insert(source, node, path.length, (style) => shown(item, style, path.length + 1));
}

/** Sets a member of the outermost object where it is missing. */
export function setMissing(text: string, key: string, value: Json): string {
  const source = text.trim() === '' ? '{}\n' : text;
  const root = readJsonText(source);
  if (root.is !== 'object') throw new Malformed(source, root.start, 'expected an object');
  if (memberOf(root, key)) return source;
  return insert(source, root, 0, (style) => `${JSON.stringify(key)}: ${shown(value, style, 1)}`);
}

/** Puts one more into an object or array, after the last. */
function insert(text: string, node: Node, depth: number, write: (style: Style) => string): string {
  const style = styleOf(text);
  const last =
    node.is === 'object'
      ? node.members.at(-1)?.value
      : node.is === 'array'
        ? node.items.at(-1)
        : undefined;
  const line = style.eol + style.indent.repeat(depth + 1);
  if (last) return `${text.slice(0, last.end)},${line}${write(style)}${text.slice(last.end)}`;
  const inside = text.slice(node.start + 1, node.end - 1).trimEnd(); // a comment, or nothing
  const close = style.eol + style.indent.repeat(depth);
  return `${text.slice(0, node.start + 1)}${inside}${line}${write(style)}${close}${text.slice(node.end - 1)}`;
}

/** Takes out every item of the arrays under `hooks` that is ours; an array, and `hooks`, that is empty then goes too. */
export function removeItems(text: string, isOurs: (item: Json) => boolean): string {
  for (let next = text; ;) {
    const cut = cutOf(next, isOurs);
    if (!cut) return next;
    next = next.slice(0, cut.from) + next.slice(cut.to);
  }
}

type Cut = { readonly from: number; readonly to: number };

function cutOf(text: string, isOurs: (item: Json) => boolean): Cut | undefined {
  if (text.trim() === '') return undefined;
  const root = readJsonText(text);
  const hooks = memberOf(root, 'hooks');
  if (root.is !== 'object' || hooks?.is !== 'object') return undefined;
  for (const [i, { value }] of hooks.members.entries()) {
    if (value.is !== 'array') continue;
    const at = value.items.findIndex((item) => isOurs(valueOf(item)));
    if (at < 0) continue;
    if (value.items.length > 1) return between(text, value.items, at);
    if (hooks.members.length > 1) return between(text, spans(hooks.members), i);
    return between(
      text,
      spans(root.members),
      root.members.findIndex(({ key }) => key === 'hooks'),
    );
  }
  return undefined;
}

type Span = { readonly start: number; readonly end: number };
const spans = (
  members: readonly { readonly start: number; readonly value: Node }[],
): readonly Span[] => members.map(({ start, value }) => ({ start, end: value.end }));

/** One of a list with the comma that goes with it. */
function between(text: string, all: readonly Span[], at: number): Cut {
  const [before, own, after] = [all[at - 1], all[at], all[at + 1]];
  if (!own) return { from: 0, to: 0 };
  if (before) return { from: before.end, to: own.end };
  if (after) return { from: own.start, to: after.start };
  const from = text.slice(0, own.start).trimEnd().length;
  const rest = /^\s*/.exec(text.slice(own.end))?.[0].length ?? 0;
  return { from, to: own.end + rest };
}
