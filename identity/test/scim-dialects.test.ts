// Requests as the provisioning services of Okta and Entra write them in their documentation.
import { beforeEach, describe, expect, test } from 'vitest';
import { filtered, GROUP_URN, makeWorld, PATCH_URN, USER_URN, type World } from './scim-world.ts';

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
let world: World;
beforeEach(async () => {
  world = await makeWorld();
});
const members = (id: string): string[] => [
  ...(world.roster.now().groups.byId.get(id)?.members ?? []),
];
const isActive = (id: string): boolean | undefined =>
  world.roster.now().people.accounts.get(id)?.active;

describe('Okta', () => {
  const TEST_USER = {
    schemas: [USER_URN],
    userName: 'test.user@okta.local',
    name: { givenName: 'Test', familyName: 'User' },
    emails: [{ primary: true, value: 'test.user@okta.local', type: 'work' }],
    displayName: 'Test User',
    locale: 'en-US',
    externalId: '00ujl29u0le5T6Aj10h7',
    groups: [],
    password: '1mz050nq',
    active: true,
  };
  test('looks whether somebody is there, makes them, puts them, takes them out', async () => {
    const look = filtered('Users', 'userName eq "test.user@okta.local"');
    const nobody = await world.send('GET', `${look}&startIndex=1&count=100`);
    expect(nobody).toMatchObject({
      status: 200,
      body: { totalResults: 0, startIndex: 1, itemsPerPage: 0, Resources: [] },
    });
    const { status, body } = await world.send('POST', '/Users', TEST_USER);
    expect(status).toBe(201);
    expect(body).not.toHaveProperty('password');
    const put = await world.send('PUT', `/Users/${body.id}`, {
      ...body,
      name: { givenName: 'Another', familyName: 'User' },
    });
    expect(put).toMatchObject({
      status: 200,
      body: { name: { givenName: 'Another' }, externalId: '00ujl29u0le5T6Aj10h7' },
    });
    const out = await world.patch(`/Users/${body.id}`, { op: 'replace', value: { active: false } });
    expect(out).toMatchObject({ status: 200, body: { id: body.id, active: false } });
    expect(isActive(body.id)).toBe(false);
    expect((await world.send('GET', look)).body).toMatchObject({
      totalResults: 1,
      Resources: [{ active: false }],
    });
  });
  test('pushes groups: members added, taken out and put as a whole, names in an object with the id', async () => {
    const [a, b] = [await world.addUser('a'), await world.addUser('b')];
    const { body } = await world.send('POST', '/Groups', {
      schemas: [GROUP_URN],
      displayName: 'Test SCIMv2',
      members: [],
    });
    const path = `/Groups/${body.id}`;
    const rename = await world.patch(path, {
      op: 'replace',
      value: { id: body.id, displayName: 'Test SCIMv2b' },
    });
    expect(rename.status).toBe(204);
    await world.patch(path, {
      op: 'add',
      path: 'members',
      value: [{ value: a, display: 'a@okta.local' }],
    });
    await world.patch(
      path,
      { op: 'remove', path: `members[value eq "${a}"]` },
      { op: 'add', path: 'members', value: [{ value: b, display: 'b' }] },
    );
    expect(members(body.id)).toEqual([b]);
    await world.patch(path, {
      op: 'replace',
      path: 'members',
      value: [{ value: a }, { value: b }],
    });
    expect(members(body.id).toSorted()).toEqual([a, b].toSorted());
    expect((await world.send('GET', path)).body['displayName']).toBe('Test SCIMv2b');
    expect(await world.send('DELETE', path)).toEqual({ status: 204 });
  });
});

const patch = (path: string, ...Operations: readonly object[]): ReturnType<World['send']> =>
  world.send('PATCH', path, { schemas: [PATCH_URN], Operations });

