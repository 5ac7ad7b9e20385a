import { err, ok, type Json, type Result } from '@countersign/core';
import { exactMatcherOf } from './filter.ts';
import type { Operation } from './operations.ts';
import { isRecord } from './read.ts';
import { refusal, type ScimRefusal } from './refusal.ts';

/** A group as a client wants it. */
export type WantedGroup = {
  readonly name: string;
  readonly externalId?: string;
  readonly members: ReadonlySet<string>;
};

const MAX_NAME = 256;

/** A group after a PATCH. Members are a set of ids: nothing of them is built, however many there are. */
export function patchGroup(
  group: WantedGroup,
  operations: readonly Operation[],
): Result<WantedGroup, ScimRefusal> {
  let { name, externalId } = group;
  const members = new Set(group.members);
  for (const operation of operations) {
    const { op, attribute, value } = operation;
    if (attribute.name === 'members') {
      const changed = changeMembers(members, operation);
      if (!changed.ok) return changed;
    } else if (attribute.name === 'externalId') {
      const text = op === 'remove' ? undefined : value;
      if (text !== undefined && !isText(text)) return badText('externalId');
      externalId = text;
    } else {
      if (op === 'remove' || !isText(value)) return badText('displayName');
      name = value;
    }
  }
  return ok({ name, ...(externalId === undefined ? {} : { externalId }), members });
}

function changeMembers(
  members: Set<string>,
  { op, filter, sub, value }: Operation,
): Result<undefined, ScimRefusal> {
  if (filter) {
    // one member has nothing but its id to change, and that names another
    if (op !== 'remove' && !(sub && value === undefined))
      return err(refusal(400, 'members are added and removed as a whole', 'invalidPath'));
    const fits = exactMatcherOf(filter);
    for (const id of members) if (fits({ value: id, type: 'User' })) members.delete(id);
    return ok(undefined);
  }
  const ids = value === undefined ? ok([]) : memberIds(value);
  if (!ids.ok) return ids;
  if (op === 'replace' || (op === 'remove' && value === undefined)) members.clear();
  for (const id of ids.value)
    if (op === 'remove') members.delete(id);
    else members.add(id);
  return ok(undefined);
}

/** Ids of members: objects with a `value`, or, from some clients, ids alone. */
export function memberIds(value: Json): Result<readonly string[], ScimRefusal> {
  const values = Array.isArray(value) ? (value as readonly Json[]) : [value];
  const ids = values.map((one) => (isRecord(one) ? one['value'] : one));
  return ids.every((id) => isText(id)) ? ok(ids) : badText('members.value');
}

/** A name or an id. */
export const isText = (value: Json | undefined): value is string =>
  typeof value === 'string' && value !== '' && value.length <= MAX_NAME;

export const badText = (path: string): Result<never, ScimRefusal> =>
  err(refusal(400, `\`${path}\` must be text of 1 to ${MAX_NAME} characters`, 'invalidValue'));
