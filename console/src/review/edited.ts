import { isHidden, isMasked } from '../exact/pieces.ts';
import type { Json } from '../wire.ts';

/** One leaf of the arguments, as a field of the form. It keeps its JSON type whatever is typed. */
export type Leaf = {
  readonly path: readonly (string | number)[];
  readonly value: null | boolean | number | string;
  /** What is shown is not the value itself, so it cannot be sent back: the whole value must be typed, or left out. */
  readonly isVeiled: boolean;
};

/** The leaves of a value, in the order of its canonical form. */
export function leavesOf(value: Json, path: Leaf['path'] = []): readonly Leaf[] {
  if (typeof value !== 'object' || value === null) {
    const isVeiled = typeof value === 'string' && (isMasked(value) || isHidden(value));
    return [{ path, value, isVeiled }];
  }
  if (Array.isArray(value)) return value.flatMap((one: Json, i) => leavesOf(one, [...path, i]));
  const members = value as { readonly [name: string]: Json };
  return Object.keys(members)
    .toSorted()
    .flatMap((name) => leavesOf(members[name] ?? null, [...path, name]));
}

/** What was typed, as a value of the leaf's own type; undefined when it is none. */
export function typedAs(leaf: Pick<Leaf, 'value'>, text: string): Leaf['value'] | undefined {
  switch (typeof leaf.value) {
    case 'string':
      return text;
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : undefined;
    case 'number': {
      const isNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text.trim());
      const number = Number(text);
      const isExact = !Number.isInteger(number) || Number.isSafeInteger(number);
      return isNumber && Number.isFinite(number) && isExact ? number : undefined;
    }
    default:
      return text.trim() === 'null' || text.trim() === '' ? null : undefined;
  }
}

/** The value with one leaf replaced. */
export function withLeaf(value: Json, path: Leaf['path'], leaf: Leaf['value']): Json {
  const [step, ...rest] = path;
  if (step === undefined) return leaf;
  if (Array.isArray(value))
    return value.map((one: Json, i) => (i === step ? withLeaf(one, rest, leaf) : one));
  const members = value as { readonly [name: string]: Json };
  return { ...members, [step]: withLeaf(members[step] ?? null, rest, leaf) };
}
