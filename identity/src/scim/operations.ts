import { err, ok, type Json, type Result } from '@countersign/core';
import { readExactFilter, type Filter } from './filter.ts';
import { isRecord } from './read.ts';
import { refusal, type ScimRefusal } from './refusal.ts';
import { attributeOf, unqualified, type Attribute } from './schema.ts';

/** One change of one attribute, in the one dialect the rest is written for. */
export type Operation = {
  readonly op: 'add' | 'replace' | 'remove';
  readonly attribute: Attribute;
  /** Which of several values. */
  readonly filter?: Filter;
  /** Member of a complex attribute. */
  readonly sub?: Attribute;
  /** Absent where something is removed as a whole. */
  readonly value?: Json;
};

type Read = Result<readonly Operation[], ScimRefusal>;

const MESSAGE = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const MAX_OPERATIONS = 1_000;
const OPS = ['add', 'replace', 'remove'] as const;

/**
 * The operations of a PATCH (RFC 7644 §3.5.2) in the dialects there are: Entra's `Add` and `Replace`, Okta's objects without a
 * path, dotted and qualified names as members of such objects. What is not kept is left out; what may not be written is refused.
 */
export function readOperations(
  body: Json,
  { attributes, id }: { readonly attributes: readonly Attribute[]; readonly id: string },
): Read {
  const given = isRecord(body) ? member(body, 'operations') : undefined;
  const schemas = isRecord(body) ? member(body, 'schemas') : undefined;
  if (!Array.isArray(schemas) || !schemas.includes(MESSAGE))
    return bad(`\`schemas\` must have \`${MESSAGE}\``);
  if (!Array.isArray(given) || given.length === 0 || given.length > MAX_OPERATIONS)
    return bad(`\`Operations\` must be a list of 1 to ${MAX_OPERATIONS}`);
  const out: Operation[] = [];
  for (const one of given as readonly Json[]) {
    const read = readOne(one, { attributes, id });
    if (!read.ok) return read;
    out.push(...read.value);
  }
  return ok(out);
}

type Kept = { readonly attributes: readonly Attribute[]; readonly id: string };

function readOne(one: Json, kept: Kept): Read {
  if (!isRecord(one)) return bad('an operation must be an object');
  const word = member(one, 'op');
  const op = OPS.find((it) => typeof word === 'string' && it === word.toLowerCase());
  if (!op) return bad('`op` must be add, replace or remove');
  const path = member(one, 'path');
  const value = member(one, 'value');
  if (op !== 'remove' && value === undefined) return bad(`\`${op}\` needs a \`value\``);
  if (typeof path === 'string' && path !== '') return atPath(op, path, value, kept);
  if (path !== undefined && path !== null && path !== '')
    return err(refusal(400, '`path` must be text', 'invalidPath'));
  if (op === 'remove') return err(refusal(400, 'what is removed must have a `path`', 'noTarget'));
  if (!isRecord(value)) return bad('a `value` without `path` must be an object');
  const out: Operation[] = [];
  for (const [name, part] of Object.entries(value)) {
    // clients repeat what names the resource
    if (/^(?:schemas|meta)$/i.test(name) || (/^id$/i.test(name) && part === kept.id)) continue;
    const read = atPath(op, name, part, kept);
    if (!read.ok) return read;
    out.push(...read.value);
  }
  return ok(out);
}

const NAME = /^[a-z$][\w$-]*$/i;
const UNDER = /^\.[a-z$][\w$-]*$/i;

/** `attribute[filter].member`; the last bracket ends the filter, so that it may have some in quotes. */
function partsOf(path: string): { name: string; within?: string; under?: string } | undefined {
  const [open, close] = [path.indexOf('['), path.lastIndexOf(']')];
  const isFiltered = open > 0 && close > open;
  const dot = isFiltered ? close + 1 : path.indexOf('.');
  const name = isFiltered ? path.slice(0, open) : dot < 0 ? path : path.slice(0, dot);
  const rest = dot < 0 ? '' : path.slice(dot);
  if (!NAME.test(name) || (rest !== '' && !UNDER.test(rest))) return undefined;
  return {
    name,
    ...(isFiltered && { within: path.slice(open + 1, close) }),
    ...(rest !== '' && { under: rest.slice(1) }),
  };
}

function atPath(op: Operation['op'], path: string, value: Json | undefined, kept: Kept): Read {
  const bare = path.length > 1_000 ? '' : unqualified(path);
  if (/^urn:/i.test(bare)) return ok([]); // an extension: nothing of it is kept
  const parts = partsOf(bare);
  if (!parts) return err(refusal(400, 'a `path` is not one of RFC 7644 §3.5.2', 'invalidPath'));
  const { name, within, under } = parts;
  if (/^(?:id|meta|schemas)$/i.test(name)) return readOnly(name);
  const attribute = attributeOf(kept.attributes, name);
  if (!attribute) return ok([]);
  if (attribute.isReadOnly) return readOnly(name);
  const filter = within === undefined ? undefined : readExactFilter(within);
  if (filter && !filter.ok) return filter;
  const sub = under === undefined ? undefined : attributeOf(attribute.of ?? [], under);
  if (under !== undefined && !sub) return ok([]);
  if (filter && !attribute.isMany)
    return err(refusal(400, `\`${name}\` has one value`, 'invalidPath'));
  return ok([
    {
      op,
      attribute,
      ...(filter && { filter: filter.value }),
      ...(sub && { sub }),
      ...(value === undefined || value === null ? {} : { value }),
    },
  ]);
}

const readOnly = (name: string): Result<never, ScimRefusal> =>
  err(refusal(400, `\`${name}\` cannot be written`, 'mutability'));

const bad = (why: string): Result<never, ScimRefusal> => err(refusal(400, why, 'invalidSyntax'));

/** A member whatever its letter case: the names of messages are attribute names too. */
function member(record: Readonly<Record<string, Json>>, name: string): Json | undefined {
  const key = Object.keys(record).find((one) => one.toLowerCase() === name);
  return key === undefined ? undefined : record[key];
}
