import { sha256 } from '@countersign/core';
import fc from 'fast-check';
import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../src/config/load.ts';
import { nearest } from '../src/config/nearest.ts';
import { formatProblem } from '../src/config/problem.ts';
import { readSource } from '../src/config/source.ts';
import { watchConfig } from '../src/config/watch.ts';
import { ENV, GOOD, load, loadGood, makeFolder, put, tokenOf } from './config-fixture.ts';

describe('a good configuration', () => {
  test('is completed with defaults', async () => {
    const { config, warnings } = await loadGood('{}');
    expect(warnings).toEqual([]);
    expect(config).toMatchObject({
      listen: { host: '127.0.0.1', port: 8088 },
      timeZone: 'UTC',
      limits: {
        grantMs: 300_000,
        executionMs: 900_000,
        denialMs: 600_000,
        idempotencyMs: 86_400_000,
        maxPendingPerAgent: 100,
        maxPendingPerSession: 50,
        maxPendingPerOwner: 200,
        attentionPerReviewer: 60,
        denialsBeforeLock: 3,
        bodyBytes: 1_048_576,
      },
      agents: [],
      killSwitch: { all: false, agents: [] },
      log: { level: 'info' },
    });
    expect(config).not.toHaveProperty('publicUrl');
  });

  test('an empty file is one too', async () => {
    expect(await load('')).toMatchObject({ ok: true });
  });

  test('folders are relative to the file', async () => {
    const folder = makeFolder();
    const loaded = await load('{ data_dir: data, policies: /srv/policies }', ENV, folder);
    expect(loaded).toMatchObject({
      value: { config: { dataDir: join(folder, 'data'), policies: '/srv/policies' } },
    });
  });

  test('is frozen to the bottom', async () => {
    const { config } = await loadGood(GOOD);
    const agent = config.agents[0];
    for (const part of [config, config.agents, agent, agent?.teams, config.resources[0]?.tables])
      expect(Object.isFrozen(part)).toBe(true);
    expect(() => Object.assign(agent ?? {}, { trust: 3 })).toThrow(TypeError);
  });

  test('R9 keeps digests of tokens, never a token', async () => {
    const loaded = await loadGood(GOOD);
    for (const secret of Object.values(ENV)) expect(JSON.stringify(loaded)).not.toContain(secret);
    expect(loaded.config.people[0]?.tokenDigest).toBe(sha256(ENV['MONA'] ?? ''));
  });
});

