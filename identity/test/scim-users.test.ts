import { beforeEach, describe, expect, test } from 'vitest';
import { provisionedPerson } from '../src/index.ts';
import {
  filtered,
  KEY,
  makeWorld,
  OTHER,
  PATCH_URN,
  USER_URN,
  type Body,
  type World,
} from './scim-world.ts';

let world: World;
beforeEach(async () => {
  world = await makeWorld();
});

const ANN = {
  externalId: '00u1',
  name: { givenName: 'Ann', familyName: 'Lee' },
  emails: [{ value: 'Ann@x.example', type: 'Work', primary: true }],
};
const names = (body: Body): string[] =>
  body['Resources'].map((one: { userName: string }) => one.userName);
const account = (id: string) => world.roster.now().people.accounts.get(id);

describe('people, as in RFC 7643 and RFC 7644', () => {
  test('one that was made is answered with id, meta, tag and place', async () => {
    const made = await world.send('POST', '/Users', {
      schemas: [USER_URN],
      userName: 'Ann',
      ...ANN,
    });
    expect(made).toMatchObject({
      status: 201,
      etag: 'W/"1"',
      body: {
        schemas: [USER_URN],
        userName: 'Ann',
        externalId: '00u1',
        active: true,
        emails: [{ value: 'Ann@x.example', type: 'work', primary: true }],
        meta: { resourceType: 'User', version: 'W/"1"' },
      },
    });
    const { id } = made.body;
    expect(made.location).toBe(`/scim/v2/Users/${id}`);
    expect((await world.send('GET', `/Users/${id}`)).body).toEqual(made.body);
    expect(world.profiles.of(id)).toEqual({ name: 'Ann Lee', email: 'Ann@x.example' });
  });
  test('R9: the ledger has nothing of what is private', async () => {
    const id = await world.addUser('ann.lee', { ...ANN, displayName: 'Ann Q. Lee' });
    await world.patch(`/Users/${id}`, { op: 'replace', path: 'title', value: 'Chief' });
    const all = (await world.store.range(0, 100)).map(({ entry }) => entry).join('\n');
    expect(all).toContain('person.provisioned');
    expect(all).not.toMatch(/ann|lee|00u1|chief|x\.example/i);
  });
  test('after a restart everything is there again', async () => {
    const id = await world.addUser('ann', ANN);
    const { body } = await world.send('GET', `/Users/${id}`);
    const again = await makeWorld(() => undefined, world.store);
    expect(again.roster.now().people).toEqual(world.roster.now().people);
    expect((await again.send('GET', `/Users/${id}`)).body).toEqual(body);
  });
  test("user names and external ids are one person's, whatever the letter case", async () => {
    await world.addUser('Ann', ANN);
    const again = { schemas: [USER_URN], userName: 'aNN' };
    expect(await world.send('POST', '/Users', again)).toMatchObject({
      status: 409,
      body: { scimType: 'uniqueness', status: '409' },
    });
    const bob = await world.addUser('bob');
    expect(
      await world.patch(`/Users/${bob}`, { op: 'replace', path: 'externalId', value: '00u1' }),
    ).toMatchObject({ status: 409, body: { scimType: 'uniqueness' } });
    expect(
      await world.patch(`/Users/${bob}`, { op: 'replace', value: { userName: 'ANN' } }),
    ).toMatchObject({ status: 409 });
    const raced = await Promise.all(
      ['x', 'X'].map((userName) => world.send('POST', '/Users', { schemas: [USER_URN], userName })),
    );
    expect(raced.map(({ status }) => String(status)).toSorted()).toEqual(['201', '409']);
  });
  test('of what is not kept nothing is kept, and it is no error', async () => {
    const id = await world.addUser('ann', {
      password: 'secret',
      phoneNumbers: [{ value: '+49 1' }],
      'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': { employeeNumber: '7' },
      id: 'mine',
      meta: { version: '9' },
      groups: [{ value: 'g' }],
    });
    const { body } = await world.send('GET', `/Users/${id}`);
    expect(Object.keys(body).toSorted()).toEqual(['active', 'id', 'meta', 'schemas', 'userName']);
  });
  test.each([
    [{ userName: 'a' }, 'invalidSyntax'],
    [{ schemas: ['urn:x'], userName: 'a' }, 'invalidSyntax'],
    [{ schemas: [USER_URN] }, 'invalidValue'],
    [{ schemas: [USER_URN], userName: 7 }, 'invalidValue'],
    [{ schemas: [USER_URN], userName: 'x'.repeat(1_025) }, 'invalidValue'],
    [{ schemas: [USER_URN], userName: 'a', active: 'perhaps' }, 'invalidValue'],
    [
      {
        schemas: [USER_URN],
        userName: 'a',
        emails: Array.from({ length: 101 }, (_, i) => `${i}@x`),
      },
      'invalidValue',
    ],
    ['text', 'invalidSyntax'],
    [[], 'invalidSyntax'],
  ])('a body that is none: %j', async (body, scimType) => {
    expect(await world.send('POST', '/Users', body)).toMatchObject({
      status: 400,
      body: { scimType },
    });
  });
  test('PUT replaces all but what is ours, and nobody who is out comes in by silence', async () => {
    const id = await world.addUser('ann', { ...ANN, active: false });
    const put = await world.send('PUT', `/Users/${id}`, { schemas: [USER_URN], userName: 'ann2' });
    expect(put).toMatchObject({
      status: 200,
      etag: 'W/"2"',
      body: { userName: 'ann2', active: false },
    });
    expect(put.body).not.toHaveProperty('emails');
  });
  test("DELETE: it is gone, and so is the person; the id is never another's", async () => {
    const id = await world.addUser('ann', ANN);
    expect(await world.send('DELETE', `/Users/${id}`)).toEqual({ status: 204 });
    for (const method of ['GET', 'DELETE'])
      expect(await world.send(method, `/Users/${id}`)).toMatchObject({ status: 404 });
    expect(account(id)).toMatchObject({ active: false, signedOutAt: expect.any(Number) });
    expect((await world.send('GET', '/Users')).body).toMatchObject({ totalResults: 0 });
  });
  test('tags: what changed meanwhile is not changed again', async () => {
    const id = await world.addUser('ann');
    const body = { schemas: [USER_URN], userName: 'ann', title: 'A' };
    expect(await world.send('PUT', `/Users/${id}`, body, { ifMatch: 'W/"2"' })).toMatchObject({
      status: 412,
    });
    expect(await world.send('PUT', `/Users/${id}`, body, { ifMatch: '"7", W/"1"' })).toMatchObject({
      status: 200,
      etag: 'W/"2"',
    });
    expect(
      await world.send('DELETE', `/Users/${id}`, undefined, { ifMatch: 'W/"1"' }),
    ).toMatchObject({ status: 412 });
    expect(await world.send('GET', `/Users/${id}`, undefined, { ifNoneMatch: 'W/"2"' })).toEqual({
      status: 304,
      etag: 'W/"2"',
    });
    expect(await world.send('DELETE', `/Users/${id}`, undefined, { ifMatch: '*' })).toEqual({
      status: 204,
    });
  });
  test('two changes at once are both made', async () => {
    const id = await world.addUser('ann');
    const [a, b] = await Promise.all([
      world.patch(`/Users/${id}`, { op: 'add', path: 'title', value: 'Chief' }),
      world.patch(`/Users/${id}`, { op: 'add', path: 'nickName', value: 'Annie' }),
    ]);
    expect([a?.status, b?.status]).toEqual([200, 200]);
    expect((await world.send('GET', `/Users/${id}`)).body).toMatchObject({
      title: 'Chief',
      nickName: 'Annie',
    });
  });
});

