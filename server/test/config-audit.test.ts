import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeBundle, fromUtf8, instant, type LedgerStore } from '@countersign/core';
import { createMemoryStore } from '@countersign/core/testing';
import { audit, type InForce } from '../src/config/audit.ts';
import { NO_ROUTING } from '../src/routing/routing.ts';
import { differences, fitting } from '../src/config/audit-diff.ts';
import { createConfiguration } from '../src/followers/configuration.ts';
import { createLog } from '../src/log.ts';
import { createTroubles } from '../src/troubles.ts';
import { ENV, GOOD, load, tokenOf } from './config-fixture.ts';
import { startGateway, tokens, type Fixture } from './gateway-fixture.ts';

type Entry = {
  readonly n: number;
  readonly type: string;
  readonly digest: string;
  readonly gateway: string;
  readonly replica: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly changes?: readonly unknown[];
  readonly omitted?: number;
};

describe('what came in force is an entry of the ledger', () => {
  let gateway: Fixture;
  let given: string;
  const path = (): string => join(gateway.folder, 'countersign.yaml');
  beforeAll(async () => {
    gateway = await startGateway();
    given = readFileSync(path(), 'utf8');
  });
  afterAll(() => gateway.stop());

  const sizeOf = async (): Promise<string> => {
    const { body } = await gateway.call<string>(undefined, 'GET', '/metrics');
    return /^countersign_ledger_entries (\d+)$/m.exec(body)?.[1] ?? '0';
  };
  /** As any stranger reads them. */
  async function entries(): Promise<readonly Entry[]> {
    const url = `${gateway.url()}/ledger/tile/entries/000.p/${await sizeOf()}`;
    const bundle = new Uint8Array(await (await fetch(url)).arrayBuffer());
    return (decodeBundle(bundle) ?? [])
      .map((entry) => JSON.parse(fromUtf8(entry)) as Entry)
      .filter(({ type }) => type === 'config.in-force');
  }
  async function turnTo(text: string): Promise<Entry> {
    const before = (await entries()).length;
    writeFileSync(path(), text);
    for (;;) {
      const all = await entries();
      const last = all.at(-1);
      if (all.length > before && last) return last;
      await new Promise((resolve) => void setTimeout(resolve, 20));
    }
  }

  test('the first one says who and how many; nothing to compare it with', async () => {
    const [first, ...more] = await entries();
    expect(more).toEqual([]);
    expect(first).toEqual({
      v: 1,
      stream: 'config',
      n: 1,
      type: 'config.in-force',
      at: expect.any(Number),
      digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      gateway: '0.1.0',
      replica: expect.stringMatching(/^[\w.-]+$/),
      counts: expect.objectContaining({ agents: 2, executors: 1, people: 17, resources: 2 }),
    });
  });
  test('a start with the same configuration adds nothing', async () => {
    await gateway.restart();
    expect(await entries()).toHaveLength(1);
  });
  test('a reload says what changed: settings with their values, of entries only the names', async () => {
    const text = given
      .replace('owner: eve, teams: [data-agents]', 'owner: eve, teams: [secret-team]')
      .replace(/^.*id: gone.*\n/m, '')
      .concat('kill_switch: { agents: [other] }\n');
    const entry = await turnTo(text);
    expect(entry.changes).toEqual([
      { what: 'setting', name: 'kill_switch.agents', from: [], to: ['other'] },
      { what: 'changed', list: 'agents', id: 'other', members: ['teams'] },
      { what: 'removed', list: 'people', id: 'gone' },
    ]);
    expect(entry.omitted).toBe(0);
  });
  test('what needs a restart is in force only after it', async () => {
    const entry = await turnTo(given.replace('grant_ttl: 1m', 'grant_ttl: 2m'));
    expect(entry.changes).not.toContainEqual(expect.objectContaining({ name: 'limits.grant_ttl' }));
    await gateway.restart();
    expect((await entries()).at(-1)?.changes).toEqual([
      { what: 'setting', name: 'limits.grant_ttl', from: 60_000, to: 120_000 },
    ]);
  });
  test('R9: no token, no digest of one, no team, no folder in anything a stranger can read', async () => {
    const told = JSON.stringify(await entries());
    const { createHash } = await import('node:crypto');
    const digests = Object.values(tokens()).map((token) =>
      createHash('sha256').update(token).digest('hex'),
    );
    for (const hidden of [...Object.values(tokens()), ...digests, 'secret-team', gateway.folder])
      expect(told).not.toContain(hidden);
  });
});

