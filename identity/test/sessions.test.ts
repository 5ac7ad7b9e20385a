import { createHash } from 'node:crypto';
import { instant, ok, random, type Instant, type LedgerStore } from '@countersign/core';
import { createMemoryStore } from '@countersign/core/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  createRoster,
  createSessionCookie,
  createSessions,
  createTerminals,
  type Roster,
  type Sessions,
} from '../src/index.ts';

const KEY = random(32);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const BEGIN = Date.parse('2026-11-20T03:00:00Z');
let now: Instant;
let store: LedgerStore;
let roster: Roster;
let gone: Set<string>;
const clock = (): Instant => now;
const pass = (ms: number): void => void (now = instant(now + ms));

const open = (over: LedgerStore = store): Sessions =>
  createSessions({
    store: over,
    clock,
    random,
    roster,
    isActive: (person) => !gone.has(person),
    limits: { recentMs: HOUR, absoluteMs: 12 * HOUR },
  });
let sessions: Sessions;
let once = 0;
const opening = (more: object = {}) => ({
  kind: 'browser' as const,
  person: 'dana',
  provider: 'okta',
  authTime: now,
  once: { name: `sign-in:${once++}` },
  ...more,
});
async function opened(more: object = {}) {
  const made = await sessions.open(opening(more));
  if (!made.ok) throw new Error(made.error);
  return made.value;
}
const isAlive = async (secret: string, of = sessions): Promise<boolean> =>
  (await of.find(secret)) !== undefined && (await of.find(secret, { isFresh: true })) !== undefined;
const fact = (type: 'person.signed-out' | 'person.deactivated') =>
  roster.change((_, at) => ok({ events: [{ type, at, by: 'test', person: 'dana' }] }));

beforeEach(async () => {
  now = instant(BEGIN);
  gone = new Set();
  store = createMemoryStore({ clock });
  roster = await createRoster(store, clock);
  sessions = open();
});

describe('a session is over', () => {
  const rows: readonly (readonly [string, (id: string) => unknown])[] = [
    ['when it was ended', (id) => sessions.end(id, 'signed-out')],
    ['twelve hours after it began', () => pass(12 * HOUR)],
    ['when the person is not active any more', () => gone.add('dana')],
    ['when the person signed out everywhere', () => fact('person.signed-out')],
    ['when the person was deactivated', () => fact('person.deactivated')],
    ['when its session at the provider ended', () => sessions.endAtProvider('at-okta')],
  ];
  test.each(rows)('%s, at every gateway', async (_, happens) => {
    const other = open();
    const { secret, session } = await opened({ idpSession: 'at-okta' });
    expect(await isAlive(secret)).toBe(true);
    expect(await isAlive(secret, other)).toBe(true);
    await happens(session.id);
    expect(await sessions.find(secret)).toBeUndefined();
    expect(await other.find(secret)).toBeUndefined();
    expect(await other.find(secret, { isFresh: true })).toBeUndefined();
  });
  test('at once where something is decided, although nobody told this gateway', async () => {
    const deaf = open({ ...store, onAppended: () => () => undefined });
    const { secret, session } = await opened();
    expect(await isAlive(secret, deaf)).toBe(true);
    await sessions.end(session.id, 'signed-out');
    expect(await deaf.find(secret, { isFresh: true })).toBeUndefined();
  });
  test('not before', async () => {
    const { secret } = await opened({ idpSession: 'at-okta' });
    await opened({ idpSession: 'another' });
    await sessions.endAtProvider('another');
    pass(12 * HOUR - 1);
    expect(await isAlive(secret)).toBe(true);
  });
  test('a session opened after signing out everywhere lives', async () => {
    await fact('person.signed-out');
    pass(1);
    expect(await isAlive((await opened()).secret)).toBe(true);
  });
});

