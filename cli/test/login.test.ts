import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ApprovalPage, Problem, TerminalCode } from '@countersign/api';
import { createClient } from '@countersign/sdk';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { signInAs, type Visitor } from '../src/demo/browser.ts';
import { run } from '../src/run.ts';
import { countersign, countersignJson, openTerminal, until } from './terminal.ts';
import { openWorld, type World } from './world.ts';

let world: World;
let cwd: string;
let dana: Visitor;
const STRONG = `@id("strong")
@review("Where it goes is sensitive")
@approvers("data-owners") @quorum("1") @expires("10m") @assurance("session")
forbid (principal, action == Countersign::Action::"sql.export", resource is Countersign::Database)
when { context.destination like "strong*" };
`;
beforeAll(async () => {
  world = await openWorld('sign_in: { development: true }\n');
  writeFileSync(join(world.folder, 'policies', 'strong.review.cedar'), STRONG);
  dana = await signInAs(world.url, 'dana');
  const ids = async (): Promise<readonly string[]> =>
    (await dana.get<{ policies: { id: string }[] }>('/v1/policies')).policies.map(({ id }) => id);
  while (!(await ids()).includes('strong')) await new Promise((done) => setTimeout(done, 50));
});
afterAll(() => world.remove());
beforeEach(() => {
  cwd = mkdtempSync(join(realpathSync(tmpdir()), 'countersign-login-'));
  return () => rmSync(cwd, { recursive: true, force: true });
});

/** Begins a login and reads the address it shows. */
async function begin() {
  const terminal = openTerminal({ cwd });
  const ended = run(['login', '--no-browser', '--url', world.url], terminal.io);
  await until(() => terminal.shown().includes('/terminal?'));
  const shown = new URL(/http\S+/.exec(terminal.shown())?.[0] ?? '');
  const member = (name: string): string => shown.searchParams.get(name) ?? '';
  const back = `http://127.0.0.1:${member('port')}/`;
  return { terminal, ended, back, challenge: member('challenge'), state: member('state') };
}
async function codeFor(challenge: string): Promise<string> {
  const posted = await dana.post<TerminalCode>('/v1/terminals', { challenge });
  return 'status' in posted ? '' : posted.code;
}
const tokenFile = (): string => join(cwd, '.config', 'countersign', 'people', 'dana.token');

describe('countersign login', () => {
  test('signs the terminal in as who said yes in the browser, until logout', async () => {
    const { ended, back, challenge, state, terminal } = await begin();
    expect((await fetch(`${back}?code=x&state=another`)).status).toBe(404);
    const code = await codeFor(challenge);
    expect((await fetch(`${back}?code=${code}&state=${state}`)).status).toBe(200);
    expect(await ended).toBe(0);
    expect(terminal.printed()).toContain('token of person dana');
    const token = readFileSync(tokenFile(), 'utf8').trim();
    expect(token).toMatch(/^csp_[\w-]{43}$/);
    const { json } = await countersignJson(['approvals', 'list'], { cwd });
    expect(json).toHaveProperty('items');
    const answer = await fetch(`${world.url}/v1/terminals`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ challenge }),
    });
    expect(((await answer.json()) as Problem).code).toBe('browser-only');
    expect((await countersign(['logout'], { cwd })).out).toBe('dana is signed out\n');
    const after = await fetch(`${world.url}/v1/me`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(after.status).toBe(401);
    expect((await countersign(['logout'], { cwd })).code).toBe(2);
  });
  test('a code that somebody else got hold of is of no use to them', async () => {
    const { ended, back, challenge, state } = await begin();
    const code = await codeFor(challenge);
    const stolen = await fetch(`${world.url}/auth/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ code, verifier: 'v'.repeat(43) }),
    });
    expect(((await stolen.json()) as Problem).code).toBe('code-invalid');
    await fetch(`${back}?code=${code}&state=${state}`);
    expect(await ended).toBe(0);
  });
  test('given up, nothing is stored', async () => {
    const { ended, terminal } = await begin();
    terminal.interrupt();
    expect(await ended).toBe(4);
    expect(() => readFileSync(tokenFile())).toThrow(/ENOENT/);
  });
});

const propose = async (destination: string) => {
  const bot = createClient({ url: world.url, token: world.tokenOf('bot') });
  const resource = { type: 'Database', id: 'crm' };
  const args = { table: 'customers', columns: ['id'], destination };
  return bot.propose({ type: 'sql.export', resource, arguments: args });
};
const inTerminal = (id: string) => {
  const terminal = openTerminal({ cwd: world.folder });
  const ended = run(['approvals', 'approve', id, '--as', 'dana', '--no-browser'], terminal.io);
  return { terminal, ended };
};

describe('approvals approve, where policy asks for more than a terminal', () => {
  test('shows the page, and ends when the person answered there', async () => {
    const { approvalId: id = '' } = await propose('strong.csv');
    const { terminal, ended } = inTerminal(id);
    await until(() => terminal.shown().includes(`/a/${id}`));
    const { version, seenDigest, may } = await dana.get<ApprovalPage>(`/v1/approvals/${id}`);
    expect(may).toEqual({ vote: true, confirm: false, needs: 'session' });
    await dana.post(`/v1/approvals/${id}/votes`, { choice: 'approve', version, seenDigest });
    expect(await ended).toBe(0);
    const { votes } = await dana.get<ApprovalPage>(`/v1/approvals/${id}`);
    expect(votes).toMatchObject([{ person: 'dana', assurance: 'session', channel: 'console' }]);
  });
  test('and by the verdict where somebody else settled it', async () => {
    const { approvalId: id = '' } = await propose('strong-2.csv');
    const { terminal, ended } = inTerminal(id);
    await until(() => terminal.shown().includes(`/a/${id}`));
    const omar = await signInAs(world.url, 'omar');
    const { version, seenDigest } = await omar.get<ApprovalPage>(`/v1/approvals/${id}`);
    await omar.post(`/v1/approvals/${id}/votes`, { choice: 'deny', version, seenDigest });
    expect(await ended).toBe(3);
  });
});
