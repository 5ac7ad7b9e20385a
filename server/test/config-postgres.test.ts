import { nothingSaid, verifierOf } from '@countersign/identity';
import { expect, test } from 'vitest';
import { differences } from '../src/config/audit-diff.ts';
import { audit } from '../src/config/audit.ts';
import { createDirectory } from '../src/directory.ts';
import { NO_ROUTING } from '../src/routing/routing.ts';
import { ENV, GOOD, load, loadGood } from './config-fixture.ts';

const env = { ...ENV, READ: 'of the read lane', WRITE: 'of the write lane' };
const LANES =
  "read: { user: cs_read, password: 'env:READ' }, write: { user: cs_write, password: 'env:WRITE' }";
const gate = (listen: string, ...databases: readonly string[]): string =>
  `${GOOD}postgres:\n  ${listen}\n  databases:\n${databases.map((one) => `    - ${one}\n`).join('')}`;
const LOCAL = 'listen: 127.0.0.1:6432';

test('a database with everything that is not said filled in', async () => {
  const { config, warnings } = await loadGood(
    gate(
      LOCAL,
      `{ name: shop, host: localhost, ${LANES} }`,
      `{ name: shop2, socket: run, database: Shop, ${LANES}, mode: transactional, hold: none, search_path: [app, public], attrs: { env: { entity: Env, id: prod } } }`,
    ),
    env,
  );
  expect(warnings).toEqual([]);
  const [shop, other] = config.postgres.databases;
  expect(shop).toMatchObject({
    port: 5432,
    mode: 'read',
    holdMs: 120_000,
    notices: true,
    searchPath: ['public'],
    statementMs: 60_000,
    connections: 100,
  });
  expect(shop?.write.password?.reveal()).toBe('of the write lane');
  expect(other).toMatchObject({ holdMs: 0, searchPath: ['app', 'public'], database: 'Shop' });
  const directory = createDirectory(config, nothingSaid)();
  expect(directory.resource('Database', 'shop2')?.[0]?.attrs).toHaveProperty('env');
  expect(directory.resource('Database', 'crm')?.[0]?.attrs).toHaveProperty('owner');
});

test.each([
  ['{ name: shop }', 'missing-key', 'postgres.databases[0]'],
  [`{ name: shop, ${LANES} }`, 'missing-key', 'postgres.databases[0]'],
  [`{ name: shop, host: db, socket: run, ${LANES} }`, 'bad-value', 'postgres.databases[0]'],
  [`{ name: Shop!, host: localhost, ${LANES} }`, 'bad-name', 'postgres.databases[0].name'],
  [
    '{ name: shop, host: localhost, read: { user: app }, write: { user: app } }',
    'bad-value',
    'postgres.databases[0].write.user',
  ],
  [
    '{ name: shop, host: localhost, read: { user: a, password: in-clear }, write: { user: b } }',
    'literal-secret',
    'postgres.databases[0].read.password',
  ],
  [
    `{ name: shop, host: localhost, ${LANES}, tls: { ca: ca.pem } }`,
    'bad-value',
    'postgres.databases[0].tls.ca',
  ],
  [
    `{ name: crm, host: localhost, ${LANES}, attrs: { a: 1 } }`,
    'duplicate-id',
    'postgres.databases[0].attrs',
  ],
  [
    `{ name: shop, host: localhost, ${LANES}, search_path: ['a,b'] }`,
    'bad-name',
    'postgres.databases[0].search_path[0]',
  ],
])('R2: refused: %s', async (database, code, path) => {
  const loaded = await load(gate(LOCAL, database), env);
  expect(loaded.ok ? loaded.value.warnings : loaded.error).toContainEqual(
    expect.objectContaining({ code, path, severity: 'error' }),
  );
});

test.each([
  ['listen: 0.0.0.0:6432', 'not-loopback', 'error'],
  ['listen: 0.0.0.0:6432\n  plain_text: true', 'reachable', 'warning'],
  [`${LOCAL}\n  tls: { cert: c, key: k, client_ca: ca }`, 'missing-key', 'error'],
  ['plain_text: false', 'missing-key', 'warning'],
])('where it listens: %s', async (listen, code, severity) => {
  const loaded = await load(gate(listen, `{ name: shop, host: localhost, ${LANES} }`), env);
  expect(loaded.ok ? loaded.value.warnings : loaded.error).toContainEqual(
    expect.objectContaining({ code, severity }),
  );
});

const far = (tls: string) => gate(LOCAL, `{ name: shop, host: db.example, ${LANES}${tls} }`);

test('rows do not cross a network unseen', async () => {
  expect((await loadGood(far(''), env)).warnings).toEqual([]);
  for (const mode of ['require', 'disable'])
    expect((await loadGood(far(`, tls: { mode: ${mode} }`), env)).warnings).toMatchObject([
      { code: 'reachable' },
    ]);
});

test('R9: what is recorded of it tells no password', async () => {
  const { config } = await loadGood(gate(LOCAL, `{ name: shop, host: localhost, ${LANES} }`), env);
  const audited = audit({ config, types: [], routing: NO_ROUTING }, new Uint8Array(32));
  expect(audited.lists['postgres.databases']).toHaveProperty('shop');
  expect(audited.settings['postgres.listen']).toBe('127.0.0.1');
  expect(audited.settings['postgres.limits.connections']).toBe(500);
  expect(JSON.stringify(audited)).not.toContain('lane');
});

test('what columns hold is recorded: who takes a class away is seen', async () => {
  const { config } = await loadGood(GOOD);
  const holding = (holds: 'none' | 'pii.email') =>
    audit(
      {
        config,
        types: [],
        routing: NO_ROUTING,
        classes: { crm: { 'public.t': { id: { holds, isProposed: false } } } },
      },
      new Uint8Array(32),
    );
  expect(differences(holding('pii.email'), holding('none'))).toEqual([
    { what: 'changed', list: 'data_classes', id: 'crm.public.t', members: ['id'] },
  ]);
});

test('a token of the configuration is known by what SCRAM needs of it, where a gate listens', async () => {
  const { verifiers } = await loadGood(
    gate(LOCAL, `{ name: shop, host: localhost, ${LANES} }`),
    env,
  );
  expect(verifiers.get('data-bot')).toEqual(verifierOf('data-bot', ENV['BOT'] ?? ''));
  expect((await loadGood(GOOD)).verifiers.size).toBe(0);
});