describe('lists', () => {
  beforeEach(async () => {
    for (const name of ['ann', 'bob', 'cat', 'dan', 'eve'])
      await world.addUser(name, {
        externalId: `X-${name}`,
        displayName: `${name} Doe`,
        active: name !== 'cat',
        emails: [
          { value: `${name}@Example.com`, type: 'work' },
          { value: `${name}@home.example`, type: 'home' },
        ],
      });
  });
  test.each([
    ['userName eq "ANN"', ['ann']],
    ['externalId eq "X-bob"', ['bob']],
    ['externalId eq "x-bob"', []],
    ['urn:ietf:params:scim:schemas:core:2.0:User:userName eq "ann"', ['ann']],
    ['USERNAME EQ "ann" and active eq true', ['ann']],
    ['userName eq "cat" and active eq true', []],
    ['active eq false', ['cat']],
    ['displayName sw "D" or displayName sw "e"', ['dan', 'eve']],
    ['emails.value co "@example.com"', ['ann', 'bob', 'cat', 'dan', 'eve']],
    ['emails[type eq "WORK" and value sw "dan@"]', ['dan']],
    ['emails[type eq "home"].value eq "bob@home.example"', ['bob']],
    ['not (userName sw "a" or userName sw "b")', ['cat', 'dan', 'eve']],
    ['title pr', []],
    ['meta.created gt "1970-01-01T00:00:00.000Z" and userName gt "d"', ['dan', 'eve']],
    ['id eq "nobody"', []],
  ])('%s', async (filter, expected) => {
    const { status, body } = await world.send('GET', filtered('Users', filter));
    expect([status, names(body)]).toEqual([200, expected]);
    expect(body['totalResults']).toBe(expected.length);
  });
  test.each([
    ['', 1, 5, 5],
    ['?startIndex=2&count=2', 2, 2, 5],
    ['?startIndex=5&count=10', 5, 1, 5],
    ['?startIndex=6', 6, 0, 5],
    ['?startIndex=0&count=-3', 1, 0, 5],
    ['?count=0', 1, 0, 5],
    ['?startIndex=2&count=1&filter=active+eq+true', 2, 1, 4],
  ])('pages: %s', async (query, startIndex, itemsPerPage, totalResults) => {
    const { body } = await world.send('GET', `/Users${query}`);
    expect(body).toMatchObject({ startIndex, itemsPerPage, totalResults });
    expect(body['Resources']).toHaveLength(itemsPerPage);
  });
  test('an indexed look-up opens nobody else', async () => {
    // as after a restart: nothing is at hand
    const opened: string[] = [];
    const again = await makeWorld(() => undefined, {
      ...world.store,
      blob: (stream, name) => {
        if (name !== 'key') opened.push(stream);
        return world.store.blob(stream, name);
      },
    });
    for (const filter of ['userName eq "DAN" and active eq true', 'externalId eq "X-dan"']) {
      const { body } = await again.send('GET', filtered('Users', filter));
      expect(names(body)).toEqual(['dan']);
    }
    expect(new Set(opened).size).toBe(1);
    await again.send('GET', filtered('Users', 'displayName eq "nobody"'));
    expect(new Set(opened).size).toBe(5);
  });
  test('pages join without a gap or a repetition', async () => {
    const pages = await Promise.all(
      [1, 3, 5].map((at) => world.send('GET', `/Users?startIndex=${at}&count=2`)),
    );
    expect(pages.flatMap(({ body }) => names(body))).toEqual(['ann', 'bob', 'cat', 'dan', 'eve']);
  });
  test.each([
    ['?attributes=userName', ['id', 'schemas', 'userName']],
    ['?attributes=NAME.familyName,active', ['active', 'id', 'schemas']],
    [
      '?excludedAttributes=emails,meta,externalid,schemas',
      ['active', 'displayName', 'id', 'schemas', 'userName'],
    ],
  ])('attributes: %s', async (query, expected) => {
    const { body } = await world.send('GET', `/Users${query}`);
    for (const one of body['Resources']) expect(Object.keys(one).toSorted()).toEqual(expected);
  });
});