const KEY = new Uint8Array(32).fill(7);
const on = async (listen: string) =>
  audit(await inForce(`${GOOD}metrics: { listen: '${listen}' }\n`), KEY);
const inForce = async (text: string, env = ENV): Promise<InForce> => {
  const loaded = await load(text, env);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  return { config: loaded.value.config, types: [], routing: NO_ROUTING };
};

describe('what is kept of a configuration', () => {
  test('R9: a changed token shows as changed, and as nothing else', async () => {
    const before = audit(await inForce(GOOD), KEY);
    const after = audit(await inForce(GOOD, { ...ENV, BOT: tokenOf('csk', 'newer') }), KEY);
    expect(differences(before, after)).toEqual([
      { what: 'changed', list: 'agents', id: 'data-bot', members: ['token'] },
    ]);
    const { config } = await inForce(GOOD);
    for (const { tokenDigest } of [...config.agents, ...config.people])
      expect(JSON.stringify(before)).not.toContain(tokenDigest?.slice('sha256:'.length) ?? '?');
  });
  test('marks say nothing without the key', async () => {
    const one = audit(await inForce(GOOD), KEY);
    const other = audit(await inForce(GOOD), new Uint8Array(32).fill(8));
    expect(differences(one, other).length).toBeGreaterThan(0);
    expect(differences(one, audit(await inForce(GOOD), KEY))).toEqual([]);
  });
  test('a port is a matter of one machine, a host is not', async () => {
    expect(differences(await on('10.0.0.1:1'), await on('10.0.0.1:2'))).toEqual([]);
    expect(differences(await on('10.0.0.1:1'), await on('0.0.0.0:1'))).toEqual([
      { what: 'setting', name: 'metrics.listen', from: '10.0.0.1', to: '0.0.0.0' },
    ]);
  });
  test('more changes than an entry can hold are counted', () => {
    const changes = Array.from(
      { length: 5_000 },
      (_, i) => ({ what: 'added', list: 'agents', id: `agent-${i}` }) as const,
    );
    const cut = fitting(changes, 32_768);
    expect(cut.changes.length + cut.omitted).toBe(5_000);
    expect(cut.changes.length).toBeGreaterThan(100);
    expect(JSON.stringify(cut.changes).length).toBeLessThan(32_768);
  });
});

const quiet = createLog({ level: 'error', now: Date.now, write: () => undefined });
const clock = () => instant(1);
const recorderOn = (store: LedgerStore, replica: string) => {
  const troubles = createTroubles(clock);
  return {
    troubles,
    recorder: createConfiguration({
      store,
      clock,
      key: KEY,
      replica: { replica, version: '0' },
      troubles,
      log: quiet,
    }),
  };
};

test('replicas that start at once with the same configuration write one entry', async () => {
  const store = createMemoryStore({});
  const same = await inForce(GOOD);
  await Promise.all(['a', 'b', 'c'].map((name) => recorderOn(store, name).recorder.record(same)));
  expect(await store.read('config')).toHaveLength(1);
});

test('a configuration that cannot be written is in force, a trouble, and written later', async () => {
  const inner = createMemoryStore({});
  let isFull = true;
  const store: LedgerStore = {
    ...inner,
    append: async (unit) =>
      isFull ? { ok: false, error: { code: 'overloaded' } } : inner.append(unit),
  };
  const { recorder, troubles } = recorderOn(store, 'a');
  recorder.follow(await inForce(GOOD));
  while (!troubles.now('config-record')) await new Promise((resolve) => setImmediate(resolve));
  isFull = false;
  while (troubles.now('config-record'))
    await new Promise((resolve) => void setTimeout(resolve, 20));
  expect(await inner.read('config')).toHaveLength(1);
  await recorder.stop();
});
