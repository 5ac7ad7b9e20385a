import type { A_Const, Node, RangeVar, TypeName } from 'libpg-query';

/** Name of a kind of node in a parse tree, and what such a node holds. */
export type NodeName = Node extends infer N ? (N extends unknown ? keyof N : never) : never;
export type Body<K extends NodeName> = Extract<Node, Record<K, unknown>>[K];

/** Handlers by the kind of node: a closed table, since what has no entry is not understood. */
export type Handlers<At, Out> = { readonly [K in NodeName]?: (body: Body<K>, at: At) => Out };

/** What a node is; undefined for the parser's empty node. */
export function nameOf(node: Node): NodeName | undefined {
  for (const name in node) return name as NodeName;
  return undefined;
}

/** What a node holds, whatever it is. */
export function bodyOf(node: Node): object {
  for (const name in node) return (node as Record<string, object>)[name] ?? {};
  return {};
}

/** What a node holds if it is of this kind. */
export function as<K extends NodeName>(node: Node | undefined, kind: K): Body<K> | undefined {
  return (node as Partial<Record<K, Body<K>>> | undefined)?.[kind];
}

/** The handler of a node, or undefined where the table has none. */
export function handlerOf<At, Out>(
  table: Handlers<At, Out>,
  name: string | undefined,
): ((body: object, at: At) => Out) | undefined {
  if (name === undefined || !Object.hasOwn(table, name)) return undefined;
  return (table as Record<string, (body: object, at: At) => Out>)[name];
}

/** The text of a `String` node. */
export const textOf = (node: Node | undefined): string | undefined => as(node, 'String')?.sval;

/** Texts of a list of `String` nodes. */
export const textsOf = (nodes: readonly Node[] | undefined): readonly string[] =>
  (nodes ?? []).flatMap((node) => textOf(node) ?? []);

/** A name of up to three parts as schema and name. */
export function qualified(parts: readonly string[]): {
  readonly schema: string | undefined;
  readonly name: string;
} {
  return { schema: parts.at(-2), name: parts.at(-1) ?? '' };
}

/** A relation's name as it is written. */
export const written = (of: RangeVar): string =>
  of.schemaname === undefined ? (of.relname ?? '') : `${of.schemaname}.${of.relname ?? ''}`;

/** A whole number of the text; a member the parser left out is its zero. */
export function integerOf(node: Node | undefined): number | undefined {
  const constant = as(node, 'A_Const');
  return constant?.ival === undefined ? undefined : (constant.ival.ival ?? 0);
}

/** A constant as text, whatever is cast around it; undefined where it is none. */
export function constantOf(node: Node | undefined): string | null | undefined {
  const cast = as(node, 'TypeCast');
  if (cast) return constantOf(cast.arg);
  const constant = as(node, 'A_Const');
  return constant && constantText(constant);
}

function constantText(of: A_Const): string | null {
  if (of.isnull === true) return null;
  if (of.ival) return String(of.ival.ival ?? 0);
  if (of.boolval) return of.boolval.boolval === true ? 'true' : 'false';
  return of.sval?.sval ?? of.fval?.fval ?? of.bsval?.bsval ?? '';
}

/** A type's name as schema and name. */
export const typeNameOf = (
  type: TypeName,
): { readonly schema: string | undefined; readonly name: string } => qualified(textsOf(type.names));