/** Each row: what is wrong, the text it replaces in GOOD, what stands there instead, and the problem. */
const BAD: readonly (readonly [string, string, string, Record<string, unknown>])[] = [
  [
    'unknown key',
    'data_dir: data',
    'data_dri: data',
    { code: 'unknown-key', line: 2, column: 1, path: 'data_dri', hint: 'did you mean `data_dir`?' },
  ],
  [
    'unknown key, nothing near',
    'data_dir: data',
    'zzz: 1',
    {
      code: 'unknown-key',
      line: 2,
      hint: expect.stringContaining('known here: listen, public_url'),
    },
  ],
  [
    'unknown key inside',
    'grant_ttl',
    'grant_tll',
    {
      code: 'unknown-key',
      line: 3,
      column: 11,
      path: 'limits.grant_tll',
      hint: 'did you mean `grant_ttl`?',
    },
  ],
  [
    'wrong type',
    '[data-agents]',
    'data-agents',
    { code: 'wrong-type', line: 8, column: 12, path: 'agents[0].teams', message: 'must be a list' },
  ],
  [
    'a number for text',
    'data_dir: data',
    'data_dir: 7',
    { code: 'wrong-type', line: 2, column: 11, hint: 'put it in quotes if it looks like a number' },
  ],
  ['null', 'data_dir: data', 'data_dir:', { code: 'wrong-type', line: 2, path: 'data_dir' }],
  [
    'bad duration',
    '5m',
    '5 minutes',
    {
      code: 'bad-duration',
      line: 3,
      column: 22,
      path: 'limits.grant_ttl',
      hint: expect.stringContaining('30s, 15m, 2h, 1d'),
    },
  ],
  ['zero duration', '5m', '0s', { code: 'bad-duration', line: 3, column: 22 }],
  [
    'literal secret',
    'env:BOT',
    ENV['BOT'] ?? '',
    {
      code: 'literal-secret',
      line: 6,
      column: 12,
      path: 'agents[0].token',
      hint: expect.stringContaining('env:NAME, file:PATH or exec:COMMAND'),
    },
  ],
  [
    'missing variable',
    'env:BOT',
    'env:NOPE',
    { code: 'secret-missing', line: 6, column: 12, hint: 'set `NOPE`' },
  ],
  [
    'an executor token for an agent',
    'env:BOT',
    'env:RUN',
    { code: 'bad-token', line: 6, column: 12, message: expect.stringContaining('csk_') },
  ],
  [
    'missing key',
    '    owner: mona\n',
    '',
    { code: 'missing-key', line: 5, path: 'agents[0]', hint: 'add `owner`' },
  ],
  [
    'unknown owner',
    'owner: mona',
    'owner: monna',
    {
      code: 'unknown-person',
      line: 7,
      column: 12,
      path: 'agents[0].owner',
      hint: 'did you mean `mona`?',
    },
  ],
  [
    'unknown delegator',
    'owner: mona',
    'owner: mona\n    delegators: [zoe]',
    {
      code: 'unknown-person',
      line: 8,
      column: 18,
      path: 'agents[0].delegators[0]',
      hint: 'add it under `people`',
    },
  ],
  [
    'unknown acts_for',
    'owner: mona',
    'owner: mona\n    acts_for: [mona, danna]',
    { code: 'unknown-person', line: 8, column: 22, hint: 'did you mean `dana`?' },
  ],
  [
    'R5 agent called like a person',
    'id: data-bot',
    'id: mona',
    {
      code: 'duplicate-id',
      path: 'people[0].id',
      line: 12,
      message: expect.stringContaining('already the id of an agent'),
    },
  ],
  [
    'R5 ids that differ in case only',
    'id: dana',
    'id: Mona',
    { code: 'duplicate-id', path: 'people[1].id', line: 13, column: 11 },
  ],
  [
    'one token for two people',
    'env:DANA',
    'env:MONA',
    {
      code: 'duplicate-token',
      line: 13,
      path: 'people[1].token',
      message: 'has the same token as `mona`',
    },
  ],
  [
    'R5 a circle of links',
    'id: dana,',
    'id: dana, same_as: dana,',
    { code: 'linked-in-a-circle', line: 13, column: 26, path: 'people[1].same_as' },
  ],
  [
    'a link to nobody',
    'id: dana,',
    'id: dana, same_as: dan,',
    { code: 'unknown-person', line: 13, column: 26 },
  ],
  [
    'a public address',
    '127.0.0.1:8088',
    '0.0.0.0:8088',
    {
      code: 'not-loopback',
      line: 1,
      column: 9,
      path: 'listen',
      hint: expect.stringMatching(/127\.0\.0\.1.*public_url/),
    },
  ],
  [
    'a public address behind an origin of this machine',
    'listen: 127.0.0.1:8088',
    'listen: 0.0.0.0:8088\npublic_url: https://localhost:8443',
    { code: 'not-loopback', line: 1, column: 9 },
  ],
  [
    'a public address behind an origin without TLS',
    'listen: 127.0.0.1:8088',
    'listen: "[::]:8088"\npublic_url: http://127.0.0.1:8088',
    { code: 'not-loopback', line: 1, column: 9 },
  ],
  [
    'an address like loopback',
    '127.0.0.1:8088',
    '127.0.0.1.example.com:8088',
    { code: 'not-loopback', line: 1 },
  ],
  ['no port', '127.0.0.1:8088', '127.0.0.1', { code: 'bad-value', line: 1, column: 9 }],
  [
    'a public http origin',
    'data_dir: data',
    'public_url: http://gate.example',
    { code: 'bad-value', line: 2, column: 13, path: 'public_url' },
  ],
  [
    'an origin with a password',
    'data_dir: data',
    'public_url: https://a:b@gate.example',
    { code: 'bad-value', line: 2 },
  ],
  [
    'an unknown time zone',
    'data_dir: data',
    'time_zone: Mars/Olympus',
    { code: 'bad-value', line: 2, column: 12, path: 'time_zone' },
  ],
  [
    'out of bounds',
    'owner: mona',
    'owner: mona\n    trust: 4',
    { code: 'bad-value', line: 8, column: 12, message: 'must be from 0 to 3' },
  ],
  [
    'an unknown word',
    'data_dir: data',
    'log: { level: loud }',
    { code: 'bad-value', line: 2, column: 15, path: 'log.level' },
  ],
  [
    'a kill switch for nobody',
    '[data-bot]',
    '[data-bt]',
    { code: 'unknown-agent', line: 19, column: 25, hint: 'did you mean `data-bot`?' },
  ],
  [
    'an executor nobody is',
    '    id: crm',
    '    id: crm\n    executor: runer',
    { code: 'unknown-executor', line: 17, column: 15, hint: 'did you mean `runner`?' },
  ],
  [
    'an entity without id',
    '{ entity: Env, id: prod }',
    '{ entity: Env }',
    { code: 'wrong-type', line: 17, path: 'resources[0].attrs.env.id' },
  ],
  [
    'a fraction as attribute',
    '{ entity: Env, id: prod }',
    '1.5',
    { code: 'wrong-type', line: 17, path: 'resources[0].attrs.env' },
  ],
  [
    'an engine name as attribute',
    'env: { entity: Env, id: prod }',
    '__entity: x',
    { code: 'bad-name', line: 17, column: 14, path: 'resources[0].attrs.__entity' },
  ],
  [
    'the prototype as table',
    'customers:',
    '__proto__:',
    { code: 'bad-name', line: 18, path: 'resources[0].tables.__proto__' },
  ],
  [
    'negative rows',
    'rows: 60000',
    'rows: -1',
    { code: 'bad-value', line: 18, path: 'resources[0].tables.customers.rows' },
  ],
  [
    'a number beyond 2^53-1',
    'rows: 60000',
    'rows: 9007199254740993',
    { code: 'wrong-type', line: 18 },
  ],
  [
    'a key twice',
    'data_dir: data',
    'listen: 127.0.0.1:1',
    { code: 'duplicate-key', line: 2, column: 1, hint: 'keep one of them' },
  ],
  [
    'not YAML',
    'data_dir: data',
    'data_dir: [',
    { code: 'invalid-yaml', hint: expect.stringContaining('indentation') },
  ],
  ['a tab as indentation', '    owner: mona', '\towner: mona', { code: 'invalid-yaml', line: 7 }],
  [
    'an alias',
    'data_dir: data',
    'data_dir: &a data\npolicies: *a',
    { code: 'alias-refused', line: 3, column: 11 },
  ],
  [
    'an unknown tag',
    'data_dir: data',
    'data_dir: !!js/function x',
    { code: 'invalid-yaml', line: 2 },
  ],
];

