import { instant, type Instant } from '@countersign/core';
import { createMemoryStore } from '@countersign/core/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startFakeGoogle, type FakeGoogle } from '../../test/fake-google.ts';
import {
  createGoogleDirectory,
  createProfiles,
  createRoster,
  DirectoryFailure,
  followDirectories,
  readServiceAccount,
  type DirectoryFollower,
  type Profiles,
  type Roster,
} from '../src/index.ts';

let google: FakeGoogle;
let now = Date.now();
const clock = (): Instant => instant(now);
const ask = (email: string): Promise<readonly string[]> =>
  directory().groupsOf(email, AbortSignal.timeout(2_000));
const directory = () => {
  const account = readServiceAccount(google.keyFile);
  if (!account) throw new Error('no account');
  return createGoogleDirectory({ account, endpoint: google.url, now: clock });
};
beforeEach(async () => {
  now = Date.now();
  google = await startFakeGoogle();
  google.now = clock;
  google.groups.set('ann@x.example', ['Payers@x.example', 'all@x.example', 'b@x.example']);
});
afterEach(() => google.close());

describe('Google Workspace', () => {
  test('all pages, in small letters, by one token', async () => {
    const one = directory();
    const groups = await one.groupsOf('ann@x.example', AbortSignal.timeout(2_000));
    expect(groups).toEqual(['all@x.example', 'b@x.example', 'payers@x.example']);
    google.groups.set('ann@x.example', []);
    expect(await one.groupsOf('ann@x.example', AbortSignal.timeout(2_000))).toEqual([]);
    expect(google.tokens()).toBe(1);
    now += 3_600_000;
    await one.groupsOf('ann@x.example', AbortSignal.timeout(2_000));
    expect(google.tokens()).toBe(2);
  });
  test.each([
    ['an address that ends the quote', "x' || 'a' == 'a"],
    ['no address', ''],
    ['an unknown member', 'nobody@x.example'],
  ])('R2: %s is a failure, not an empty list', async (_, email) => {
    await expect(ask(email)).rejects.toThrow(DirectoryFailure);
  });
  test.each([500, 403, 302] as const)('R2: so is %d', async (status) => {
    google.trouble = status;
    await expect(ask('ann@x.example')).rejects.toThrow(DirectoryFailure);
  });
  test('R2: so is silence', async () => {
    google.trouble = 'silent';
    await expect(directory().groupsOf('ann@x.example', AbortSignal.timeout(50))).rejects.toThrow(
      DirectoryFailure,
    );
  });
  test.each(['', '{', '[]', '{"client_email":"x"}'])('a key file that is none: %s', (text) => {
    expect(readServiceAccount(text)).toBeUndefined();
  });
});

describe('groups as their directory has them', () => {
  let roster: Roster;
  let profiles: Profiles;
  let follower: DirectoryFollower;
  const failures: unknown[] = [];
  const add = async (person: string, email?: string): Promise<void> => {
    await roster.change((_, at) => ({
      ok: true,
      value: {
        events: [
          { type: 'person.added', at, by: 'sign-in', person, provider: 'google', subject: person },
        ],
      },
    }));
    if (email !== undefined) await profiles.tell(person, { email }, 'sign-in');
  };
  const groupsOf = (person: string) => roster.now().people.accounts.get(person)?.groups.directory;
  beforeEach(async () => {
    failures.length = 0;
    const store = createMemoryStore({ clock });
    roster = await createRoster(store, clock);
    profiles = createProfiles({
      store,
      clock,
      masterKey: new Uint8Array(32),
      onFailure: (error) => failures.push(error),
    });
    follower = followDirectories({
      directories: [
        {
          id: 'g',
          provider: 'google',
          map: new Map([
            ['payers@x.example', 'payments'],
            ['b@x.example', 'payments'],
          ]),
          directory: directory(),
        },
      ],
      roster,
      profiles,
      leases: { hold: async () => true },
      clock,
      onFailure: (error) => failures.push(error),
    });
  });
  afterEach(() => follower.stop());

  test('a poll asks for everybody; only what changed is an entry', async () => {
    await add('per_ann', 'ann@x.example');
    await add('per_no');
    await follower.poll();
    expect(groupsOf('per_ann')).toEqual(['payments']);
    expect(groupsOf('per_no')).toBeUndefined();
    expect(failures).toHaveLength(1);
    const { version } = roster.now();
    await follower.poll();
    expect(roster.now().version).toBe(version);
    google.groups.set('ann@x.example', []);
    await follower.poll();
    expect(groupsOf('per_ann')).toEqual([]);
  });
  test('before a decision it is asked again, unless that was a moment ago', async () => {
    await add('per_ann', 'ann@x.example');
    await follower.recheck('per_ann');
    expect(groupsOf('per_ann')).toEqual(['payments']);
    google.groups.set('ann@x.example', []);
    google.trouble = 500;
    await follower.recheck('per_ann'); // a moment ago
    now += 61_000;
    await expect(follower.recheck('per_ann')).rejects.toThrow(DirectoryFailure);
    google.trouble = undefined;
    await follower.recheck('per_ann');
    expect(groupsOf('per_ann')).toEqual([]);
  });
  test('people of other providers, and those SCIM tells of, are not asked for', async () => {
    await add('per_ann', 'ann@x.example');
    await roster.change((_, at) => ({
      ok: true,
      value: {
        events: [
          {
            type: 'person.provisioned',
            at,
            by: 'scim:s',
            person: 'per_ann',
            provider: 'google',
            connection: 's',
            userName: 'd',
            isActive: true,
            record: 1,
          },
          {
            type: 'person.added',
            at,
            by: 'sign-in',
            person: 'per_okta',
            provider: 'okta',
            subject: 'o',
          },
        ],
      },
    }));
    for (const person of ['per_ann', 'per_okta', 'configured']) await follower.recheck(person);
    await follower.poll();
    expect(google.asked).toEqual([]);
  });
});
