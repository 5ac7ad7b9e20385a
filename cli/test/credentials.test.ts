import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { run } from '../src/run.ts';
import { countersign, countersignJson, openTerminal, until } from './terminal.ts';
import { openWorld, type World } from './world.ts';

let world: World;
let cwd: string;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.remove());
beforeEach(() => {
  cwd = mkdtempSync(join(realpathSync(tmpdir()), 'countersign-who-'));
  return () => rmSync(cwd, { recursive: true, force: true });
});

function put(path: string, text: string): void {
  mkdirSync(dirname(join(cwd, path)), { recursive: true });
  writeFileSync(join(cwd, path), text);
}
const credentials = (people: Readonly<Record<string, string>>, url = world.url): string =>
  JSON.stringify({
    url,
    people: Object.fromEntries(
      Object.entries(people).map(([name, file]) => [name, { token_file: file }]),
    ),
  });
const list = (where: { cwd: string; env?: Record<string, string> }, ...words: string[]) =>
  countersign(['approvals', 'list', ...words], where);

const isPrivate = (path: string): boolean => (statSync(path).mode & 0o077) === 0;

describe('who one is', () => {
  test('the only person stored needs no --as, also from a folder below', async () => {
    put('.countersign/credentials.json', credentials({ dana: 'dana.token' }));
    put('.countersign/dana.token', world.tokenOf('dana'));
    mkdirSync(join(cwd, 'deep', 'er'), { recursive: true });
    expect((await list({ cwd: join(cwd, 'deep', 'er') })).code).toBe(0);
  });

  test('with two, the command asks which', async () => {
    put('.countersign/credentials.json', credentials({ dana: 'a', ben: 'b' }));
    const { code, err } = await list({ cwd });
    expect({ code, err }).toMatchObject({ code: 2 });
    expect(err).toContain('--as`: dana, ben');
  });

  test('the nearest file wins; the one of the user is the last', async () => {
    put('.config/countersign/credentials.json', credentials({ dana: 'wrong', ana: 'ana.token' }));
    put('.config/countersign/wrong', 'csp_wrong_token_for_dana_00');
    put('.config/countersign/ana.token', world.tokenOf('ana'));
    put('.countersign/credentials.json', credentials({ dana: 'dana.token' }));
    put('.countersign/dana.token', world.tokenOf('dana'));
    expect((await list({ cwd }, '--as', 'dana')).code).toBe(0);
    expect((await list({ cwd }, '--as', 'ana')).code).toBe(0);
  });

  test.each(['', 'env:TOKEN', 'file:t.txt', 'exec:cat t.txt'])(
    'COUNTERSIGN_TOKEN as %s',
    async (reference) => {
      const token = world.tokenOf('dana');
      writeFileSync(join(cwd, 't.txt'), `${token}\n`);
      const env = {
        COUNTERSIGN_URL: world.url,
        COUNTERSIGN_TOKEN: reference.replace('cat t', `cat ${cwd}/t`) || token,
        TOKEN: token,
      };
      expect((await list({ cwd, env })).code).toBe(0);
    },
  );

  test.each(['env:MISSING', 'file:missing', 'exec:false', 'two words', 'x'])(
    'COUNTERSIGN_TOKEN as %s is refused, not sent',
    async (token) => {
      const env = { COUNTERSIGN_URL: 'http://127.0.0.1:9', COUNTERSIGN_TOKEN: token };
      const { code, err } = await list({ cwd, env });
      expect(code).toBe(1);
      expect(err).toMatch(/token/i);
    },
  );

  test('a wrong token is told apart from no gateway', async () => {
    const env = { COUNTERSIGN_URL: world.url, COUNTERSIGN_TOKEN: 'csp_not_a_token_of_anyone' };
    const { code, err } = await list({ cwd, env });
    expect(code).toBe(1);
    expect(err).toContain('unauthenticated');
  });
});

