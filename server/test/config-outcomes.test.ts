import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import {
  TypedFact,
  type Entity,
  type Json,
  type Question,
  type Understood,
} from '@countersign/core';
import { createApiGate } from '@countersign/gate-api';
import { createPolicyEngine, loadPolicyFolder } from '@countersign/policy';
import { loadActionTypes } from '../src/config/actions.ts';
import { nothingSaid } from '@countersign/identity';
import { createCatalogue, createDirectory } from '../src/directory.ts';
import { load, tokenOf } from './config-fixture.ts';

const POLICIES = fileURLToPath(new URL('../../policies', import.meta.url));

const GROUPS =
  'data-owners data-protection dba identity-admins platform-oncall release-managers security';
const PLAN = 'sha256:3d3d3d';

const WORLD = `
agents:
  - { id: data-bot, token: 'env:A', owner: mona, teams: [data-agents], trust: 2 }
  - { id: infra-bot, token: 'env:B', owner: mona, teams: [platform-agents], trust: 2 }
  - { id: help-bot, token: 'env:C', owner: mona, teams: [helpdesk-agents], trust: 2 }
people:
  - { id: mona, name: Mona, token: 'env:M', groups: [${GROUPS.replaceAll(' ', ', ')}] }
  - { id: dave, name: Dave, token: 'env:D' }
resources:
  - type: Database
    id: crm
    attrs: { env: { entity: Env, id: prod }, owner: { entity: Team, id: data-owners } }
    tables:
      customers: { rows: 120000, columns: [id, plan], pii: { email: email, phone: phone } }
      plans: { rows: 900, columns: [id, name] }
  - { type: AwsAccount, id: '1234', attrs: { env: { entity: Env, id: prod } } }
  - type: Workspace
    id: shop
    attrs: { env: { entity: Env, id: prod } }
    lists:
      plans:
        '${PLAN}': { adds: 1, changes: 2, destroys: 3, destroyTypes: [aws_instance] }
        'sha256:00': { adds: 1, changes: 2, destroys: 0, destroyTypes: [] }
  - type: Service
    id: shop
    attrs: { env: { entity: Env, id: prod }, tier: 1 }
    lists: { releases: { v1: { testsGreen: true }, v2: { testsGreen: false } } }
  - { type: Account, id: dave@idp, person: dave, attrs: { privileged: false } }
`;