describe('a bad configuration is refused with its place and a hint', () => {
  test.each(BAD)('%s', async (_, from, to, problem) => {
    expect(GOOD).toContain(from);
    const loaded = await load(GOOD.replace(from, () => to));
    expect(loaded.ok).toBe(false);
    if (loaded.ok) return;
    expect(loaded.error).toContainEqual(expect.objectContaining({ severity: 'error', ...problem }));
    for (const { file, line, column, hint, message } of loaded.error) {
      expect(file).toMatch(/countersign\.yaml$/);
      expect(line).toBeGreaterThan(0);
      expect(column).toBeGreaterThan(0);
      expect(hint.length).toBeGreaterThan(0);
      expect(message.length).toBeGreaterThan(0);
    }
  });

  test('R9 no problem repeats a secret that stands where a reference should', async () => {
    const secret = tokenOf('csk', 'verysecret');
    for (const text of [
      GOOD.replace('env:BOT', secret),
      GOOD.replace('env:BOT', `"${secret}`),
      GOOD.replace('env:BOT', `{ ${secret}`),
      GOOD.replace('token: env:BOT', secret),
    ]) {
      const loaded = await load(text);
      expect(loaded.ok).toBe(false);
      expect(JSON.stringify(loaded)).not.toContain(secret.slice(0, 12) + '0');
    }
  });

  test('all problems come at once, in order of the file', async () => {
    const loaded = await load(
      GOOD.replace('127.0.0.1:8088', '127.0.0.1')
        .replace('5m', 'soon')
        .replace('owner: mona', 'ownr: mona'),
    );
    expect(loaded.ok ? [] : loaded.error.map(({ code, line }) => [line, code])).toEqual([
      [1, 'bad-value'],
      [3, 'bad-duration'],
      [5, 'missing-key'],
      [7, 'unknown-key'],
    ]);
  });

  test.each([99, 101, 5_000, 50_000])('%d levels deep', async (depth) => {
    const loaded = await load('['.repeat(depth) + ']'.repeat(depth));
    const code = depth > 100 ? 'invalid-yaml' : 'wrong-type';
    expect(new Set(loaded.ok ? [] : loaded.error.map((problem) => problem.code))).toEqual(
      new Set([code]),
    );
  });

  test('a longer circle names every account in it', async () => {
    const text = GOOD.replace('id: mona,', 'id: mona, same_as: dana,').replace(
      'id: dana,',
      'id: dana, same_as: mona,',
    );
    const loaded = await load(text);
    expect(loaded.ok ? [] : loaded.error.map(({ code, path }) => `${code} ${path}`)).toEqual([
      'linked-in-a-circle people[0].same_as',
      'linked-in-a-circle people[1].same_as',
    ]);
  });

  test('a missing file, a folder', async () => {
    const folder = makeFolder();
    const missing = await loadConfig({ path: join(folder, 'none.yaml'), env: {} });
    expect(missing).toMatchObject({
      error: [{ code: 'unreadable', message: 'there is no such file', line: 1 }],
    });
    expect(await loadConfig({ path: folder, env: {} })).toMatchObject({
      error: [{ code: 'unreadable' }],
    });
  });

  test('a problem prints as one line that editors can follow', async () => {
    const loaded = await load('{ lisen: x }');
    expect(loaded.ok ? '' : loaded.error.map(formatProblem).join('\n')).toMatch(
      /countersign\.yaml:1:3: error unknown-key: lisen: unknown key `lisen`; did you mean `listen`\?$/,
    );
  });

  test('property: any text is a configuration or a list of problems, never an exception', () => {
    const piece = fc.constantFrom(
      ...GOOD.split(/(?<=[\s:{}[\],])/),
      '- ',
      '&a ',
      '*a',
      '!!x ',
      '\t',
      '"',
      '\u2028',
      '#',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const source = readSource('f', pieces.join(''));
        expect(source.data === undefined).toBe(source.problems.length > 0);
      }),
      { numRuns: 300 },
    );
  });
});