describe("a project's credentials file cannot take other tokens", () => {
  test.each(['../outside.token', 'link.token'])('%s', async (file) => {
    put('outside.token', world.tokenOf('dana'));
    put('.countersign/credentials.json', credentials({ dana: file }));
    symlinkSync(join(cwd, 'outside.token'), join(cwd, '.countersign', 'link.token'));
    const { code, err } = await list({ cwd });
    expect(code).toBe(1);
    expect(err).toContain('leads out of');
  });

  test('an absolute path', async () => {
    put('outside.token', world.tokenOf('dana'));
    put('.countersign/credentials.json', credentials({ dana: join(cwd, 'outside.token') }));
    expect((await list({ cwd })).err).toContain('leads out of');
  });

  test.each(['{', '[]', '{"people":{"a":{}}}', '{"people":3}', 'null'])(
    '%s is no credentials file',
    async (text) => {
      put('.countersign/credentials.json', text);
      const { code, err } = await list({ cwd });
      expect(code).not.toBe(0);
      expect(err).toMatch(/credential/);
    },
  );
});

describe('login', () => {
  test('stores a token for this user alone, after asking whose it is', async () => {
    const input = `${world.tokenOf('dana')}\n`;
    const { code, json } = await countersignJson(['login', '--token', '--url', world.url], {
      cwd,
      input,
    });
    expect(code).toBe(0);
    expect(json).toMatchObject({ kind: 'person', id: 'dana', name: 'dana' });
    const folder = join(cwd, '.config', 'countersign');
    expect(readFileSync(join(folder, 'people', 'dana.token'), 'utf8')).toBe(input);
    expect(isPrivate(join(folder, 'people', 'dana.token'))).toBe(true);
    expect(isPrivate(join(folder, 'credentials.json'))).toBe(true);
    expect((await list({ cwd })).code).toBe(0);
    const agent = await countersign(['login', 'mine', '--token', '--url', world.url], {
      cwd,
      input: world.tokenOf('bot'),
    });
    expect(agent.out).toContain('token of agent bot as mine');
  });

  test('a token nobody has is not stored', async () => {
    const { code } = await countersign(['login', '--token', '--url', world.url], {
      cwd,
      input: 'csp_not_a_token_of_anyone',
    });
    expect(code).toBe(1);
    expect((await list({ cwd })).code).toBe(2);
  });

  test('at a terminal the token is not shown', async () => {
    const terminal = openTerminal({ cwd }, true);
    const ended = run(['login', '--token', '--url', world.url], terminal.io);
    await until(() => terminal.shown().includes('Token'));
    terminal.type(`${world.tokenOf('ana')}\r`);
    expect(await ended).toBe(0);
    expect(terminal.shown() + terminal.printed()).not.toContain(world.tokenOf('ana'));
  });
});

describe('doctor', () => {
  test('finds a gateway, policies and credentials in order', async () => {
    const { code, json } = await countersignJson(['doctor'], { cwd: world.folder });
    expect(json).toMatchObject({ ok: true });
    expect(code).toBe(0);
    const names = (json['findings'] as { name: string }[]).map(({ name }) => name);
    for (const name of ['node', 'credentials', 'config', 'policies', 'gateway'])
      expect(names).toContain(name);
  });

  test('looks where the configuration listens, and says what is missing', async () => {
    put('countersign.yaml', 'listen: 127.0.0.1:1\n');
    const { code, out } = await countersign(['doctor'], { cwd });
    expect(code).toBe(1);
    expect(out).toContain('nothing answers at http://127.0.0.1:1;');
    expect(out).toContain(`there is no \`${join(cwd, 'policies')}\``);
    put('countersign.yaml', 'data_dirr: elsewhere\n');
    expect((await countersign(['doctor'], { cwd })).out).not.toContain('does not exist yet');
  });

  test('finds a token and a key that others may read, and broken policies', async () => {
    put('.countersign/credentials.json', credentials({ dana: 'dana.token' }));
    put('.countersign/dana.token', world.tokenOf('dana'));
    put('policies/broken.cedar', 'permit (');
    put('countersign.yaml', 'keys_dir: shared\n');
    put('shared/master.key', 'open to all');
    const { code, out } = await countersign(['doctor'], { cwd });
    expect(code).toBe(1);
    expect(out).toMatch(/FAIL credentials +others may read/);
    expect(out).toMatch(/FAIL keys +others may read or write .*shared\/master\.key/);
    expect(out).toMatch(/FAIL policies +/);
  });
});
