import { err, ok, type Json, type Result } from '@countersign/core';
import { refusal, type ScimRefusal } from './refusal.ts';
import { attributeOf, EXTERNAL_ID, unqualified, USER, type Attribute } from './schema.ts';

/** What is kept of a person, in the words of RFC 7643. */
export type ScimUser = {
  readonly userName: string;
  readonly externalId?: string;
  readonly active?: boolean;
  readonly displayName?: string;
  readonly name?: Readonly<Record<string, string>>;
  readonly emails?: readonly ScimEmail[];
  readonly [more: string]: unknown;
};
type ScimEmail = { readonly value: string; readonly primary?: boolean };

type Value = Result<unknown, ScimRefusal>;

/** Longest text of an attribute. */
const MAX_TEXT = 1_024;
/** Most values of one attribute. */
const MAX_VALUES = 100;

export const isRecord = (value: unknown): value is Readonly<Record<string, Json>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The attributes of a person that are kept, under their own names: what a client may write in any letter case. */
export function readUser(value: Json): Result<ScimUser, ScimRefusal> {
  const read = recordOf([...USER, EXTERNAL_ID], value, '');
  if (!read.ok) return read;
  const user = read.value as Partial<ScimUser>;
  return user.userName === undefined
    ? err(refusal(400, '`userName` is missing', 'invalidValue'))
    : ok({ ...user, userName: user.userName });
}

function recordOf(
  attributes: readonly Attribute[],
  value: Json,
  at: string,
): Result<Readonly<Record<string, unknown>>, ScimRefusal> {
  if (!isRecord(value)) return wrong(at || 'the resource', 'an object');
  const out: Record<string, unknown> = {};
  for (const [key, one] of Object.entries(value)) {
    const attribute = attributeOf(attributes, at === '' ? unqualified(key) : key);
    // what is not kept is taken and dropped (RFC 7644 §3.3); null and empty are the same as absent (RFC 7643 §2.5)
    if (!attribute || attribute.isReadOnly || isNothing(one)) continue;
    const path = at === '' ? attribute.name : `${at}.${attribute.name}`;
    const read = valueOf(attribute, one, path);
    if (!read.ok) return read;
    if (read.value !== undefined) out[attribute.name] = read.value;
  }
  return ok(out);
}

const isNothing = (value: Json): boolean =>
  value === null || value === '' || (Array.isArray(value) && value.length === 0);

function valueOf(attribute: Attribute, value: Json, path: string): Value {
  if (attribute.isMany) return manyOf(attribute, value, path);
  if (attribute.type === 'complex') return recordOf(attribute.of ?? [], value, path);
  if (attribute.type === 'boolean') {
    const flag = flagOf(value);
    return flag === undefined ? wrong(path, 'true or false') : ok(flag);
  }
  if (typeof value !== 'string' || value.length > MAX_TEXT)
    return wrong(path, `text of at most ${MAX_TEXT} characters`);
  return ok(attribute.isWord ? value.toLowerCase() : value);
}

function manyOf({ of = [] }: Attribute, value: Json, path: string): Value {
  const values = Array.isArray(value) ? (value as readonly Json[]) : [value];
  if (values.length > MAX_VALUES) return wrong(path, `at most ${MAX_VALUES} values`);
  const out: Record<string, unknown>[] = [];
  for (const one of values) {
    const read = recordOf(of, typeof one === 'string' ? { value: one } : one, path);
    if (!read.ok) return read;
    if (read.value['value'] !== undefined) out.push({ ...read.value });
  }
  // one is primary; of several, the one that was told last
  const primary = out.findLastIndex(({ primary: is }) => is === true);
  for (const [i, one] of out.entries()) if (i !== primary) delete one['primary'];
  return ok(out.length === 0 ? undefined : out);
}

/** Entra writes booleans as text. */
function flagOf(value: Json): boolean | undefined {
  if (typeof value === 'boolean') return value;
  if (typeof value !== 'string' || !/^(?:true|false)$/i.test(value)) return undefined;
  return value.toLowerCase() === 'true';
}

const wrong = (path: string, want: string): Result<never, ScimRefusal> =>
  err(refusal(400, `\`${path}\` must be ${want}`, 'invalidValue'));

/** What is shown of a person. */
export const nameOf = ({ displayName, name, userName }: ScimUser): string =>
  displayName ??
  name?.['formatted'] ??
  ([name?.['givenName'], name?.['familyName']].filter(Boolean).join(' ') || userName);

/** The address that is used: the primary one, or the first. */
export const emailOf = ({ emails = [] }: ScimUser): string | undefined =>
  (emails.find(({ primary }) => primary) ?? emails[0])?.value;
