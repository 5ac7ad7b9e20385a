import { crc32 } from 'node:zlib';
import { instant } from '@countersign/core';
import { describe, expect, test } from 'vitest';
import {
  isKeyGood,
  isStopped,
  keyIdOf,
  makeKey,
  nothingSaid,
  type AgentEvent,
  type RosterState,
} from '../src/index.ts';
import { keyOf } from '../src/agents/key.ts';
import { tell } from '../src/roster/state.ts';

describe('a key', () => {
  test('names itself, carries 256 bits, and is told from a look-alike', () => {
    const { id, key, digest } = makeKey();
    expect(key).toMatch(/^csk_[0-9A-Za-z]{16}_[0-9A-Za-z]{49}$/);
    expect(keyIdOf(key)).toBe(id);
    expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(makeKey().key).not.toBe(key);
  });
  test('its check is CRC-32 in base 62 of what stands before it, so that scanners can tell', () => {
    const letters = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
    const { key } = makeKey();
    let check = 0;
    for (const one of key.slice(-6)) check = check * 62 + letters.indexOf(one);
    expect(check).toBe(crc32(key.slice(0, -6)));
  });
  test.each([
    [
      'a changed letter',
      (key: string) => key.slice(0, 30) + (key[30] === 'a' ? 'b' : 'a') + key.slice(31),
    ],
    ['another name', (key: string) => `csk_${'A'.repeat(16)}${key.slice(20)}`],
    ['cut short', (key: string) => key.slice(0, -1)],
    ['with a tail', (key: string) => `${key}a`],
    ['one of the configuration', () => `csk_${'x'.repeat(24)}`],
    ['nothing', () => ''],
  ])('%s is no key', (_, spoil) => {
    expect(keyIdOf(spoil(makeKey().key))).toBeUndefined();
  });
});

const at = (ms: number) => instant(ms);
const by = 'ada';
function stateOf(...events: readonly AgentEvent[]): RosterState {
  const state = nothingSaid();
  for (const [seq, event] of events.entries()) tell(state, event, seq);
  return state;
}
const profile = {
  owner: 'olga',
  teams: [],
  trust: 0,
  quarantined: false,
  actsFor: [],
  delegators: [],
  workloads: [],
};
const registered: AgentEvent = {
  type: 'agent.registered',
  at: at(1),
  by,
  agent: 'etl',
  ...profile,
};
const made = makeKey();
const issued: AgentEvent = {
  type: 'agent.key-issued',
  at: at(2),
  by,
  agent: 'etl',
  key: made.id,
  name: 'nightly',
  digest: made.digest,
  expiresAt: at(1_000),
};
const key = (state: RosterState) => state.agents.keys.get(made.id);

describe('what the ledger says of agents', () => {
  test('a key is good until it ends, and found by the whole of it alone', () => {
    const state = stateOf(registered, issued);
    const found = keyOf(state.agents, made.key);
    expect(found).toMatchObject({ agent: 'etl', issuedBy: 'ada' });
    expect(found && [999, 1_000].map((ms) => isKeyGood(found, at(ms)))).toEqual([true, false]);
    expect(keyOf(state.agents, makeKey().key)).toBeUndefined();
  });
  test('ATTACKER: what is said later never makes a key good for longer', () => {
    const longer = {
      ...issued,
      type: 'agent.key-shortened',
      at: at(3),
      expiresAt: at(9_000),
    } as const;
    const revoked: AgentEvent = {
      type: 'agent.key-revoked',
      at: at(4),
      by,
      agent: 'etl',
      key: made.id,
    };
    expect(key(stateOf(registered, issued, longer))?.expiresAt).toBe(1_000);
    const state = stateOf(registered, issued, revoked, { ...issued, at: at(5) });
    expect(key(state)).toMatchObject({ revokedAt: 4, expiresAt: 1_000 });
    // not by naming another agent either
    expect(
      key(stateOf(registered, issued, { ...revoked, agent: 'other' }))?.revokedAt,
    ).toBeUndefined();
  });
  test('R5: an id stands for one agent for ever, and a retired one stays so', () => {
    const again: AgentEvent = { ...registered, at: at(9), owner: 'eve' };
    const retired: AgentEvent = { type: 'agent.retired', at: at(8), by, agent: 'etl' };
    const state = stateOf(registered, retired, again, { ...again, type: 'agent.changed' });
    expect(state.agents.registered.get('etl')).toMatchObject({ owner: 'olga', isRetired: true });
  });
  test('who bound a workload stays who did, until it is bound otherwise', () => {
    const workloads = [{ issuer: 'github', claims: { repository_id: '1' } }];
    const bound: AgentEvent = { ...registered, workloads };
    const boundBy = (...more: readonly AgentEvent[]) =>
      stateOf(bound, ...more).agents.registered.get('etl')?.boundBy;
    const changed = { ...bound, type: 'agent.changed', by: 'bea' } as const;
    expect(boundBy()).toBe('ada');
    expect(boundBy({ ...changed, trust: 3 })).toBe('ada');
    expect(boundBy({ ...changed, spiffe: 'spiffe://a/b' })).toBe('bea');
    expect(boundBy({ ...changed, workloads: [] })).toBeUndefined();
  });
  test('one stop does not lift another', () => {
    const all: AgentEvent = { type: 'agents.stopped', at: at(3), by, reason: 'leak' };
    const one: AgentEvent = { type: 'agent.stopped', at: at(4), by, agent: 'etl', reason: 'odd' };
    const { agents } = stateOf(all, one);
    expect(['etl', 'other'].map((id) => isStopped(agents, id))).toEqual([true, true]);
    const go: AgentEvent = { type: 'agents.resumed', at: at(5), by };
    const after = stateOf(all, one, go).agents;
    expect(['etl', 'other'].map((id) => isStopped(after, id))).toEqual([true, false]);
    const on: AgentEvent = { type: 'agent.resumed', at: at(6), by, agent: 'etl' };
    expect(isStopped(stateOf(all, one, on).agents, 'etl')).toBe(true);
    expect(isStopped(stateOf(all, one, go, on).agents, 'etl')).toBe(false);
  });
});