const env = {
  A: tokenOf('csk', 'a'),
  B: tokenOf('csk', 'b'),
  C: tokenOf('csk', 'c'),
  M: tokenOf('csp', 'm'),
  D: tokenOf('csp', 'd'),
};
const folder = mkdtempSync(join(tmpdir(), 'countersign-outcomes-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const loaded = await load(WORLD, env, folder);
if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
const { config } = loaded.value;
const types = await loadActionTypes(`${POLICIES}/actions.yaml`, config);
if (!types.ok) throw new Error(JSON.stringify(types.error));
const gate = createApiGate(types.value, createCatalogue(config));
const directory = createDirectory(config, nothingSaid)();
const set = await loadPolicyFolder(POLICIES, { groups: GROUPS.split(' ') });
if (!set.ok) throw new Error(JSON.stringify(set.error));
const engine = await createPolicyEngine({ set: set.value, run: 'in-process' });
afterAll(() => engine.close());

type Proposed = {
  readonly agent: string;
  readonly type: string;
  readonly on: string;
  readonly args: Json;
};

function understand({ type, on, args }: Proposed): Understood {
  const [resourceType = '', id = ''] = on.split('::');
  const understood = gate.understand({
    type,
    resource: { type: resourceType, id },
    arguments: args,
  });
  if (!understood.ok) throw new Error(JSON.stringify(understood.error));
  return understood.value;
}

const OWNER: Entity = { type: 'Person', id: 'mona', attrs: { suspended: false }, parents: [] };

/** The question core would ask, on a Friday. */
function questionOf(proposed: Proposed, hour: number): Question {
  const { facts, judgedAs, resource, inspectable } = understand(proposed);
  const agent = directory.agent(proposed.agent);
  const principal: Entity = {
    type: 'Agent',
    id: proposed.agent,
    attrs: {
      owner: TypedFact.entity('Person', 'mona'),
      trust: agent?.trust ?? 0,
      quarantined: false,
    },
    parents: (agent?.teams ?? []).map((id) => ({ type: 'Team', id })),
  };
  const base = {
    killSwitch: directory.isKilled(proposed.agent),
    now: TypedFact.datetime('2026-01-02T16:00:00.000Z'),
    local: { weekday: 'Fri', hour },
    inspectable: TypedFact.entity('Inspectable', inspectable),
  };
  return {
    agent: proposed.agent,
    action: judgedAs,
    resource,
    facts: { ...facts, base },
    entities: [principal, OWNER, ...(directory.resource(resource.type, resource.id) ?? [])],
  };
}

const judge = async (proposed: Proposed, hour = 16): Promise<readonly string[]> => {
  const { code, matched } = await engine.judge(questionOf(proposed, hour));
  return [code, ...matched.forbid, ...matched.review];
};

const DB = 'Database::crm';
const SELECT = { agent: 'data-bot', type: 'sql.select', on: DB };
const EXPORT = { agent: 'data-bot', type: 'sql.export', on: DB };
const S3 = { destination: 's3://exports' };
const ATTACH = { agent: 'infra-bot', type: 'aws.iam.attach', on: 'AwsAccount::1234' };
const APPLY = { agent: 'infra-bot', type: 'terraform.apply', on: 'Workspace::shop' };
const DEPLOY = { agent: 'infra-bot', type: 'deploy.release', on: 'Service::shop' };
const MFA = { agent: 'help-bot', type: 'idp.mfa.reset', on: 'Account::dave@idp' };
const arn = (name: string): Json => ({
  policyArn: name.startsWith('arn:') ? name : `arn:aws:iam::aws:policy/${name}`,
  principalArn: 'arn:aws:iam::1234:role/app',
});
const SOME = { table: 'customers', columns: ['id', 'email', 'phone'] };

describe('the shipped types under the shipped policies decide as the outcome table says', () => {
  test.each<readonly [string, Proposed, readonly string[]]>([
    [
      '1 reads 200 rows',
      { ...SELECT, args: { table: 'customers', columns: ['id'], limit: 200 } },
      ['permitted'],
    ],
    [
      '2 exports 900 rows',
      { ...EXPORT, args: { table: 'plans', columns: ['id', 'name'], ...S3 } },
      ['permitted'],
    ],
    [
      '3 exports 120 000 rows with PII',
      { ...EXPORT, args: { ...SOME, ...S3 } },
      ['needs-review', 'export-of-pii', 'large-export'],
    ],
    [
      '4 helpdesk, as 3',
      { ...EXPORT, agent: 'help-bot', args: { ...SOME, ...S3 } },
      ['no-permit', 'export-of-pii', 'large-export'],
    ],
    [
      '5 DROP',
      { agent: 'infra-bot', type: 'sql.ddl', on: DB, args: { operation: 'drop', table: 'plans' } },
      ['needs-review', 'prod-ddl'],
    ],
    [
      '6 attaches AdministratorAccess',
      { ...ATTACH, args: arn('AdministratorAccess') },
      ['needs-review', 'iam-attach', 'iam-attach-admin'],
    ],
    [
      '6b attaches a harmless one',
      { ...ATTACH, args: arn('AmazonS3ReadOnlyAccess') },
      ['needs-review', 'iam-attach'],
    ],
    [
      '6c attaches one of the customer',
      { ...ATTACH, args: arn('arn:aws:iam::1234:policy/x') },
      ['needs-review', 'iam-attach', 'iam-attach-admin'],
    ],
    [
      '7 plan with 3 destroys',
      { ...APPLY, args: { planDigest: PLAN } },
      ['needs-review', 'terraform-destroy'],
    ],
    ['8 plan with none', { ...APPLY, args: { planDigest: 'sha256:00' } }, ['permitted']],
    [
      '8b a plan nobody registered',
      { ...APPLY, args: { planDigest: 'sha256:ff' } },
      ['no-permit', 'terraform-destroy'],
    ],
    ['12 deploys, green', { ...DEPLOY, args: { release: 'v1' } }, ['permitted']],
    [
      '12b deploys, red',
      { ...DEPLOY, args: { release: 'v2' } },
      ['needs-review', 'deploy-out-of-hours'],
    ],
    [
      '12c deploys what nobody tested',
      { ...DEPLOY, args: { release: 'v3' } },
      ['needs-review', 'deploy-out-of-hours'],
    ],
    [
      '14 MFA reset with ticket',
      { ...MFA, args: { subject: 'dave', ticket: 'HD-4711' } },
      ['needs-review', 'mfa-reset'],
    ],
    ['15 MFA reset without', { ...MFA, args: { subject: 'dave' } }, ['no-permit', 'mfa-reset']],
    [
      '17 a table the catalogue does not know',
      { ...SELECT, args: { table: 'x', columns: ['id'], limit: 1 } },
      ['no-permit'],
    ],
    [
      '17b all columns',
      { ...EXPORT, args: { table: 'plans', columns: ['*'], ...S3 } },
      ['no-permit'],
    ],
    [
      'reads one address',
      { ...SELECT, args: { table: 'customers', columns: ['email'], limit: 1 } },
      ['no-permit'],
    ],
    [
      'writes',
      {
        agent: 'infra-bot',
        type: 'sql.write',
        on: DB,
        args: { verb: 'update', table: 'plans', values: { name: 'x' }, where: { id: 1 } },
      },
      ['permitted'],
    ],
  ])('%s', async (_, proposed, outcome) => {
    expect(await judge(proposed)).toEqual(outcome);
  });

  test('13 deploys after hours', async () => {
    expect(await judge({ ...DEPLOY, args: { release: 'v1' } }, 18)).toEqual([
      'needs-review',
      'deploy-out-of-hours',
    ]);
  });

  test.each(types.value.map(({ name }) => [name] as const))(
    '%s has the context its Cedar action declares',
    async (name) => {
      const examples: readonly Proposed[] = [
        { ...SELECT, args: { table: 'plans', columns: ['id'] } },
        { ...EXPORT, args: { table: 'plans', columns: ['id'], ...S3 } },
        { ...SELECT, type: 'sql.write', args: { verb: 'delete', table: 'plans' } },
        { ...SELECT, type: 'sql.ddl', args: { operation: 'truncate', table: 'plans' } },
        { ...ATTACH, args: arn('x') },
        { ...APPLY, args: { planDigest: '?' } },
        { ...DEPLOY, args: { release: '?' } },
        { ...MFA, args: { subject: 'dave' } },
      ];
      const example = examples.find(({ type }) => type === name);
      if (!example) throw new Error(`no example of ${name}`);
      const { code } = await engine.judge(questionOf(example, 16));
      expect(['request-invalid', 'input-rejected', 'policy-error', 'engine-trap']).not.toContain(
        code,
      );
    },
  );
});

test('a reviewer reads a headline of facts', () => {
  const { headline, details } = understand({
    ...EXPORT,
    args: { ...SOME, ...S3, purpose: 'urgent, please approve' },
  });
  expect(headline).toBe(
    'Export id, email, phone of crm.customers to s3://exports (at most 120,000 rows)',
  );
  expect(details).toContainEqual({ label: 'personal data', value: 'email, phone' });
  expect(JSON.stringify([headline, details])).not.toContain('urgent');
});
