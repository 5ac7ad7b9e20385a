// Another server's reading of RFC 7644 beside ours: where they differ, one of both is wrong, or it is written here why.
import SCIMMY from 'scimmy';
import { beforeAll, describe, expect, test } from 'vitest';
import { filtered, makeWorld, PATCH_URN, USER_URN, type World } from './scim-world.ts';

const PEOPLE = [
  {
    userName: 'ann',
    displayName: 'ann lee',
    title: 'chief',
    active: true,
    name: { givenName: 'ann', familyName: 'lee' },
    emails: [
      { value: 'ann@x.example', type: 'work', primary: true },
      { value: 'ann@home.example', type: 'home' },
    ],
  },
  // theirs throws where somebody has no name or no address at all: everybody has some
  {
    userName: 'bob',
    name: { givenName: 'bob', familyName: 'low' },
    displayName: 'bob',
    active: false,
    emails: [{ value: 'bob@x.example', type: 'work' }],
  },
  {
    userName: 'cat',
    active: true,
    name: { givenName: 'cat', familyName: 'lee' },
    externalId: 'c-1',
    emails: [{ value: 'cat@y.example', type: 'home' }],
  },
] as const;

describe('filters', () => {
  let world: World;
  beforeAll(async () => {
    world = await makeWorld();
    for (const { userName, ...more } of PEOPLE) await world.addUser(userName, more);
  });
  test.each([
    'userName eq "ann"',
    'userName ne "ann"',
    'userName sw "a"',
    'userName ew "b"',
    'userName co "a"',
    'userName gt "b"',
    'userName ge "bob"',
    'userName lt "b"',
    'userName le "bob"',
    'title pr',
    'not (title pr)',
    'name.familyName eq "lee"',
    'active eq true',
    'active eq false and userName pr',
    'externalId eq "c-1" or userName eq "ann"',
    'userName eq "ann" or userName eq "bob" and active eq true',
    '(userName eq "ann" or userName eq "bob") and active eq true',
    'emails[type eq "work"]',
    'emails[type eq "home" and value co "home"]',
    'emails.value co "x.example"',
    'emails.type eq "home"',
    // not `not (emails.type eq "home")`: theirs asks whether some value is another, the RFC negates the whole
    'nickName eq "x"',
    'name.givenName sw "an" and not (userName eq "bob")',
  ])('%s', async (filter) => {
    const theirs = new SCIMMY.Types.Filter(filter).match([...PEOPLE]) as (typeof PEOPLE)[number][];
    const ours = await world.send('GET', filtered('Users', filter));
    const names = ours.body['Resources'].map((one: { userName: string }) => one.userName);
    expect(names).toEqual(theirs.map(({ userName }) => userName));
  });
});

describe('PATCH', () => {
  test.each([
    [{ op: 'replace', path: 'displayName', value: 'ann l.' }],
    [{ op: 'add', path: 'nickName', value: 'annie' }],
    [{ op: 'remove', path: 'title' }],
    [{ op: 'replace', path: 'name.familyName', value: 'lea' }],
    [{ op: 'add', path: 'name.middleName', value: 'q' }],
    [{ op: 'remove', path: 'name.givenName' }],
    [{ op: 'replace', path: 'active', value: false }],
    [{ op: 'replace', value: { displayName: 'x', title: 'y' } }],
    [{ op: 'add', value: { nickName: 'n', name: { honorificPrefix: 'dr' } } }],
    [{ op: 'replace', path: 'emails[type eq "work"].value', value: 'new@x.example' }],
    [{ op: 'remove', path: 'emails[type eq "home"]' }],
    [{ op: 'remove', path: 'emails' }],
    [{ op: 'add', path: 'emails', value: [{ value: 'other@x.example', type: 'other' }] }],
    [{ op: 'replace', path: 'emails', value: [{ value: 'only@x.example', type: 'work' }] }],
    [
      { op: 'replace', path: 'userName', value: 'ann2' },
      { op: 'add', path: 'title', value: 'boss' },
      { op: 'remove', path: 'displayName' },
    ],
  ])('%j', async (...Operations) => {
    const world = await makeWorld();
    const [{ userName, ...more }] = PEOPLE;
    const id = await world.addUser(userName, more);
    const body = { schemas: [PATCH_URN], Operations };
    const { body: ours } = await world.send('PATCH', `/Users/${id}`, body);
    const before = new SCIMMY.Schemas.User({ schemas: [USER_URN], id, ...PEOPLE[0] }, 'out');
    const theirs = await new SCIMMY.Messages.PatchOp(structuredClone(body) as never).apply(before);
    expect(bare(ours)).toEqual(bare(theirs));
  });
});

/** Without what each server says in its own way: its times, and `primary` that is false. */
const bare = (resource: object): unknown =>
  JSON.parse(
    JSON.stringify(resource, (key, value: unknown) =>
      key === 'meta' || (key === 'primary' && value === false) ? undefined : value,
    ),
  );
