import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  commonProblems,
  type ActionStatus,
  type ApprovalPage,
  type Problem,
} from '@countersign/api';
import { createRouter } from '../src/http/router.ts';
import { serve, type Gateway } from '../src/index.ts';

const POLICIES = fileURLToPath(new URL('../../policies', import.meta.url));

/** Everyone there is, with their prefix: all but `eve` and `aud` are in the group that is asked. */
const PREFIX = {
  etl: 'csk',
  other: 'csk',
  runner: 'cse',
  olga: 'csp', // owns etl
  olga2: 'csp', // a linked account of olga, as every name with a 2
  paul: 'csp', // etl acts for him
  paul2: 'csp',
  sam: 'csp', // starts sessions of etl
  sam2: 'csp',
  dora: 'csp', // delegated to etl
  dora2: 'csp',
  rita: 'csp',
  ron: 'csp',
  ron2: 'csp',
  ann: 'csp',
  abe: 'csp',
  eve: 'csp', // asked for nothing
  aud: 'csp', // an auditor
  ada: 'csp', // an administrator
  gone: 'csp', // not active any more
} as const;
export type Name = keyof typeof PREFIX;

/** The token of a name: long enough to be one. */
export const tokenOf = (name: Name): string => `${PREFIX[name]}_${name.padEnd(24, 'x')}`;

const person = (id: Name, groups: string, more = ''): string =>
  `  - { id: ${id}, name: ${id}, token: 'env:T_${id}', groups: [${groups}]${more} }`;

const CONFIG = `
listen: 127.0.0.1:0
data_dir: data
policies: policies
limits: { body_bytes: 65536, grant_ttl: 1m, max_pending_per_owner: 1000, attention_per_reviewer: 1000, denials_before_lock: 50 }
agents:
  - { id: etl, token: 'env:T_etl', owner: olga, teams: [data-agents, platform-agents], acts_for: [paul, sam], delegators: [dora] }
  - { id: other, token: 'env:T_other', owner: eve, teams: [data-agents] }
executors:
  - { id: runner, token: 'env:T_runner' }
people:
${person('olga', 'data-owners')}
${person('olga2', 'data-owners', ', same_as: olga')}
${(['paul', 'sam', 'dora', 'rita', 'ron', 'ann', 'abe'] as const).map((id) => person(id, 'data-owners')).join('\n')}
${(['paul', 'sam', 'dora', 'ron'] as const).map((id) => person(`${id}2`, 'data-owners', `, same_as: ${id}`)).join('\n')}
${person('eve', 'security, data-protection, dba, platform-oncall, release-managers, identity-admins')}
${person('aud', 'auditors, security, data-protection, dba, platform-oncall')}
${person('ada', 'administrators, data-owners')}
${person('gone', 'data-owners', ', active: false')}
resources:
  - type: Database
    id: crm
    attrs: { env: { entity: Env, id: prod }, owner: { entity: Team, id: data-owners } }
    tables:
      customers: { rows: 60000, columns: [id, name], pii: { email: email } }
      stats: { rows: 5000, columns: [day, n] }
  - { type: Host, id: web-1, attrs: { env: { entity: Env, id: prod }, owner: { entity: Team, id: data-owners } } }
`;

/** A type of action that only the executor may run. */
const RUN_TYPE = `
report.run:
  version: 1
  resource: Database
  judged_as: sql.select
  executor: runner
  headline: Run a report over {resource}.{table}
  arguments:
    table: { type: string, max_length: 128 }
    columns: { type: array, items: { type: string, max_length: 128 }, max_length: 100 }
  facts:
    sql: { sql: { verb: select, table: table, columns: columns } }
`;

export type Answered<T = unknown> = {
  readonly status: number;
  readonly body: T;
  readonly headers: Headers;
};