describe('what is kept', () => {
  test('of the secret only its digest, of what was used once that it was', async () => {
    const { secret, session } = await opened();
    const { size } = await store.head();
    const all = JSON.stringify(await store.range(0, size));
    expect(all).not.toContain(secret);
    expect(session.id).toBe(createHash('sha256').update(secret).digest('hex'));
    expect(await sessions.open(opening({ once: { name: `sign-in:${once - 1}` } }))).toEqual({
      ok: false,
      error: 'used',
    });
  });
  test('a person sees where they are signed in, newest first', async () => {
    const first = await opened();
    pass(MINUTE);
    const second = await opened({ kind: 'terminal' });
    await opened({ person: 'ben' });
    expect((await sessions.of('dana')).map(({ id }) => id)).toEqual([
      second.session.id,
      first.session.id,
    ]);
    await sessions.end(first.session.id, 'signed-out');
    expect((await sessions.of('dana')).map(({ kind }) => kind)).toEqual(['terminal']);
  });
  test.each([
    ['', 0],
    ['x'.repeat(43), 0],
    ['../session', 0],
  ])('%j is no secret', async (secret) => {
    expect(await sessions.find(secret)).toBeUndefined();
  });
});

test('proof is recent for an hour, and never where the provider does not say when', async () => {
  const { session } = await opened();
  expect(session.recentUntil).toBe(now + HOUR);
  expect((await opened({ authTime: instant(0) })).session.recentUntil).toBe(0);
});

describe('the cookie', () => {
  const cookie = createSessionCookie(KEY, { clock, idleMs: 30 * MINUTE });
  const secret = 's'.repeat(43);
  test('is good for thirty minutes after it was last used', () => {
    const value = cookie.write(secret);
    pass(30 * MINUTE - 1);
    expect(cookie.read(value)?.secret).toBe(secret);
    const renewed = cookie.write(secret);
    pass(1);
    expect(cookie.read(value)).toBeUndefined();
    pass(29 * MINUTE);
    expect(cookie.read(renewed)?.secret).toBe(secret);
  });
  test('is written anew at most once a minute', () => {
    const usedAt = now;
    expect(cookie.isStale(usedAt)).toBe(false);
    pass(MINUTE);
    expect(cookie.isStale(usedAt)).toBe(true);
  });
  test('of another installation is none', () => {
    const other = createSessionCookie(random(32), { clock, idleMs: MINUTE });
    expect(cookie.read(other.write(secret))).toBeUndefined();
    expect(other.csrf(secret)).not.toBe(cookie.csrf(secret));
  });
});

describe('a terminal is signed in by a browser', () => {
  const verifier = 'v'.repeat(43);
  const challenge = createHash('sha256').update(verifier).digest('base64url');
  const refused = { ok: false, error: 'code-invalid' };
  const setUp = async () => {
    const terminals = createTerminals({ key: KEY, clock, sessions });
    const { session } = await opened({ idpSession: 'at-okta' });
    return { terminals, session, code: terminals.codeFor(session, challenge) };
  };
  test('and the session is a terminal’s of the same person', async () => {
    const { terminals, code } = await setUp();
    const made = await terminals.redeem(code, verifier);
    expect(made).toMatchObject({
      ok: true,
      value: { session: { kind: 'terminal', person: 'dana' } },
    });
    await sessions.endAtProvider('at-okta');
    expect(await sessions.of('dana')).toEqual([]);
  });
  const rows: readonly (readonly [string, (it: Awaited<ReturnType<typeof setUp>>) => unknown])[] = [
    ['a second time', ({ terminals, code }) => terminals.redeem(code, verifier)],
    ['after two minutes', () => pass(2 * MINUTE)],
    ['after the person signed out', ({ session }) => sessions.end(session.id, 'signed-out')],
  ];
  test.each(rows)('not %s', async (_, before) => {
    const it = await setUp();
    await before(it);
    expect(await it.terminals.redeem(it.code, verifier)).toEqual(refused);
  });
  test.each([
    ['without the verifier', (code: string) => [code, ''] as const],
    ['with another verifier', (code: string) => [code, 'w'.repeat(43)] as const],
    ['by the challenge itself', (code: string) => [code, challenge] as const],
    ['changed', (code: string) => [`${code.slice(0, -2)}AA`, verifier] as const],
    ['cut', (code: string) => [code.slice(0, 10), verifier] as const],
  ])('not %s', async (_, stolen) => {
    const { terminals, code } = await setUp();
    expect(await terminals.redeem(...stolen(code))).toEqual(refused);
  });
});
