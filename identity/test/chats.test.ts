import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { random, type ChatAccount } from '@countersign/core';
import { createFixedClock, createMemoryStore, type MemoryStore } from '@countersign/core/testing';
import {
  chatAccountOf,
  createChatAccounts,
  createRoster,
  type ChatAccounts,
  type Roster,
} from '../src/index.ts';

const guid = (name: string): string =>
  createHash('sha256')
    .update(name)
    .digest('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
const slack = (user: string, tenant = 'T1'): ChatAccount => ({ kind: 'slack', tenant, user });
const key = random(32);

let store: MemoryStore;
let roster: Roster;
let accounts: ChatAccounts;
const open = async (): Promise<void> => {
  const clock = createFixedClock();
  roster = await createRoster(store, clock);
  accounts = createChatAccounts({ roster, store, clock, masterKey: key, key });
};
beforeEach(async () => {
  store = createMemoryStore();
  await open();
});
const entriesOf = async (): Promise<readonly string[]> =>
  (await store.range(0, (await store.head()).size)).map(({ entry }) => entry);

describe('L34 whose account is whose', () => {
  test('R9 the ledger has digests; the ids are sealed beside the person, and gone once erased', async () => {
    await accounts.link('rita', slack('URITA'), 'rita');
    await open(); // another process
    expect(accounts.personOf(slack('URITA'))).toBe('rita');
    expect(await accounts.accountOf('rita', slack(''))).toEqual(slack('URITA'));
    expect((await entriesOf()).join('\n')).not.toMatch(/URITA|"T1"/);
    await store.erase('person-rita');
    await open();
    expect(await accounts.accountOf('rita', slack(''))).toBeUndefined();
    expect(await accounts.of('rita')).toEqual([{ kind: 'slack', since: expect.any(Number) }]);
    // whose it is still holds: it stays nobody else's
    expect(await accounts.link('ron', slack('URITA'), 'ron')).toEqual({
      ok: false,
      error: 'chat-taken',
    });
  });
  test('T29 of twenty who claim an account at once, one has it', async () => {
    const people = Array.from({ length: 20 }, (_, i) => `p${i}`);
    const told = await Promise.all(people.map((one) => accounts.link(one, slack('U1'), one)));
    expect(told.filter(({ ok }) => ok)).toHaveLength(1);
    const linked = (await entriesOf()).filter((entry) => entry.includes('"chat.linked"'));
    expect(linked).toHaveLength(1);
  });
  test('one in each workspace: the next replaces it; the same again changes nothing', async () => {
    await accounts.link('rita', slack('U1'), 'rita');
    await accounts.link('rita', slack('U9', 'T2'), 'rita');
    await accounts.link('rita', slack('U2'), 'rita');
    expect(accounts.personOf(slack('U1'))).toBeUndefined();
    expect(accounts.personOf(slack('U9', 'T2'))).toBe('rita');
    const before = (await entriesOf()).length;
    await accounts.link('rita', slack('U2'), 'rita');
    expect((await entriesOf()).length).toBe(before);
    expect(await accounts.link('ron', slack('U1'), 'ron')).toEqual({ ok: true, value: undefined });
  });
  test('a newer entry that would give it to another changes nothing', async () => {
    await accounts.link('rita', slack('U1'), 'rita');
    const [chat] = roster.now().chats.byPerson.get('rita') ?? [];
    if (!chat) throw new Error('not linked');
    await roster.change<never>((_, at) => {
      const { kind, tenant, account } = chat;
      const event = {
        type: 'chat.linked',
        at,
        by: 'x',
        person: 'ron',
        kind,
        tenant,
        account,
        record: 1,
      } as const;
      return { ok: true, value: { events: [event] } };
    });
    expect(accounts.personOf(slack('U1'))).toBe('rita');
  });
  test('ids of Teams are the same in capitals', async () => {
    const account = { kind: 'teams', tenant: guid('t'), user: guid('u') } as const;
    await accounts.link('rita', account, 'rita');
    const loud = { ...account, tenant: guid('t').toUpperCase(), user: guid('u').toUpperCase() };
    expect(accounts.personOf(loud)).toBe('rita');
  });
  test('attempts are told beside the person, and not without end', async () => {
    for (let i = 0; i < 60; i++) await accounts.refused('rita', 'slack', 'taken', slack('U1'));
    const told = (await entriesOf()).filter((entry) => entry.includes('"person.chat-refused"'));
    expect(told).toHaveLength(50);
    expect(JSON.parse(told[0] ?? '')).toMatchObject({
      stream: 'person-rita',
      by: 'rita',
      kind: 'slack',
      because: 'taken',
      account: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });
});

const claims = (team: string, enterprise?: string) => ({
  'https://slack.com/user_id': 'U1',
  'https://slack.com/team_id': team,
  ...(enterprise === undefined ? {} : { 'https://slack.com/enterprise_id': enterprise }),
});

describe('L34 which account an ID token vouches for', () => {
  const rows: readonly (readonly [string, string, object, string])[] = [
    ['a workspace', 'T1', claims('T1'), 'T1'],
    ['a workspace of an organization', 'T1', claims('T1', 'E1'), 'E1'],
    ['an organization', 'E1', claims('T7', 'E1'), 'E1'],
    ['another workspace', 'T1', claims('T2'), 'foreign'],
    ['another organization', 'E1', claims('T1', 'E2'), 'foreign'],
    ['nothing of a workspace', 'T1', { sub: 'U1' }, 'no-account'],
  ];
  test.each(rows)('Slack: %s', (_, tenant, given, expected) => {
    const found = chatAccountOf({ kind: 'slack', tenant }, { ...given });
    expect(found.ok ? found.value.tenant : found.error).toBe(expected);
  });
});