describe('Entra', () => {
  const NEW_USER = {
    schemas: [USER_URN, ENTERPRISE],
    externalId: '0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef',
    userName: 'Test_User_ab6490ee-1e48-479e-a20b-2d77186b5dd1',
    active: true,
    emails: [{ primary: true, type: 'work', value: 'Test_User_fd0ea19b@testuser.com' }],
    meta: { resourceType: 'User' },
    name: { formatted: 'givenName familyName', familyName: 'familyName', givenName: 'givenName' },
    roles: [],
  };
  let id: string;
  beforeEach(async () => {
    ({ id } = (await world.send('POST', '/Users', NEW_USER)).body);
  });
  test('asks in whatever letter case', async () => {
    for (const filter of [
      'userName eq "test_USER_ab6490ee-1e48-479e-a20b-2d77186b5dd1"',
      'externalId eq "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef"',
      'emails[type eq "work"].value eq "test_user_fd0ea19b@testuser.com"',
    ])
      expect((await world.send('GET', filtered('Users', filter))).body).toMatchObject({
        totalResults: 1,
      });
  });
  test('replaces several attributes, some by filter, some that were not there', async () => {
    const { status, body } = await patch(
      `/Users/${id}`,
      { op: 'Replace', path: 'emails[type eq "work"].value', value: 'updatedEmail@microsoft.com' },
      { op: 'Replace', path: 'name.familyName', value: 'updatedFamilyName' },
      { op: 'Add', path: 'emails[type eq "home"].value', value: 'home@microsoft.com' },
      { op: 'Replace', path: 'emails[type eq "other"].value', value: 'other@microsoft.com' },
      { op: 'Add', path: `${ENTERPRISE}:manager`, value: 'x' },
      { op: 'Replace', path: 'phoneNumbers[type eq "work"].value', value: '1' },
      { op: 'Add', path: 'displayName', value: 'Shown' },
    );
    expect(status).toBe(200);
    expect(body).toMatchObject({
      displayName: 'Shown',
      name: { givenName: 'givenName', familyName: 'updatedFamilyName' },
      emails: [
        { type: 'work', value: 'updatedEmail@microsoft.com', primary: true },
        { type: 'home', value: 'home@microsoft.com' },
        { type: 'other', value: 'other@microsoft.com' },
      ],
    });
  });
  test('writes booleans as text, and objects with dotted names', async () => {
    expect(
      await patch(`/Users/${id}`, { op: 'Replace', path: 'active', value: 'False' }),
    ).toMatchObject({ status: 200, body: { active: false } });
    expect(isActive(id)).toBe(false);
    expect(
      await patch(`/Users/${id}`, {
        op: 'replace',
        value: {
          active: 'True',
          'name.givenName': 'New',
          [`${USER_URN}:title`]: 'Chief',
          'emails[type eq "work"].value': 'n@x.com',
        },
      }),
    ).toMatchObject({
      status: 200,
      body: {
        active: true,
        title: 'Chief',
        name: { givenName: 'New', familyName: 'familyName' },
        emails: [{ value: 'n@x.com' }],
      },
    });
    expect(isActive(id)).toBe(true);
  });
  test('takes values away', async () => {
    const { body } = await patch(
      `/Users/${id}`,
      { op: 'Remove', path: 'name.familyName' },
      { op: 'Remove', path: 'emails[type eq "work"]' },
      { op: 'Remove', path: 'title' },
    );
    expect(body).not.toHaveProperty('emails');
    expect(body['name']).toEqual({ formatted: 'givenName familyName', givenName: 'givenName' });
  });
  test('groups: members in objects, as bare ids, taken out by value', async () => {
    const other = await world.addUser('other');
    const made = await world.send('POST', '/Groups', {
      schemas: [
        GROUP_URN,
        'http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group',
      ],
      externalId: '8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159',
      displayName: 'Group1',
      meta: { resourceType: 'Group' },
    });
    const path = `/Groups/${made.body.id}`;
    const step = async (operation: object): Promise<string[]> => {
      expect(await patch(path, operation)).toEqual({ status: 204 });
      return members(made.body.id);
    };
    expect(await step({ op: 'Add', path: 'members', value: [{ $ref: null, value: id }] })).toEqual([
      id,
    ]);
    expect(
      await step({ op: 'Add', path: 'members', value: [{ value: id }, { value: other }] }),
    ).toEqual([id, other]);
    expect(
      await step({ op: 'Remove', path: 'members', value: [{ $ref: null, value: id }] }),
    ).toEqual([other]);
    expect(await step({ op: 'Add', path: 'members', value: id })).toEqual([other, id]);
    expect(await step({ op: 'Remove', path: `members[value eq "${id}"]` })).toEqual([other]);
    expect(await step({ op: 'Replace', path: 'displayName', value: '1879db59' })).toEqual([other]);
    expect(await step({ op: 'Add', value: { members: [{ value: id }] } })).toEqual([other, id]);
    expect(await step({ op: 'Remove', path: 'members' })).toEqual([]);
    const found = await world.send(
      'GET',
      `${filtered('Groups', 'displayName eq "1879db59"')}&excludedAttributes=members`,
    );
    expect(found.body).toMatchObject({ totalResults: 1 });
  });
});

