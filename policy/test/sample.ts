import { fileURLToPath } from 'node:url';
import { readFileSync } from 'node:fs';
import { TypedFact } from '@countersign/core';
import type { Entity, Fact, Facts, Question } from '@countersign/core';
import type { Candidate, Compiled } from '../src/candidate.ts';
import type { Cedar } from '../src/cedar.ts';
import { compile } from '../src/compile.ts';
import { freshCedar } from '../src/load.ts';
import { loadPolicyFolder } from '../src/load-set.ts';
import type { PolicySet } from '../src/policy-set.ts';

/** The folder the project ships. */
export const SAMPLE: string = fileURLToPath(new URL('../../policies', import.meta.url));
export const GROUPS: readonly string[] = [
  'data-owners',
  'data-protection',
  'dba',
  'identity-admins',
  'platform-oncall',
  'release-managers',
  'security',
];
export const SCHEMA: string = readFileSync(`${SAMPLE}/schema.cedarschema`, 'utf8');

export async function sampleSet(): Promise<PolicySet> {
  const loaded = await loadPolicyFolder(SAMPLE, { groups: GROUPS });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  return loaded.value;
}

const cedar: Cedar = freshCedar();

/** Compiles inline files under the sample schema, on this thread. */
export const load = (
  files: Readonly<Record<string, string>>,
  more: Partial<Candidate> = {},
): Compiled =>
  compile(() => cedar, {
    schema: { file: 'schema.cedarschema', text: SCHEMA },
    policies: Object.entries(files).map(([file, text]) => ({ file, text })),
    groups: GROUPS,
    ...more,
  });

export function loadGood(files: Readonly<Record<string, string>>): PolicySet {
  const loaded = load(files);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.set;
}

export const FULL: string = 'context.base.inspectable == Countersign::Inspectable::"full"';
export const MAY_EXPORT: string = `@id("may-export") @reason("May export")
permit (principal, action == Countersign::Action::"sql.export", resource) when { ${FULL} };`;

export const base = (more: Facts = {}): Facts => ({
  killSwitch: false,
  now: TypedFact.datetime('2026-01-02T16:00:00.000Z'),
  local: { weekday: 'Fri', hour: 16 },
  inspectable: TypedFact.entity('Inspectable', 'full'),
  ...more,
});

export const sql = (more: Facts = {}): Facts => ({
  verbs: ['select'],
  tables: ['customers'],
  pii: [],
  rows: 900,
  hasWhere: true,
  ...more,
});

export const DATA_BOT: readonly Entity[] = [
  {
    type: 'Agent',
    id: 'data-bot',
    attrs: { owner: TypedFact.entity('Person', 'mona'), trust: 2, quarantined: false },
    parents: [{ type: 'Team', id: 'data-agents' }],
  },
  { type: 'Person', id: 'mona', attrs: { suspended: false }, parents: [] },
];
export const CRM: Entity = {
  type: 'Database',
  id: 'crm',
  attrs: { env: TypedFact.entity('Env', 'prod'), owner: TypedFact.entity('Team', 'data-owners') },
  parents: [],
};

/** Row 2 of the outcome table, with what a test changes. */
export const exportQuestion = (
  more: {
    readonly facts?: Readonly<Record<string, unknown>>;
    readonly entities?: readonly Entity[];
    readonly action?: string;
    readonly resource?: Question['resource'];
  } = {},
): Question => ({
  agent: 'data-bot',
  action: more.action ?? 'sql.export',
  resource: more.resource ?? { type: 'Database', id: 'crm' },
  facts: {
    base: base(),
    sql: sql(),
    destination: 's3://exports',
    ...(more.facts as Record<string, Fact>),
  },
  entities: more.entities ?? [...DATA_BOT, CRM],
});
