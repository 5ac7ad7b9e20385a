import { expect, test } from 'vitest';
import { audit } from '../src/config/audit.ts';
import { NO_ROUTING } from '../src/routing/routing.ts';
import { ENV, GOOD, load, loadGood } from './config-fixture.ts';

const env = { ...ENV, KEY: 'a key', OTHER: 'another' };
const servers = (...entries: readonly string[]): string =>
  `${GOOD}mcp:\n  servers:\n${entries.map((one) => `    - ${one}\n`).join('')}`;

test('a server with an address, and one that is a program, with what they are given', async () => {
  const { config, warnings } = await loadGood(
    servers(
      "{ name: notes, url: 'https://notes.example/mcp/', token: 'env:KEY', headers: { X-Set: 'env:OTHER' } }",
      "{ name: files, command: [node, server.js, '--root', .], env: { KEY: 'env:KEY' }, variables: { LEVEL: info }, cwd: tools, first_sight: review, limits: { hold: 2m, children: 3 } }",
    ),
    env,
  );
  expect(warnings).toEqual([]);
  const [notes, files] = config.mcp.servers;
  expect(notes).toMatchObject({
    url: 'https://notes.example/mcp',
    firstSight: 'accept',
    limits: { resultBytes: 4_194_304, callMs: 300_000, children: 16 },
  });
  expect(notes?.token?.reveal()).toBe('a key');
  expect(files).toMatchObject({
    command: ['node', 'server.js', '--root', '.'],
    firstSight: 'review',
    limits: { holdMs: 120_000, children: 3 },
  });
});

test.each([
  ['{ name: notes }', 'missing-key', 'mcp.servers[0]'],
  ["{ name: notes, url: 'https://x.example', command: [x] }", 'bad-value', 'mcp.servers[0]'],
  ['{ name: notes, command: [] }', 'missing-key', 'mcp.servers[0]'],
  ["{ name: No__tes, url: 'https://x.example' }", 'bad-name', 'mcp.servers[0].name'],
  [
    "{ name: n, url: 'https://x.example', unmasked: ['pii:email'] }",
    'bad-name',
    'mcp.servers[0].unmasked[0]',
  ],
  ["{ name: notes, url: 'http://x.example', token: 'env:KEY' }", 'bad-value', 'mcp.servers[0].url'],
  [
    "{ name: notes, url: 'https://x.example', token: secret-in-clear }",
    'literal-secret',
    'mcp.servers[0].token',
  ],
  [
    "{ name: notes, url: 'https://x.example', headers: { 'X-a: b': 'env:KEY' } }",
    'bad-name',
    'mcp.servers[0].headers.X-a: b',
  ],
  [
    "{ name: notes, url: 'https://x.example', token: 'env:KEY', headers: { authorization: 'env:KEY' } }",
    'bad-value',
    'mcp.servers[0].token',
  ],
  [
    "{ name: notes, url: 'https://x.example', env: { KEY: 'env:KEY' } }",
    'bad-value',
    'mcp.servers[0].env',
  ],
  [
    "{ name: notes, command: [x], headers: { X-Set: 'env:KEY' } }",
    'bad-value',
    'mcp.servers[0].headers',
  ],
  ["{ name: notes, adress: 'https://x.example' }", 'unknown-key', 'mcp.servers[0].adress'],
])('refused: %s', async (entry, code, path) => {
  const loaded = await load(servers(entry), env);
  const problems = loaded.ok ? [] : loaded.error;
  expect(problems.map((one) => [one.code, one.path.replaceAll('"', '')])).toContainEqual([
    code,
    path,
  ]);
  expect(JSON.stringify(problems)).not.toContain('secret-in-clear');
});

test('names are given once, also beside what agents bring themselves; issuers are known', async () => {
  const url = "url: 'https://x.example'";
  const twice = await load(servers(`{ name: notes, ${url} }`, `{ name: notes, ${url} }`), env);
  expect(twice.ok ? [] : twice.error).toMatchObject([{ code: 'duplicate-id' }]);
  const listed = servers(`{ name: notes, ${url} }`).replace(
    'resources:',
    'resources:\n  - { type: McpServer, id: notes }',
  );
  const beside = await load(listed, env);
  expect(beside.ok ? [] : beside.error).toMatchObject([{ code: 'duplicate-id' }]);
  const unknown = await load(`${GOOD}mcp: { authorization_servers: [idp] }\n`, env);
  expect(unknown.ok ? [] : unknown.error).toMatchObject([{ code: 'unknown-issuer' }]);
});

test('R9: what is in force is told by name; of a secret only that it changed', async () => {
  const text = servers("{ name: notes, url: 'https://x.example', headers: { X-Set: 'env:KEY' } }");
  const audited = async (key: string) => {
    const { config } = await loadGood(text, { ...env, KEY: key });
    return audit({ config, types: [], routing: NO_ROUTING }, new Uint8Array(32));
  };
  const [one, same, other] = [await audited('a key'), await audited('a key'), await audited('b')];
  expect(Object.keys(one.lists['mcp.servers'] ?? {})).toEqual(['notes']);
  expect(JSON.stringify(one)).not.toContain('a key');
  expect(same).toEqual(one);
  const headers = (of: typeof one) => of.lists['mcp.servers']?.['notes']?.['headers'];
  expect(headers(other)).not.toBe(headers(one));
});