describe('warnings', () => {
  test('a group nobody is in, an owner who left', async () => {
    const text = GOOD.replace('owner: mona', 'owner: mona\n    owner_team: data-owner')
      .replace('id: data-owners }', 'id: nobody }')
      .replace('name: Mona,', 'name: Mona, active: false,');
    const { warnings } = await loadGood(text);
    expect(warnings.map(({ severity, code, line, hint }) => [severity, code, line, hint])).toEqual([
      ['warning', 'inactive-owner', 7, 'name an owner who can answer for the agent'],
      ['warning', 'empty-group', 8, 'did you mean `data-owners`?'],
      ['warning', 'empty-group', 18, 'add it to the groups of its people'],
    ]);
  });
});

describe('environment', () => {
  test('overrides scalars', async () => {
    const env = {
      ...ENV,
      COUNTERSIGN_LISTEN: '[::1]:9000',
      COUNTERSIGN_LIMITS_GRANT_TTL: '30s',
      COUNTERSIGN_LIMITS_MAX_PENDING_PER_AGENT: '7',
      COUNTERSIGN_KILL_SWITCH_ALL: 'true',
      COUNTERSIGN_LOG_LEVEL: 'debug',
    };
    const { config, warnings } = await loadGood(GOOD, env);
    expect(warnings).toEqual([]);
    expect(config).toMatchObject({
      listen: { host: '::1', port: 9000 },
      limits: { grantMs: 30_000, maxPendingPerAgent: 7 },
      killSwitch: { all: true, agents: ['data-bot'] },
      log: { level: 'debug' },
    });
  });

  test('a bad override is reported at its variable', async () => {
    const loaded = await load(GOOD, {
      ...ENV,
      COUNTERSIGN_LISTEN: '8.8.8.8',
      COUNTERSIGN_KILL_SWITCH_ALL: 'yes',
    });
    expect(loaded.ok ? [] : loaded.error.map(({ file, line, code }) => [file, line, code])).toEqual(
      [
        ['COUNTERSIGN_LISTEN', 0, 'bad-value'],
        ['COUNTERSIGN_KILL_SWITCH_ALL', 0, 'wrong-type'],
      ],
    );
  });

  test('beyond this machine is allowed behind TLS, and said', async () => {
    const { config, warnings } = await loadGood(
      GOOD.replace('127.0.0.1:8088', '0.0.0.0:8088\npublic_url: https://gate.example'),
    );
    expect(config.listen).toEqual({ host: '0.0.0.0', port: 8088 });
    expect(warnings).toMatchObject([{ code: 'reachable', line: 1, column: 9, path: 'listen' }]);
    const loaded = await load(GOOD, { ...ENV, COUNTERSIGN_LISTEN: '8.8.8.8:53' });
    expect(loaded.ok ? [] : loaded.error).toMatchObject([
      { file: 'COUNTERSIGN_LISTEN', line: 0, code: 'not-loopback' },
    ]);
  });

  test('a likely misspelling is pointed out; variables of the CLI are left alone', async () => {
    const { warnings } = await loadGood(GOOD, {
      ...ENV,
      COUNTERSIGN_LOGLEVEL: 'debug',
      COUNTERSIGN_TOKEN: 'x',
      COUNTERSIGN_URL: 'x',
    });
    expect(warnings).toMatchObject([
      {
        code: 'unknown-variable',
        file: 'COUNTERSIGN_LOGLEVEL',
        hint: 'did you mean `COUNTERSIGN_LOG_LEVEL`?',
      },
    ]);
  });
});

