import type { Json } from '@countersign/core';
import { listOf, membersOf, textOf } from './members.ts';
import type { Members } from './message.ts';

/** An argument that a tool wants repeated in a header (`x-mcp-header`, 2026-07-28). */
export type ParamHeader = { readonly name: string; readonly path: readonly string[] };

const MARK = 'x-mcp-header';
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const TYPES: ReadonlySet<unknown> = new Set(['string', 'integer', 'boolean']);
/** Values, not schemas: a mark inside them is data. */
const VALUES: ReadonlySet<string> = new Set(['default', 'examples', 'const', 'enum']);
const MAPS: ReadonlySet<string> = new Set([
  'properties',
  'patternProperties',
  'dependentSchemas',
  '$defs',
  'definitions',
]);

const known = new WeakMap<Members, readonly ParamHeader[] | undefined>();

/** The headers a tool's input schema declares; undefined where a declaration is unlawful, and the tool is to be left out. */
export function paramHeadersOf(definition: Members): readonly ParamHeader[] | undefined {
  if (known.has(definition)) return known.get(definition);
  const found: ParamHeader[] = [];
  const isLawful = visit(definition['inputSchema'] ?? null, [], true, found);
  const names = new Set(found.map(({ name }) => name.toLowerCase()));
  const headers = isLawful && names.size === found.length ? found : undefined;
  known.set(definition, headers);
  return headers;
}

/** Whether all marks of a schema are lawful: on a chain of `properties`, on a scalar, a token of RFC 9110. */
function visit(
  node: Json,
  path: readonly string[],
  isReachable: boolean,
  found: ParamHeader[],
): boolean {
  if (Array.isArray(node)) return listOf(node).every((one) => visit(one, path, false, found));
  const schema = membersOf(node);
  if (!schema) return true;
  if (schema[MARK] !== undefined) {
    const name = textOf(schema[MARK]) ?? '';
    const isLawful = isReachable && path.length > 0 && TYPES.has(schema['type']);
    if (!isLawful || !TOKEN.test(name)) return false;
    found.push({ name, path });
  }
  return Object.entries(schema).every(([key, below]) => {
    if (VALUES.has(key) || key === MARK) return true;
    if (!MAPS.has(key)) return visit(below, path, false, found);
    return Object.entries(membersOf(below) ?? {}).every(([property, one]) =>
      visit(one, [...path, property], isReachable && key === 'properties', found),
    );
  });
}

/** `Mcp-Param-*` of one call, from the arguments that go out: names with their prefix, values as a header carries them. */
export function paramHeaders(
  definition: Members,
  given: Members,
): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (const { name, path } of paramHeadersOf(definition) ?? []) {
    const text = scalarText(valueAt(given, path));
    if (text !== undefined) headers[`Mcp-Param-${name}`] = encoded(text);
  }
  return headers;
}

const valueAt = (given: Members, path: readonly string[]): Json | undefined =>
  path.reduce<Json | undefined>((value, name) => {
    const members = membersOf(value);
    return members && Object.hasOwn(members, name) ? members[name] : undefined;
  }, given);

function scalarText(value: Json | undefined): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'boolean' || (typeof value === 'number' && Number.isSafeInteger(value))
    ? String(value)
    : undefined;
}

/** A value that is no plain header text, or looks like an encoded one, goes as Base64 of its UTF-8. */
const encoded = (text: string): string =>
  /^[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?$/.test(text) && !/^=\?base64\?.*\?=$/.test(text)
    ? text
    : `=?base64?${Buffer.from(text, 'utf8').toString('base64')}?=`;
