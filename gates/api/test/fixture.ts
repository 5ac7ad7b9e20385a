import type { Json, Result, Understood, GateRefusal } from '@countersign/core';
import {
  createApiGate,
  readActionTypes,
  type ApiActionType,
  type Catalogue,
  type Resource,
} from '../src/index.ts';

/** Types from plain data that must be right. */
export function typesOf(json: Json): readonly ApiActionType[] {
  const types = readActionTypes(json);
  if (!types.ok) throw new Error(JSON.stringify(types.error));
  return types.value;
}

const text: Json = { type: 'string' };

/** Types with every kind of rule. */
export const TYPES: { readonly [name: string]: Json } = {
  'sql.select': {
    version: 3,
    resource: 'Database',
    headline: 'Read {columns} of {resource}.{table}',
    credential: 'crm-reader',
    execution_timeout: '30s',
    arguments: {
      table: text,
      columns: { type: 'array', items: text },
      where: { type: 'object', optional: true },
      limit: { type: 'integer', optional: true },
      note: { type: 'json', optional: true, presentational: true },
    },
    facts: {
      sql: {
        sql: { verb: 'select', table: 'table', columns: 'columns', where: 'where', limit: 'limit' },
      },
    },
  },
  'sql.write': {
    version: 1,
    resource: 'Database',
    headline: 'Run {verb}',
    arguments: {
      verb: { type: 'string', enum: ['insert', 'update', 'delete', 'drop'] },
      table: text,
      values: { type: 'object', optional: true },
      where: { type: 'object', optional: true },
      limit: { type: 'integer', optional: true },
    },
    facts: {
      sql: {
        sql: {
          verb: { argument: 'verb' },
          table: 'table',
          columns: 'values',
          where: 'where',
          limit: 'limit',
        },
      },
    },
  },
  'iam.attach': {
    version: 1,
    resource: 'AwsAccount',
    headline: 'Attach {policyArn}',
    arguments: { policyArn: text, secret: { type: 'string', optional: true, private: true } },
    facts: {
      policyArn: { argument: 'policyArn' },
      adminLike: {
        matches: {
          argument: 'policyArn',
          ends_with: ['AdministratorAccess'],
          known: ['arn:aws:iam::aws:policy/'],
        },
      },
    },
  },
  'deploy.release': {
    version: 1,
    resource: 'Service',
    headline: 'Deploy {release} of {resource}: {testsGreen}',
    arguments: { release: text, extra: { type: 'json', optional: true } },
    facts: {
      testsGreen: {
        lookup: {
          list: 'releases',
          key: 'release',
          member: 'green',
          otherwise: false,
          inspectable: 'full',
        },
      },
      size: { lookup: { list: 'releases', key: 'release', member: 'size', otherwise: 99 } },
      kind: { value: 'rollout' },
    },
  },
  'mfa.reset': {
    version: 1,
    resource: 'Account',
    judged_as: 'idp.mfa.reset',
    headline: 'Reset {resource}',
    arguments: { subject: text, ticket: { type: 'string', optional: true } },
    subject: 'subject',
    facts: { ticket: { argument: 'ticket' } },
  },
  'script.run': {
    version: 1,
    resource: 'Service',
    headline: 'Run a script on {resource}',
    inspectable: 'none',
    arguments: { code: text },
  },
};

const resource = (type: string, id: string, more: Partial<Resource> = {}): Resource => ({
  type,
  id,
  tables: {},
  lists: {},
  ...more,
});

const RESOURCES: readonly Resource[] = [
  resource('Database', 'crm', {
    executor: 'crm-runner',
    tables: {
      customers: { rows: 60_000, columns: ['id', 'plan'], pii: { email: 'email', phone: 'phone' } },
    },
  }),
  resource('AwsAccount', '1'),
  resource('Service', 'shop', {
    lists: { releases: { v1: { green: true, size: 3 }, odd: { green: 'yes' } } },
  }),
  resource('Account', 'dave@idp', { person: 'dave' }),
  resource('Account', 'unclaimed'),
];

export const CATALOGUE: Catalogue = {
  resource: (type, id) => RESOURCES.find((one) => one.type === type && one.id === id),
};

const gate = createApiGate(typesOf(TYPES), CATALOGUE);

/** What the gate makes of a proposal on `Type::id`. */
export function propose(type: string, on: string, args: Json): Result<Understood, GateRefusal> {
  const [resourceType = '', id = ''] = on.split('::');
  return gate.understand({ type, resource: { type: resourceType, id }, arguments: args });
}

/** The same for a proposal that must be understood. */
export function understood(type: string, on: string, args: Json): Understood {
  const answer = propose(type, on, args);
  if (!answer.ok) throw new Error(JSON.stringify(answer.error));
  return answer.value;
}
