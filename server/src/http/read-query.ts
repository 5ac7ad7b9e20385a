import type { Route } from '@countersign/api';
import { err, ok, type Result } from '@countersign/core';

type Query = Readonly<Record<string, string | number>>;
type Wrong = { readonly path: string; readonly detail: string };

const NOTHING: Query = Object.freeze({});

/** The query of a request by the route's parameters. Unknown and repeated ones are refused, as unknown members are. */
export function readQuery(route: Route, text: string): Result<Query, Wrong> {
  if (text === '' || route.ignoresQuery) return ok(NOTHING);
  const known = (route.parameters ?? []).filter((parameter) => parameter.in === 'query');
  const query: Record<string, string | number> = {};
  for (const [name, value] of new URLSearchParams(text)) {
    const path = `?${name}`;
    const parameter = known.find((one) => one.name === name);
    if (!parameter) {
      const names = known.map((one) => one.name).join(', ') || 'none';
      return err({ path, detail: `unknown query parameter; known: ${names}` });
    }
    if (Object.hasOwn(query, name)) return err({ path, detail: 'given twice' });
    const read = valueOf(parameter.schema, value);
    if (!read.ok) return err({ path, detail: read.error });
    query[name] = read.value;
  }
  return ok(query);
}

/** One value by the little of JSON Schema that parameters use. */
function valueOf(
  schema: Readonly<Record<string, unknown>>,
  text: string,
): Result<string | number, string> {
  const { type, minimum, maximum, enum: words } = schema;
  if (Array.isArray(words) && !words.includes(text)) return err(`must be ${words.join(' or ')}`);
  if (type !== 'integer') return ok(text);
  const value = Number(text);
  const isInside =
    (typeof minimum !== 'number' || value >= minimum) &&
    (typeof maximum !== 'number' || value <= maximum);
  return /^\d{1,9}$/.test(text) && isInside
    ? ok(value)
    : err(`must be a whole number from ${String(minimum)} to ${String(maximum)}`);
}