describe('ATTACKER: what no client writes', () => {
  let id: string;
  beforeEach(async () => {
    id = await world.addUser('ann', { emails: [{ value: 'a@x', type: 'work' }] });
  });
  test.each([
    [{ op: 'add', path: '__proto__.polluted', value: 1 }, 400],
    [{ op: 'add', path: 'constructor.prototype.polluted', value: 1 }, 400],
    [{ op: 'add', path: 'constructor', value: { prototype: { polluted: 1 } } }, 200],
    [{ op: 'replace', value: { '__proto__.polluted': 1 } }, 400],
    [{ op: 'replace', value: { name: { constructor: { polluted: 1 } } } }, 200],
    [{ op: 'add', path: 'emails[__proto__ eq "x"].value', value: 'b@x' }, 200],
    [{ op: 'add', path: 'emails[type eq "work"].__proto__', value: 'b@x' }, 400],
  ])('no path reaches a prototype: %j', async (operation, status) => {
    expect(await world.patch(`/Users/${id}`, operation)).toMatchObject({ status });
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    const { body } = await world.send('GET', `/Users/${id}`);
    expect(JSON.stringify(body)).not.toContain('polluted');
  });
  test.each([
    [{ op: 'replace', path: 'id', value: 'x' }, 'mutability'],
    [{ op: 'replace', value: { id: 'x' } }, 'mutability'],
    [{ op: 'replace', path: 'meta.version', value: 'x' }, 'mutability'],
    [{ op: 'add', path: 'groups', value: [{ value: 'g' }] }, 'mutability'],
    [{ op: 'move', path: 'title', value: 'x' }, 'invalidSyntax'],
    [{ op: 'add', path: 'title' }, 'invalidSyntax'],
    [{ op: 'remove' }, 'noTarget'],
    [{ op: 'add', value: 'x' }, 'invalidSyntax'],
    [{ op: 'add', path: 7, value: 'x' }, 'invalidPath'],
    [{ op: 'add', path: 'emails[type eq', value: 'x' }, 'invalidPath'],
    [{ op: 'add', path: 'emails[type is "x"].value', value: 'x' }, 'invalidFilter'],
    [{ op: 'add', path: 'title[a eq "b"]', value: 'x' }, 'invalidPath'],
    [{ op: 'replace', path: 'emails[value sw "zzz"].type', value: 'x' }, 'noTarget'],
    [{ op: 'remove', path: 'userName' }, 'invalidValue'],
    [{ op: 'replace', path: 'userName', value: { a: 1 } }, 'invalidValue'],
    [{ op: 'replace', path: 'name', value: 'flat' }, 'invalidValue'],
    ['text', 'invalidSyntax'],
    [null, 'invalidSyntax'],
  ])('%j', async (operation, scimType) => {
    expect(await world.patch(`/Users/${id}`, operation as object)).toMatchObject({
      status: 400,
      body: { scimType },
    });
    expect((await world.send('GET', `/Users/${id}`)).etag).toBe('W/"1"');
  });
  test.each([
    {},
    { schemas: [PATCH_URN] },
    { schemas: [PATCH_URN], Operations: [] },
    { Operations: [{ op: 'remove', path: 'title' }] },
    {
      schemas: [PATCH_URN],
      Operations: Array.from({ length: 1_001 }, () => ({ op: 'remove', path: 'title' })),
    },
  ])('a PATCH that is none', async (body) => {
    expect(await world.send('PATCH', `/Users/${id}`, body)).toMatchObject({
      status: 400,
      body: { scimType: 'invalidSyntax' },
    });
  });
  test.each([
    ['', 'nothing'],
    ['userName eq', 'half'],
    ['(((((', 'open'],
    [
      `userName eq "${'\n'.repeat(40)}`,
      'line breaks in an open quote, over which the tokenizer takes for ever',
    ],
    [Array.from({ length: 31 }, (_, i) => `title eq "${i}"`).join(' or '), 'too many terms'],
    ['x'.repeat(1_001), 'too long'],
    ['userName eq {"a":1}', 'an object'],
    ['userName; drop', 'another language'],
  ])('a filter that is none, or a bomb (%#: %s)', async (filter) => {
    expect(await world.send('GET', filtered('Users', filter))).toMatchObject({
      status: 400,
      body: { scimType: 'invalidFilter' },
    });
  });
  test.each(['title', 'x[', 'a.b.c'])('deep filters end: %s', async (name) => {
    const filter = `${'('.repeat(490)}${name} pr${')'.repeat(490)}`;
    expect([200, 400]).toContain((await world.send('GET', filtered('Users', filter))).status);
  });
  test.each(['?startIndex=x', '?count=1e9', '?count=99999999999'])(
    'numbers that are none: %s',
    async (query) => {
      expect(await world.send('GET', `/Users${query}`)).toMatchObject({
        status: 400,
        body: { scimType: 'invalidValue' },
      });
    },
  );
});
