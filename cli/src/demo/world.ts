import { randomBytes } from 'node:crypto';
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { CUSTOMERS, ROLES } from './database/seed.ts';

/** Where the demo lives on disk, and who is in it. */
export type World = {
  readonly folder: string;
  readonly config: string;
  /** Passwords of the database's roles. */
  readonly passwords: Readonly<Record<string, string>>;
  readonly exports: string;
  readonly url: string;
  readonly ports: Ports;
  readonly agentToken: string;
  readonly executorToken: string;
};

/** Ports of this machine: the gateway's, that of its gate for PostgreSQL, and the database's own. */
export type Ports = { readonly http: number; readonly gate: number; readonly database: number };

const PEOPLE = {
  mona: ['data-owners', 'platform-oncall'], // owns the agent: may approve for others, never for her own agent
  dana: ['data-owners', 'auditors'],
  ben: ['data-protection', 'release-managers'],
  ana: ['security', 'identity-admins'],
  omar: ['dba', 'platform-oncall'],
  lin: ['security', 'platform-oncall'],
} as const;

/** Makes a fresh world: tokens, configuration, sample policies, a database of customers. The old one is removed. */
export function makeWorld(home: string, policies: string, ports: Ports): World {
  const folder = join(home, 'demo');
  rmSync(folder, { recursive: true, force: true });
  for (const name of ['people', 'agents', 'database', 'exports'])
    mkdirSync(join(folder, name), { recursive: true, mode: 0o700 });
  cpSync(policies, join(folder, 'policies'), { recursive: true });
  mkdirSync(join(folder, 'policies', 'data'), { recursive: true });
  writeFileSync(join(folder, 'policies', 'data', 'crm.yaml'), CLASSES);
  const url = `http://localhost:${ports.http}`;
  const agentToken = keep(folder, 'agents/night-bot.token', 'csk');
  const executorToken = keep(folder, 'agents/crm-exporter.token', 'cse');
  for (const name of Object.keys(PEOPLE)) keep(folder, `people/${name}.token`, 'csp');
  const config = join(folder, 'countersign.yaml');
  writeFileSync(config, configOf(url, ports));
  writeFileSync(join(home, 'credentials.json'), credentialsOf(url, relative(home, folder)), {
    mode: 0o600,
  });
  const passwords = Object.fromEntries(
    [ROLES.read, ROLES.write].map((role) => [
      role,
      keep(folder, `database/${role}.password`, 'csd'),
    ]),
  );
  return {
    folder,
    config,
    passwords,
    exports: join(folder, 'exports'),
    url,
    ports,
    agentToken,
    executorToken,
  };
}

function keep(folder: string, name: string, prefix: 'csk' | 'cse' | 'csp' | 'csd'): string {
  const token = `${prefix}_${randomBytes(24).toString('base64url')}`;
  writeFileSync(join(folder, name), `${token}\n`, { mode: 0o600 });
  return token;
}

/** What a person said of the columns. */
const CLASSES = `public.customers:
  id: none
  company: none
  country: none
  plan: none
  seats: none
  contact_email: pii.email
`;

const configOf = (
  url: string,
  { http, gate, database }: Ports,
): string => `# The demo's gateway. Made anew by every \`npm start\`.
listen: 127.0.0.1:${http}
public_url: ${url}
sign_in: { development: true } # anyone at this machine may be anyone
data_dir: data
policies: policies
log: { level: warn }
agents:
  - { id: night-bot, token: 'file:agents/night-bot.token', owner: mona, teams: [data-agents, platform-agents, sql-agents], trust: 1 }
executors:
  - { id: crm-exporter, token: 'file:agents/crm-exporter.token' }
people:
${Object.entries(PEOPLE)
  .map(
    ([id, groups]) =>
      `  - { id: ${id}, name: ${id}, token: 'file:people/${id}.token', groups: [${groups.join(', ')}] }`,
  )
  .join('\n')}
resources:
  - type: Database
    id: crm
    attrs: { env: { entity: Env, id: prod }, owner: { entity: Team, id: data-owners } }
    executor: crm-exporter
    tables:
      customers:
        rows: ${CUSTOMERS}
        columns: [id, company, country, plan, seats, contact_email]
        pii: { contact_email: email }
  - type: Host
    id: build-7
    attrs: { env: { entity: Env, id: dev } }
postgres:
  listen: 127.0.0.1:${gate}
  databases:
    - name: crm
      host: 127.0.0.1
      port: ${database}
      read: { user: ${ROLES.read}, password: 'file:database/${ROLES.read}.password' }
      write: { user: ${ROLES.write}, password: 'file:database/${ROLES.write}.password' }
`;

function credentialsOf(url: string, folder: string): string {
  const files = (kind: string, names: readonly string[]) =>
    Object.fromEntries(
      names.map((name) => [name, { token_file: `${folder}/${kind}/${name}.token` }]),
    );
  return `${JSON.stringify(
    { url, people: files('people', Object.keys(PEOPLE)), agents: files('agents', ['night-bot']) },
    null,
    2,
  )}\n`;
}
