import { err, type Json, type Result } from '@countersign/core';
import { scimPatch, type ScimPatchOperation, type ScimResource } from 'scim-patch';
import { stringify } from 'scim2-parse-filter';
import type { Filter } from './filter.ts';
import type { Operation } from './operations.ts';
import { readUser, type ScimUser } from './read.ts';
import { refusal, type ScimRefusal } from './refusal.ts';
import { attributeOf, type Attribute } from './schema.ts';

/** A person after a PATCH. */
export function patchUser(
  user: ScimUser,
  operations: readonly Operation[],
): Result<ScimUser, ScimRefusal> {
  const copy = JSON.parse(JSON.stringify(user)) as ScimResource;
  try {
    // INVARIANT: every name in these paths is one of our schema, so no path of a client's reaches a prototype
    const patched = scimPatch(copy, operations.map(rewritten), {
      mutateDocument: true,
      treatMissingAsAdd: true,
    });
    return readUser(patched as unknown as Json);
  } catch (error) {
    const { scimCode } = error as { readonly scimCode?: string };
    if (scimCode === undefined) throw error;
    return err(
      refusal(400, 'there is nothing at a `path`, or it cannot take the `value`', scimCode),
    );
  }
}

function rewritten({ op, attribute, filter, sub, value }: Operation): ScimPatchOperation {
  const within = filter ? `[${stringify(named(filter, attribute))}]` : '';
  const path = `${attribute.name}${within}${sub ? `.${sub.name}` : ''}`;
  // nothing instead of a value is the same as removing it (RFC 7644 §3.5.2.3)
  if (op === 'remove' || value === undefined)
    return {
      op: 'remove',
      path,
      ...(value === undefined ? {} : { value: tidy(attribute, value) }),
    };
  return { op, path, value: sub || filter ? value : tidy(attribute, value) };
}

/** The names in a filter as they are in the schema. */
function named(filter: Filter, attribute: Attribute): Filter {
  switch (filter.op) {
    case 'and':
    case 'or':
      return { ...filter, filters: filter.filters.map((one) => named(one, attribute)) };
    case 'not':
      return { ...filter, filter: named(filter.filter, attribute) };
    case '[]':
      return filter;
    default: {
      const member = attributeOf(attribute.of ?? [], filter.attrPath);
      const attrPath = member?.name ?? filter.attrPath;
      return filter.op !== 'pr' && member?.isWord && typeof filter.compValue === 'string'
        ? { ...filter, attrPath, compValue: filter.compValue.toLowerCase() }
        : { ...filter, attrPath };
    }
  }
}

/** Several values as a list of objects with our names, so that what is there is not added again. */
function tidy({ isMany, of = [] }: Attribute, value: Json): Json {
  if (!isMany) return isObject(value) ? renamed(of, value) : value;
  const values = Array.isArray(value) ? (value as readonly Json[]) : [value];
  return values.map((one) =>
    typeof one === 'string' ? { value: one } : isObject(one) ? renamed(of, one) : one,
  );
}

const isObject = (value: Json): value is { readonly [name: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const renamed = (of: readonly Attribute[], value: { readonly [name: string]: Json }): Json =>
  Object.fromEntries(
    Object.entries(value).flatMap(([name, one]) => {
      const attribute = attributeOf(of, name);
      return attribute ? [[attribute.name, one]] : [];
    }),
  );