test.each([
  ['listne', ['listen', 'limits'], 'listen'],
  ['lsiten', ['listen'], 'listen'],
  ['owner_tema', ['owner', 'owner_team'], 'owner_team'],
  ['zzz', ['listen'], undefined],
  ['x'.repeat(99), ['listen'], undefined],
])('nearest to %s', (name, known, meant) => {
  expect(nearest(name, known)).toBe(meant);
});

test('R2 a watch never replaces a good configuration by a bad one', async () => {
  const folder = makeFolder();
  const path = put(folder, 'countersign.yaml', GOOD);
  const heard: string[] = [];
  const watching = watchConfig(
    { path, env: ENV },
    {
      replaced: ({ config }) => heard.push(`good ${config.limits.grantMs}`),
      refused: ([problem]) => heard.push(`bad ${problem?.code}`),
    },
  );
  const until = async (count: number): Promise<void> => {
    for (let i = 0; heard.length < count && i < 100; i++) await sleep(50);
  };
  try {
    put(folder, 'countersign.yaml', GOOD.replace('5m', 'soon'));
    await until(1);
    put(folder, 'countersign.yaml', GOOD.replace('5m', '7m'));
    await until(2);
    await watching.reload();
    expect(heard).toEqual(['bad bad-duration', 'good 420000', 'good 420000']);
  } finally {
    watching.close();
  }
});
