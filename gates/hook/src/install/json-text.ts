import type { Json } from '@countersign/core';

/** A value with where it stands in the text. */
export type Node = { readonly start: number; readonly end: number } & (
  | { readonly is: 'object'; readonly members: readonly Member[] }
  | { readonly is: 'array'; readonly items: readonly Node[] }
  | { readonly is: 'value'; readonly value: Json }
);
type Member = { readonly key: string; readonly start: number; readonly value: Node };

/** What is wrong with a text, and where. */
export class Malformed extends Error {
  readonly line: number;
  readonly column: number;
  constructor(text: string, at: number, message: string) {
    const before = text.slice(0, at).split('\n');
    super(`${message} in line ${before.length}, column ${(before.at(-1) ?? '').length + 1}`);
    this.line = before.length;
    this.column = (before.at(-1) ?? '').length + 1;
  }
}

const VOID = /(?:[ \t\r\n\uFEFF]|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/y;
// oxlint-disable-next-line no-control-regex -- JSON forbids them in strings
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const WORD = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

/** Reads JSON with comments into nodes; throws `Malformed`. A member twice is malformed: nobody knows which one counts. */
export function readJsonText(text: string): Node {
  let at = 0;
  const fail = (message: string): never => {
    throw new Malformed(text, at, message);
  };
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const [found] = pattern.exec(text) ?? [];
    if (found !== undefined) at += found.length;
    return found;
  };
  const skip = (): void => void take(VOID);
  /** What stands between brackets, by commas. */
  const list = <T>(close: string, one: () => T): T[] => {
    const all: T[] = [];
    at++;
    skip();
    while (text[at] !== close) {
      all.push(one());
      skip();
      if (text[at] === close) break;
      if (text[at] !== ',') fail(`expected \`,\` or \`${close}\``);
      at++;
      skip();
      if (text[at] === close) fail('a comma too many');
    }
    at++;
    return all;
  };
  const member = (keys: Set<string>) => (): Member => {
    const start = at;
    const word = take(STRING) ?? fail('expected the name of a member');
    const key = JSON.parse(word) as string;
    if (keys.has(key)) fail(`\`${key}\` stands here twice`);
    keys.add(key);
    skip();
    if (text[at] !== ':') fail('expected `:`');
    at++;
    skip();
    return { key, start, value: value() };
  };
  const value = (): Node => {
    const start = at;
    if (text[at] === '{') {
      const members = list('}', member(new Set()));
      return { is: 'object', members, start, end: at };
    }
    if (text[at] === '[') {
      const items = list(']', value);
      return { is: 'array', items, start, end: at };
    }
    const word = take(STRING) ?? take(WORD) ?? fail('expected a value');
    return { is: 'value', value: JSON.parse(word) as Json, start, end: at };
  };
  skip();
  const root = value();
  skip();
  if (at < text.length) fail('more after the end');
  return root;
}

/** The value of a node. */
export function valueOf(node: Node): Json {
  if (node.is === 'array') return node.items.map(valueOf);
  if (node.is === 'object')
    return Object.fromEntries(node.members.map(({ key, value }) => [key, valueOf(value)]));
  return node.value;
}

/** The value of a member of an object. */
export const memberOf = (node: Node | undefined, key: string): Node | undefined =>
  node?.is === 'object' ? node.members.find((one) => one.key === key)?.value : undefined;