/** A gateway of its own in a folder of its own, as an operator would run it. */
export type Fixture = {
  readonly folder: string;
  readonly url: () => string;
  readonly gateway: () => Gateway;
  readonly logs: () => string;
  readonly call: <T = unknown>(
    name: Name | undefined,
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<Answered<T>>;
  readonly restart: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

/** Writes the folder of a gateway. */
export function writeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-server-'));
  cpSync(POLICIES, join(folder, 'policies'), { recursive: true });
  const types = join(folder, 'policies', 'actions.yaml');
  writeFileSync(types, readFileSync(types, 'utf8') + RUN_TYPE);
  writeFileSync(join(folder, 'countersign.yaml'), CONFIG);
  return folder;
}

/** The tokens that the configuration refers to. */
export const tokens = (): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.keys(PREFIX).map((id) => [`T_${id}`, tokenOf(id as Name)]));

/** Serves a folder. */
export const serveFolder = (
  folder: string,
  write: (lines: string) => void = () => undefined,
): Promise<Gateway> =>
  serve({
    configPath: join(folder, 'countersign.yaml'),
    env: tokens(),
    write,
  });

/** Starts a gateway for the tests of one file; `prepare` changes its folder before. */
export async function startGateway(
  prepare: (folder: string) => void = () => undefined,
): Promise<Fixture> {
  const folder = writeFolder();
  prepare(folder);
  let logs = '';
  const write = (lines: string): void => void (logs += lines);
  let gateway = await serveFolder(folder, write);
  const call: Fixture['call'] = async (name, method, path, body, headers = {}) => {
    const response = await fetch(`${gateway.url}${path}`, {
      method,
      headers: {
        ...(name === undefined ? {} : { authorization: `Bearer ${tokenOf(name)}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: textOf(body) }),
    });
    const text = await response.text();
    if (response.status >= 400) expectDeclared(method, path, text);
    const isJson = response.headers.get('content-type')?.includes('json') ?? false;
    const { status } = response;
    return { status, body: (isJson ? JSON.parse(text) : text) as never, headers: response.headers };
  };
  return {
    folder,
    url: () => gateway.url,
    gateway: () => gateway,
    logs: () => logs,
    call,
    restart: async () => {
      await gateway.stop();
      gateway = await serveFolder(folder, write);
    },
    stop: async () => {
      await gateway.stop();
      rmSync(folder, { recursive: true });
    },
  };
}

const findRoute = createRouter();

/** Every problem a test meets is one that the contract names for its route. */
function expectDeclared(method: string, path: string, text: string): void {
  const found = findRoute(method, path.split('?')[0] ?? '');
  if (!found || !('route' in found) || !text.startsWith('{"type"')) return;
  const { code } = JSON.parse(text) as Problem;
  if ([...commonProblems(found.route), ...found.route.problems].includes(code)) return;
  throw new Error(`\`${code}\` is not declared for ${found.route.id}`);
}

const textOf = (body: unknown): string =>
  typeof body === 'string' ? body : (JSON.stringify(body) ?? '');

/** A read that policy allows. */
export const READ = {
  type: 'sql.select',
  resource: { type: 'Database', id: 'crm' },
  arguments: { table: 'stats', columns: ['day'] },
} as const;

/** An export that one data owner must approve; `to` makes it an action of its own. */
export const exportTo = (to: string): Readonly<Record<string, unknown>> => ({
  type: 'sql.export',
  resource: { type: 'Database', id: 'crm' },
  arguments: { table: 'customers', columns: ['id', 'name'], destination: to },
});

/** A proposal that waits for people, and what a reviewer is shown. */
export async function held(
  { call }: Fixture,
  to: string,
  more: Readonly<Record<string, unknown>> = {},
): Promise<{ readonly status: ActionStatus; readonly page: ApprovalPage }> {
  const { body: status } = await call<ActionStatus>('etl', 'POST', '/v1/actions', {
    ...exportTo(to),
    ...more,
  });
  const { body: page } = await call<ApprovalPage>(
    'rita',
    'GET',
    `/v1/approvals/${status.approvalId}`,
  );
  return { status, page };
}

/** One person's answer to a request as it stands. */
export const vote = (
  { call }: Fixture,
  name: Name,
  { status, page }: { readonly status: ActionStatus; readonly page: ApprovalPage },
  choice: 'approve' | 'deny' = 'approve',
): Promise<Answered<{ readonly status: ActionStatus } & Problem>> =>
  call(name, 'POST', `/v1/approvals/${status.approvalId}/votes`, {
    choice,
    version: page.version,
    seenDigest: page.seenDigest,
  });
