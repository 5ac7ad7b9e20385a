import { beforeEach, describe, expect, test } from 'vitest';
import { filtered, GROUP_URN, makeWorld, OTHER, type World } from './scim-world.ts';

let world: World;
beforeEach(async () => {
  world = await makeWorld();
});

const addGroup = async (displayName: string, ...members: readonly string[]): Promise<string> =>
  (
    await world.send('POST', '/Groups', {
      schemas: [GROUP_URN],
      displayName,
      members: members.map((value) => ({ value })),
    })
  ).body.id;
const membersOf = (id: string): string[] => [
  ...(world.roster.now().groups.byId.get(id)?.members ?? []),
];

describe('groups, as in RFC 7643 and RFC 7644', () => {
  test('one that was made is answered with its members, and its members with it', async () => {
    const ann = await world.addUser('ann');
    const made = await world.send('POST', '/Groups', {
      schemas: [GROUP_URN],
      displayName: 'Approvers',
      externalId: 'g1',
      members: [{ value: ann, display: 'whoever' }],
    });
    const { id } = made.body;
    expect(made).toMatchObject({
      status: 201,
      location: `/scim/v2/Groups/${id}`,
      body: {
        displayName: 'Approvers',
        externalId: 'g1',
        members: [{ value: ann, $ref: `/scim/v2/Users/${ann}`, type: 'User' }],
        meta: { resourceType: 'Group' },
      },
    });
    expect((await world.send('GET', `/Users/${ann}`)).body['groups']).toEqual([
      { value: id, display: 'Approvers', $ref: `/scim/v2/Groups/${id}` },
    ]);
    const lean = await world.send('GET', `/Groups/${id}?excludedAttributes=members`);
    expect(lean.body).not.toHaveProperty('members');
  });
  test("names are one group's, whatever the letter case", async () => {
    const one = await addGroup('Approvers');
    const two = await addGroup('Others');
    const body = { schemas: [GROUP_URN], displayName: 'APPROVERS' };
    for (const [method, path] of [
      ['POST', '/Groups'],
      ['PUT', `/Groups/${two}`],
    ] as const)
      expect(await world.send(method, path, body)).toMatchObject({
        status: 409,
        body: { scimType: 'uniqueness' },
      });
    expect(await world.send('PUT', `/Groups/${one}`, body)).toMatchObject({
      status: 200,
      body: { displayName: 'APPROVERS' },
    });
    await world.send('DELETE', `/Groups/${one}`);
    expect(await world.send('POST', '/Groups', body)).toMatchObject({ status: 201 });
  });
  test('members are people of the connection, and leave with their account', async () => {
    const [ann, bob] = [await world.addUser('ann'), await world.addUser('bob')];
    const group = await addGroup('g', ann, bob);
    const foreign = (
      await world.send(
        'POST',
        '/Users',
        { schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'], userName: 'x' },
        { from: OTHER },
      )
    ).body.id;
    for (const value of ['nobody', foreign, group])
      expect(
        await world.patch(`/Groups/${group}`, { op: 'add', path: 'members', value: [{ value }] }),
      ).toMatchObject({ status: 400, body: { scimType: 'invalidValue' } });
    await world.send('DELETE', `/Users/${ann}`);
    expect(membersOf(group)).toEqual([bob]);
    expect(await world.send('GET', `/Groups/${group}`)).toMatchObject({ etag: 'W/"3"' });
    await world.send('DELETE', `/Groups/${group}`);
    expect(await world.send('GET', `/Groups/${group}`)).toMatchObject({ status: 404 });
    expect((await world.send('GET', `/Users/${bob}`)).body).not.toHaveProperty('groups');
  });
  test('tags: what changed meanwhile is not changed again; what changes nothing is no event', async () => {
    const group = await addGroup('g');
    const body = { schemas: [GROUP_URN], displayName: 'h' };
    expect(await world.send('PUT', `/Groups/${group}`, body, { ifMatch: 'W/"9"' })).toMatchObject({
      status: 412,
    });
    expect(await world.send('PUT', `/Groups/${group}`, body, { ifMatch: 'W/"1"' })).toMatchObject({
      etag: 'W/"2"',
    });
    const { version } = world.roster.now();
    expect(await world.send('PUT', `/Groups/${group}`, body)).toMatchObject({ etag: 'W/"2"' });
    expect(world.roster.now().version).toBe(version);
  });
  test.each([
    ['displayName eq "ONE"', ['One']],
    ['displayName sw "o"', ['One']],
    ['displayName eq "One" and externalId pr', []],
    ['members eq "ANN"', ['One', 'Two']],
    ['members.value eq "ANN"', ['One', 'Two']],
    ['members[value eq "ANN"] and displayName ne "one"', ['Two']],
    ['id eq "GROUP" and members eq "ANN"', ['Two']],
  ])('%s', async (filter, expected) => {
    const ann = await world.addUser('ann');
    await addGroup('One', ann);
    const two = await addGroup('Two', ann);
    await addGroup('Three');
    const text = filter.replace('ANN', ann).replace('GROUP', two);
    const { body } = await world.send('GET', filtered('Groups', text));
    expect(body['Resources'].map((one: { displayName: string }) => one.displayName)).toEqual(
      expected,
    );
  });
  test('no connection touches groups of another', async () => {
    const group = await addGroup('g');
    const from = OTHER;
    for (const [method, body] of [
      ['GET'],
      ['DELETE'],
      ['PUT', { schemas: [GROUP_URN], displayName: 'x' }],
    ] as const)
      expect(await world.send(method, `/Groups/${group}`, body, { from })).toMatchObject({
        status: 404,
      });
    expect(
      (await world.send('GET', filtered('Groups', `id eq "${group}"`), undefined, { from })).body,
    ).toMatchObject({ totalResults: 0 });
    expect(
      await world.send('POST', '/Groups', { schemas: [GROUP_URN], displayName: 'g' }, { from }),
    ).toMatchObject({ status: 201 });
  });
  test('many members are several entries of one unit', async () => {
    const people = await Promise.all(
      Array.from({ length: 1_200 }, (_, i) => world.addUser(`u${i}`)),
    );
    const { version } = world.roster.now();
    const group = await addGroup('all', ...people);
    expect(world.roster.now().version).toBe(version + 4);
    expect(membersOf(group)).toHaveLength(1_200);
    await world.patch(`/Groups/${group}`, {
      op: 'replace',
      path: 'members',
      value: people.slice(0, 3),
    });
    expect(membersOf(group)).toEqual(people.slice(0, 3));
    const longest = Math.max(
      ...(await world.store.read('directory')).map(({ entry }) => entry.length),
    );
    expect(longest).toBeLessThan(20_000);
  });
});

describe('what says what there is', () => {
  test.each([
    '/ServiceProviderConfig',
    '/ResourceTypes',
    '/Schemas',
    '/Schemas/urn:ietf:params:scim:schemas:core:2.0:User',
    '/ResourceTypes/Group',
  ])('%s', async (path) => {
    const { status, body } = await world.send('GET', path);
    expect(status).toBe(200);
    expect(body['schemas']).toBeDefined();
    expect(await world.send('GET', `${path}?filter=x`)).toMatchObject({ status: 403 });
    expect(await world.send('POST', path, {})).toMatchObject({ status: 405 });
  });
  test.each([
    ['GET', '/'],
    ['GET', '/Bulk'],
    ['GET', '/Users/a/b'],
    ['GET', '/Users/'],
    ['GET', '/Schemas/x'],
    ['GET', '/Me'],
  ])('nothing at %s %s', async (method, path) => {
    expect(await world.send(method, path)).toMatchObject({ status: 404, body: { status: '404' } });
  });
  test('other methods are named', async () => {
    expect(await world.send('PATCH', '/Users')).toMatchObject({
      status: 405,
      allow: ['GET', 'POST'],
    });
    expect(await world.send('POST', '/Groups/x')).toMatchObject({ status: 405 });
  });
});
