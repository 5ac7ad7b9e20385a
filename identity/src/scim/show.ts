import { toIso } from '@countersign/core';
import type { Group } from '../roster/groups.ts';
import type { Provisioned } from '../roster/people.ts';
import type { ScimUser } from './read.ts';
import { GROUP_URN, unqualified, USER_URN } from './schema.ts';

/** A resource as it is answered. */
export type Resource = { readonly [name: string]: unknown } & { readonly id: string };

/** Which attributes a client wants (RFC 7644 §3.9). */
export type Wanted = (name: string) => boolean;

/** Where a resource is, relative to the gateway. */
const placeOf = (kind: 'Users' | 'Groups', id: string): string => `/scim/v2/${kind}/${id}`;

/** A version as an entity tag. */
export const tagOf = (revision: number): string => `W/"${revision}"`;

/** A person as their connection sees them. */
export function showUser(
  { id, provisioned }: { readonly id: string; readonly provisioned: Provisioned },
  user: ScimUser,
  groups: readonly Group[],
): Resource {
  return {
    schemas: [USER_URN],
    id,
    ...user,
    active: provisioned.isActive,
    ...(groups.length > 0 && {
      groups: groups.map(({ id: value, name }) => ({
        value,
        display: name,
        $ref: placeOf('Groups', value),
      })),
    }),
    meta: metaOf('User', provisioned, placeOf('Users', id)),
  };
}

/** A group as its connection sees it. */
export function showGroup(group: Group, wants: Wanted): Resource {
  const { id, name, externalId, members } = group;
  return {
    schemas: [GROUP_URN],
    id,
    displayName: name,
    ...(externalId === undefined ? {} : { externalId }),
    ...(members.size > 0 &&
      wants('members') && {
        members: [...members].map((value) => ({
          value,
          $ref: placeOf('Users', value),
          type: 'User',
        })),
      }),
    meta: metaOf('Group', group, placeOf('Groups', id)),
  };
}

const metaOf = (
  resourceType: string,
  { createdAt, changedAt, revision }: Pick<Group, 'createdAt' | 'changedAt' | 'revision'>,
  location: string,
): object => ({
  resourceType,
  created: toIso(createdAt),
  lastModified: toIso(changedAt),
  version: tagOf(revision),
  location,
});

/** Which attributes `attributes` and `excludedAttributes` leave. */
export function wantedOf(query: {
  readonly attributes?: string | undefined;
  readonly excludedAttributes?: string | undefined;
}): Wanted {
  const { attributes, excludedAttributes } = query;
  const only = attributes === undefined ? undefined : namesOf(attributes);
  const not = namesOf(excludedAttributes ?? '');
  return (name) => {
    const small = name.toLowerCase();
    if (small === 'id' || small === 'schemas') return true;
    return only
      ? only.some((one) => one === small || one.startsWith(`${small}.`))
      : !not.includes(small);
  };
}

/** A resource with the attributes that are wanted. */
export const pick = (resource: Resource, wants: Wanted): Resource => ({
  ...Object.fromEntries(Object.entries(resource).filter(([name]) => wants(name))),
  id: resource.id,
});

const namesOf = (list: string): readonly string[] =>
  list
    .split(',')
    .map((name) => unqualified(name.trim()).toLowerCase())
    .filter((name) => name !== '');