describe('R5: who comes back stays who they were', () => {
  test('under the same external id it is the same person', async () => {
    const id = await world.addUser('ann', ANN);
    await world.send('DELETE', `/Users/${id}`);
    expect(await world.addUser('ann.married', ANN)).toBe(id);
    expect(account(id)?.active).toBe(true);
  });
  test('under the same user name alone it is another account, linked to the one before', async () => {
    const id = await world.addUser('ann');
    await world.send('DELETE', `/Users/${id}`);
    const next = await world.addUser('ANN');
    expect(next).not.toBe(id);
    expect(account(next)).toMatchObject({ linkedTo: id, active: true });
    expect(account(id)?.active).toBe(false);
  });
  test('who had signed in before is the same account', async () => {
    world = await makeWorld((provider, subject) =>
      provider === 'okta' && subject === '00u1' ? 'per_before' : undefined,
    );
    expect(await world.addUser('ann', ANN)).toBe('per_before');
  });
  test('who signs in is found by the rule of the connection', async () => {
    const ann = await world.addUser('ann', ANN);
    const who = { key: KEY, subject: '00u1', subjectDigest: 'd1' };
    const { roster } = world;
    const connection = { id: 'okta', provider: 'okta', match: 'external-id' } as const;
    expect(provisionedPerson(roster.now(), connection, who)).toBe(ann);
    expect(provisionedPerson(roster.now(), { ...connection, id: 'foreign' }, who)).toBeUndefined();
    const byName = { ...connection, match: 'user-name' } as const;
    expect(provisionedPerson(roster.now(), byName, who)).toBeUndefined();
    expect(provisionedPerson(roster.now(), byName, { ...who, userName: 'ANN' })).toBe(ann);
    await roster.change((_, at) => ({
      ok: true,
      value: {
        events: [
          { type: 'person.added', at, by: 'sign-in', person: ann, provider: 'okta', subject: 'd1' },
        ],
      },
    }));
    expect(provisionedPerson(roster.now(), byName, { ...who, userName: 'ann' })).toBe(ann);
    // another subject under her user name is not her
    expect(
      provisionedPerson(roster.now(), byName, { ...who, subjectDigest: 'd2', userName: 'ann' }),
    ).toBeUndefined();
    await world.send('DELETE', `/Users/${ann}`);
    expect(provisionedPerson(roster.now(), connection, who)).toBeUndefined();
  });
});

