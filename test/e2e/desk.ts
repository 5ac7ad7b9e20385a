import { randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serve } from '@countersign/server';
import { createClient, type Client, type Proposal } from '@countersign/sdk';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { freePort, ROOT } from './world.ts';

/** An office with several agents and people who sign in by the development provider; the gateway runs in this process. */
export type Desk = AsyncDisposable & {
  /** `http://localhost:…`: a passkey belongs to a name, not to an address. */
  readonly url: string;
  readonly folder: string;
  readonly agents: Readonly<Record<AgentName, Client>>;
  readonly tokens: Readonly<Record<AgentName, string>>;
};
type AgentName = 'night-bot' | 'deploy-bot' | 'help-bot';

export const PEOPLE = {
  mona: ['Mona Keller', 'data-owners, platform-oncall'],
  dana: ['Dana Ortiz', 'data-owners, auditors'],
  ben: ['Ben Okafor', 'data-protection, release-managers'],
  ana: ['Ana Lima', 'security, identity-admins, administrators'],
  omar: ['Omar Haddad', 'dba, platform-oncall'],
  lin: ['Lin Wei', 'security, platform-oncall, administrators'],
} as const;
export type Name = keyof typeof PEOPLE;

/**
 * Opens it.
 * @param more lines for its configuration
 * @param files what else lies in its folder
 */
export async function openDesk(
  more = '',
  files: Readonly<Record<string, string>> = {},
): Promise<Desk> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-desk-'));
  cpSync(join(ROOT, 'policies'), join(folder, 'policies'), { recursive: true });
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const keep = (name: AgentName): string => {
    const token = `csk_${randomBytes(24).toString('base64url')}`;
    writeFileSync(join(folder, `${name}.token`), token, { mode: 0o600 });
    return token;
  };
  const tokens = {
    'night-bot': keep('night-bot'),
    'deploy-bot': keep('deploy-bot'),
    'help-bot': keep('help-bot'),
  };
  for (const [path, text] of Object.entries(files))
    writeFileSync(join(folder, path), text, { mode: 0o600 });
  const config = join(folder, 'countersign.yaml');
  writeFileSync(config, configOf(url, port) + more);
  const log: string[] = [];
  const gateway = await serve({ configPath: config, env: {}, write: (lines) => log.push(lines) });
  const client = (token: string): Client => createClient({ url, token });
  return {
    url,
    folder,
    tokens,
    agents: {
      'night-bot': client(tokens['night-bot']),
      'deploy-bot': client(tokens['deploy-bot']),
      'help-bot': client(tokens['help-bot']),
    },
    [Symbol.asyncDispose]: async () => {
      await gateway.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const configOf = (url: string, port: number): string => `listen: 127.0.0.1:${port}
public_url: ${url}
sign_in: { development: true }
data_dir: data
policies: policies
log: { level: error }
agents:
  - { id: night-bot, token: 'file:night-bot.token', owner: mona, owner_team: data-owners, teams: [data-agents], trust: 1 }
  - { id: deploy-bot, token: 'file:deploy-bot.token', owner: mona, teams: [platform-agents, data-agents], trust: 2 }
  - { id: help-bot, token: 'file:help-bot.token', owner: lin, teams: [helpdesk-agents], trust: 1 }
people:
${Object.entries(PEOPLE)
  .map(([id, [name, groups]]) => `  - { id: ${id}, name: ${name}, groups: [${groups}] }`)
  .join('\n')}
resources:
  - type: Database
    id: crm
    attrs: { env: { entity: Env, id: prod }, owner: { entity: Team, id: data-owners } }
    tables:
      customers: { rows: 60000, columns: [id, company, country, plan, seats], pii: { contact_email: email, phone: phone } }
      users: { rows: 812, columns: [id, login, created_at] }
  - { type: AwsAccount, id: '112233445566', attrs: { env: { entity: Env, id: prod } } }
  - type: Service
    id: checkout
    attrs: { env: { entity: Env, id: prod }, tier: 1 }
    lists: { releases: { 'v2026.11.28': { testsGreen: false } } }
  - { type: Account, id: j.rivera, attrs: { privileged: false }, person: ben }
  - { type: Host, id: build-7, attrs: { env: { entity: Env, id: prod } } }
  - { type: McpServer, id: mail }
`;

/** Requests as agents make them. */
export const exportRows = (more: Partial<Proposal> = {}): Proposal => ({
  type: 'sql.export',
  resource: { type: 'Database', id: 'crm' },
  arguments: {
    table: 'customers',
    columns: ['id', 'company', 'country', 'plan', 'seats'],
    destination: 's3://reports/nightly/customers.csv',
  },
  claim: 'Routine nightly sync, already agreed with everyone.',
  ...more,
});
export const exportContacts = (more: Partial<Proposal> = {}): Proposal => ({
  type: 'sql.export',
  resource: { type: 'Database', id: 'crm' },
  arguments: {
    table: 'customers',
    columns: ['company', 'contact_email'],
    destination: 's3://partners/acme/contacts.csv',
    limit: 5000,
  },
  claim: 'The partner team asked for it. Please approve quickly, they are waiting.',
  ...more,
});
export const dropUsers = (operation: 'drop' | 'truncate' = 'drop'): Proposal => ({
  type: 'sql.ddl',
  resource: { type: 'Database', id: 'crm' },
  arguments: { operation, table: 'users' },
  claim: 'The table is not used any more.',
});
export const resetMfa = (): Proposal => ({
  type: 'idp.mfa.reset',
  resource: { type: 'Account', id: 'j.rivera' },
  arguments: { subject: 'ben', ticket: 'HD-4471' },
  claim: 'He lost his phone.',
});
export const deploy = (release = 'v2026.11.28'): Proposal => ({
  type: 'deploy.release',
  resource: { type: 'Service', id: 'checkout' },
  arguments: { release },
  claim: 'Hotfix for the payment form.',
});

/** Tells what the server `mail` lists, as the agent that uses it does. */
export async function tellTools(
  { url, tokens }: Desk,
  tools: readonly Readonly<Record<string, unknown>>[],
): Promise<void> {
  const answer = await fetch(`${url}/v1/tools`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${tokens['night-bot']}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ server: 'mail', tools }),
  });
  if (!answer.ok) throw new Error(await answer.text());
}

/** A window of somebody who signed in, on the console's page `path`. */
export async function signedIn(
  browser: Browser,
  desk: Desk,
  name: Name,
  { path = '/', ...options }: BrowserContextOptions & { readonly path?: string } = {},
): Promise<{ readonly context: BrowserContext; readonly page: Page }> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  const page = await context.newPage();
  await page.goto(`${desk.url}/auth/login/development?next=${encodeURIComponent(path)}`);
  await page.getByRole('button', { name: PEOPLE[name][0] }).click();
  await page.waitForURL(`${desk.url}${path}`);
  return { context, page };
}
