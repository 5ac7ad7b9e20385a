/** What an attribute may hold (RFC 7643 §7). */
export type Attribute = {
  readonly name: string;
  readonly type: 'string' | 'boolean' | 'complex' | 'reference';
  readonly description: string;
  readonly isMany?: true;
  readonly isRequired?: true;
  readonly isCaseExact?: true;
  readonly isUnique?: true;
  readonly isReadOnly?: true;
  /** Kept in small letters, so that it is found whatever the client's are. */
  readonly isWord?: true;
  readonly of?: readonly Attribute[];
};

const text = (name: string, description: string, more: Partial<Attribute> = {}): Attribute => ({
  name,
  type: 'string',
  description,
  ...more,
});

/** On every resource (RFC 7643 §3.1); told here for reading, not listed under `/Schemas`. */
export const EXTERNAL_ID: Attribute = text('externalId', 'What the client calls it', {
  isCaseExact: true,
});

/**
 * What is kept of a person: what is shown of them and what finds them. Telephone numbers, addresses, photographs and the
 * like are taken and dropped: who approves is known without them.
 */
export const USER: readonly Attribute[] = [
  text('userName', 'Unique among the people of the connection, whatever its letter case', {
    isRequired: true,
    isUnique: true,
  }),
  {
    name: 'name',
    type: 'complex',
    description: 'The parts of the name',
    of: [
      text('formatted', 'The whole name'),
      text('familyName', 'Family name'),
      text('givenName', 'Given name'),
      text('middleName', 'Middle name'),
      text('honorificPrefix', 'Title before it'),
      text('honorificSuffix', 'What follows it'),
    ],
  },
  text('displayName', 'Shown to others'),
  text('nickName', 'Casual name'),
  text('title', 'Position'),
  text('userType', 'Relation to the organization'),
  text('preferredLanguage', 'Language'),
  text('locale', 'Locale'),
  text('timezone', 'Time zone'),
  { name: 'active', type: 'boolean', description: 'False: neither votes nor counts' },
  {
    name: 'emails',
    type: 'complex',
    description: 'Addresses; shown, and asked for at directories',
    isMany: true,
    of: [
      text('value', 'The address'),
      text('display', 'Shown to others'),
      text('type', 'Such as `work`', { isWord: true }),
      { name: 'primary', type: 'boolean', description: 'The one that is used' },
    ],
  },
  {
    name: 'groups',
    type: 'complex',
    description: 'Groups the person is in; changed at the groups',
    isMany: true,
    isReadOnly: true,
    of: [
      text('value', 'Id of the group', { isReadOnly: true }),
      text('display', 'Name of the group', { isReadOnly: true }),
      { name: '$ref', type: 'reference', description: 'Address of the group', isReadOnly: true },
    ],
  },
];

/** What is kept of a group. */
export const GROUP: readonly Attribute[] = [
  text('displayName', 'Unique among the groups of the connection, whatever its letter case', {
    isRequired: true,
    isUnique: true,
  }),
  {
    name: 'members',
    type: 'complex',
    description: 'People in it',
    isMany: true,
    of: [
      text('value', 'Id of the person', { isCaseExact: true }),
      text('display', 'Name of the person', { isReadOnly: true }),
      { name: '$ref', type: 'reference', description: 'Address of the person', isReadOnly: true },
      text('type', '`User`', { isReadOnly: true }),
    ],
  },
];

export const USER_URN = 'urn:ietf:params:scim:schemas:core:2.0:User';
export const GROUP_URN = 'urn:ietf:params:scim:schemas:core:2.0:Group';
const PREFIX = 'urn:ietf:params:scim:schemas:core:2.0:';

/** An attribute by its name, whatever its letter case. */
export const attributeOf = (
  attributes: readonly Attribute[],
  name: string,
): Attribute | undefined => {
  const small = name.toLowerCase();
  return attributes.find((one) => one.name.toLowerCase() === small);
};

/** A name without the schema it may be qualified by; that of an extension stays as it is, and is nothing we keep. */
export function unqualified(path: string): string {
  const match = /^urn:ietf:params:scim:schemas:core:2\.0:(?:User|Group):/i.exec(path);
  return match ? path.slice(match[0].length) : path;
}

/** The schemas as `/Schemas` tells them. */
export const SCHEMAS: readonly object[] = [
  schema('User', 'A person who may be asked', USER),
  schema('Group', 'People who are asked together', GROUP),
];

function schema(name: string, description: string, attributes: readonly Attribute[]): object {
  return {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:Schema'],
    id: PREFIX + name,
    name,
    description,
    attributes: attributes.map(described),
    meta: { resourceType: 'Schema', location: `/scim/v2/Schemas/${PREFIX}${name}` },
  };
}

function described(attribute: Attribute): object {
  const { name, type, description, isMany, isRequired, isReadOnly, isUnique, of } = attribute;
  return {
    name,
    type,
    description,
    multiValued: isMany === true,
    required: isRequired === true,
    caseExact: attribute.isCaseExact === true,
    mutability: isReadOnly ? 'readOnly' : 'readWrite',
    returned: 'default',
    uniqueness: isUnique ? 'server' : 'none',
    ...(of && { subAttributes: of.map(described) }),
    ...(type === 'reference' && { referenceTypes: ['User', 'Group'] }),
  };
}