describe('no connection touches what another has', () => {
  test('users of another are not found, listed, changed or taken over', async () => {
    const id = await world.addUser('ann', ANN);
    const from = OTHER;
    const path = `/Users/${id}`;
    const body = { schemas: [USER_URN], userName: 'mine' };
    expect(await world.send('GET', path, undefined, { from })).toMatchObject({ status: 404 });
    expect(await world.send('PUT', path, body, { from })).toMatchObject({ status: 404 });
    expect(
      await world.send(
        'PATCH',
        path,
        { schemas: [PATCH_URN], Operations: [{ op: 'replace', value: { active: false } }] },
        { from },
      ),
    ).toMatchObject({ status: 404 });
    expect(await world.send('DELETE', path, undefined, { from })).toMatchObject({ status: 404 });
    expect((await world.send('GET', '/Users', undefined, { from })).body).toMatchObject({
      totalResults: 0,
    });
    for (const filter of [`id eq "${id}"`, 'userName eq "ann"', 'active eq true'])
      expect(
        (await world.send('GET', filtered('Users', filter), undefined, { from })).body,
      ).toMatchObject({ totalResults: 0 });
    expect(
      await world.send(
        'POST',
        '/Users',
        { schemas: [USER_URN], userName: 'ann', ...ANN },
        { from },
      ),
    ).toMatchObject({ status: 201 });
    expect(account(id)?.active).toBe(true);
  });
  test('not even where both know who signed in', async () => {
    world = await makeWorld(() => 'per_before');
    expect(await world.addUser('ann', ANN)).toBe('per_before');
    const from = { id: 'second', provider: 'okta', match: 'external-id' } as const;
    const { body } = await world.send(
      'POST',
      '/Users',
      { schemas: [USER_URN], userName: 'ann', ...ANN },
      { from },
    );
    expect(body.id).not.toBe('per_before');
    expect(account(body.id)?.linkedTo).toBe('per_before');
    expect(account('per_before')?.provisioned?.connection).toBe('okta');
  });
});
