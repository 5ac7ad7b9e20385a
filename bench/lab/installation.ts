import { randomBytes } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Scenario } from './scenario.ts';

export const ROOT: string = fileURLToPath(new URL('../..', import.meta.url));

/** A principal of the installation with its credential. */
export type Known = { readonly id: string; readonly token: string };
export type KnownAgent = Known & { readonly owner: string };

/** One set of policies and people; a folder and a configuration for each replica. */
export type Installation = {
  readonly folder: string;
  readonly agents: readonly KnownAgent[];
  readonly reviewers: readonly Known[];
  /** Configuration of a replica. */
  readonly configOf: (replica: number) => string;
};

/** Makes it in a new folder. Replica `n` listens on `ports[n]`. */
export function makeInstallation(scenario: Scenario, ports: readonly number[]): Installation {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-lab-'));
  const policies = join(folder, 'policies');
  cpSync(join(ROOT, 'policies'), policies, { recursive: true });
  for (const name of ['tests', 'data.review.cedar'])
    rmSync(join(policies, name), { recursive: true }); // replaced by the lab's own
  cpSync(new URL('./policies', import.meta.url), policies, { recursive: true });
  mkdirSync(join(folder, 'tokens'), { mode: 0o700 });
  const known = (id: string, prefix: string): Known => {
    const token = `${prefix}_${randomBytes(24).toString('base64url')}`;
    writeFileSync(join(folder, 'tokens', id), token, { mode: 0o600 });
    return { id, token };
  };
  const reviewers = count('person', scenario.reviewers).map((id) => known(id, 'csp'));
  // the last is the one that probes; agents belong to reviewers, who therefore may not answer for them
  const agents = count('agent', scenario.agents + 1).map((id, i) => ({
    ...known(id, 'csk'),
    owner: reviewers[i % reviewers.length]?.id ?? '',
  }));
  const others = PEOPLE.map((id) => known(id, 'csp').id);
  const principals = principalsText(agents, reviewers, others);
  for (const [i, port] of ports.entries()) {
    const own = join(folder, `replica-${i + 1}`);
    mkdirSync(join(own, 'data'), { recursive: true, mode: 0o700 });
    writeFileSync(join(own, 'countersign.yaml'), configText(scenario, port) + principals);
  }
  const configOf = (replica: number): string =>
    join(folder, `replica-${replica + 1}`, 'countersign.yaml');
  return { folder, agents, reviewers, configOf };
}

const count = (name: string, n: number): string[] =>
  Array.from({ length: n }, (_, i) => `${name}-${i + 1}`);

/** Two more, for the groups that the other sample policies name. */
const PEOPLE = ['other-1', 'other-2'];
const GROUPS = 'dba, data-protection, identity-admins, platform-oncall, release-managers, security';

const configText = (
  { store, pending }: Scenario,
  port: number,
): string => `listen: 127.0.0.1:${port}
data_dir: data
keys_dir: ../keys
policies: ../policies
log: { level: warn }
limits: { grant_ttl: 20s, execution_timeout: 20s, max_pending_per_agent: ${pending}, max_pending_per_owner: 100000, attention_per_reviewer: 1000000, denials_before_lock: 100 }
${store === 'postgres' ? 'database: { url: env:COUNTERSIGN_DATABASE_URL, schema: countersign }\n' : ''}`;

function principalsText(
  agents: readonly KnownAgent[],
  reviewers: readonly Known[],
  others: readonly string[],
): string {
  return `agents:
${agents.map(agentText).join('')}people:
${reviewers.map(({ id }) => personText(id, 'data-owners')).join('')}${others.map((id) => personText(id, GROUPS)).join('')}resources:
  - type: Database
    id: crm
    attrs: { env: { entity: Env, id: prod }, owner: { entity: Team, id: data-owners } }
    tables:
${tableText('customers', 60_000)}${tableText('contracts', 70_000)}${tableText('drafts', 80_000)}`;
}

const personText = (id: string, groups: string): string =>
  `  - { id: ${id}, name: ${id}, token: 'file:../tokens/${id}', groups: [${groups}] }\n`;
const agentText = ({ id, owner }: KnownAgent): string =>
  `  - { id: ${id}, token: 'file:../tokens/${id}', owner: ${owner}, teams: [data-agents] }\n`;
const tableText = (name: string, rows: number): string =>
  `      ${name}: { rows: ${rows}, columns: [id, company, country, plan] }\n`;
