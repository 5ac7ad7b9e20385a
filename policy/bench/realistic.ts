import { readFileSync } from 'node:fs';
import { TypedFact, type Question } from '@countersign/core';
import type { SourceFile } from '../src/problem.ts';

/** The sample schema: ten actions, ten entity types. */
export const SCHEMA: string = readFileSync(
  new URL('../../policies/schema.cedarschema', import.meta.url),
  'utf8',
);

const full = 'context.base.inspectable == Countersign::Inspectable::"full"';
const database = 'resource is Countersign::Database';
const VERBS = ['sql.select', 'sql.export', 'sql.write', 'sql.ddl'];
/** The same spread-out number for the same `i` and `salt`, below `limit`. */
const pick = (i: number, salt: number, limit: number): number =>
  (Math.imul(Math.imul(i + 1, 2_654_435_761) ^ (salt * 40_503), 2_246_822_519) >>> 8) % limit;
const at = (list: readonly string[], i: number): string => list[pick(i, 1, list.length)] ?? '';

type Kind = {
  readonly file: 'all.cedar' | 'all.review.cedar';
  readonly text: (i: number) => string;
};

const permit = (id: string, scope: string, when: string): string =>
  `@id("${id}") @reason("${id}")\npermit (${scope})\nwhen { ${full} && ${when} };\n`;
const review = (id: string, scope: string, when: string): string =>
  `@id("${id}") @review("${id}") @approvers("dba, security") @quorum("2")\nforbid (${scope})\nwhen { ${when} };\n`;
const stop = (id: string, scope: string, when: string): string =>
  `@id("${id}") @reason("${id}")\nforbid (${scope})\nwhen { ${when} };\n`;

/** What a company's set is made of: a few rules for all, many that name a team, a database, or both. */
const ONE_TEAM: Kind = {
  file: 'all.cedar',
  text: (i) =>
    permit(
      `team-${i}`,
      `principal in Countersign::Team::"team-${pick(i, 2, 400)}", action == Countersign::Action::"${at(VERBS, i)}", ${database}`,
      `context.sql.rows <= ${(i % 9) * 1_000 + 500}`,
    ),
};
const ONE_DATABASE: Kind = {
  file: 'all.review.cedar',
  text: (i) =>
    review(
      `database-${i}`,
      `principal, action in Countersign::Action::"${at(['read', 'write', 'privileged'], i)}", resource == Countersign::Database::"db-${pick(i, 3, 1_000)}"`,
      `context.sql.tables.containsAny(["users_${i}", "payments_${i}"]) || context.sql.rows > ${i * 10}`,
    ),
};
const TEAM_ON_DATABASE: Kind = {
  file: 'all.cedar',
  text: (i) =>
    stop(
      `stop-${i}`,
      `principal in Countersign::Team::"team-${pick(i, 2, 400)}", action == Countersign::Action::"${at(VERBS, i)}", resource == Countersign::Database::"db-${pick(i, 3, 1_000)}"`,
      `!context.sql.hasWhere && context.sql.rows > ${i}`,
    ),
};
const ONE_ACTION: Kind = {
  file: 'all.review.cedar',
  text: (i) =>
    review(
      `action-${i}`,
      `principal, action == Countersign::Action::"${at(VERBS, i)}", ${database}`,
      `context.sql.pii.contains("kind-${i}") && resource.env == Countersign::Env::"prod"`,
    ),
};
const OTHER_SYSTEM: Kind = {
  file: 'all.review.cedar',
  text: (i) =>
    review(
      `shell-${i}`,
      `principal, action == Countersign::Action::"shell.exec", resource is Countersign::Host`,
      `context.cmd.programs.contains("tool-${i}")`,
    ),
};

/** Always there: what anybody may do, and the stop for all. */
const FOR_ALL = [
  {
    file: 'all.cedar',
    text: stop('kill-switch', 'principal, action, resource', 'context.base.killSwitch'),
  },
  {
    file: 'all.cedar',
    text: permit(
      'read',
      `principal is Countersign::Agent, action in Countersign::Action::"read", ${database}`,
      'context.sql.rows <= 10000',
    ),
  },
  {
    file: 'all.review.cedar',
    text: review(
      'large',
      `principal, action == Countersign::Action::"sql.export", ${database}`,
      'context.sql.rows > 5000',
    ),
  },
];

/** Of each hundred: forty name a team, thirty a database, twenty both, two an action alone, eight other systems. */
const kindAt = (i: number): Kind => {
  const place = pick(i, 4, 100);
  if (place < 40) return ONE_TEAM;
  if (place < 70) return ONE_DATABASE;
  if (place < 90) return TEAM_ON_DATABASE;
  return place < 92 ? ONE_ACTION : OTHER_SYSTEM;
};

/** A set of `size` policies as files. */
export function makePolicies(size: number): readonly SourceFile[] {
  const made = Array.from({ length: Math.max(0, size - FOR_ALL.length) }, (_, i) => {
    const kind = kindAt(i);
    return { file: kind.file, text: kind.text(i) };
  });
  return ['all.cedar', 'all.review.cedar'].map((file) => ({
    file,
    text: [...FOR_ALL, ...made]
      .filter((one) => one.file === file)
      .map(({ text }) => text)
      .join('\n'),
  }));
}

const tables = Array.from({ length: 8 }, (_, i) => `warehouse.customers_${i}`);

/** An export with three entities and just under 1 KB of facts. */
export const QUESTION: Question = {
  agent: 'data-bot',
  action: 'sql.export',
  resource: { type: 'Database', id: 'db-7' },
  facts: {
    base: {
      killSwitch: false,
      now: TypedFact.datetime('2026-01-02T16:00:00.000Z'),
      local: { weekday: 'Fri', hour: 16 },
      inspectable: TypedFact.entity('Inspectable', 'full'),
    },
    sql: {
      verbs: ['select'],
      tables,
      pii: ['email', 'phone', 'postal-address'],
      rows: 9_000,
      hasWhere: true,
    },
    destination: `s3://exports/${'long/'.repeat(40)}file.csv`,
  },
  entities: [
    {
      type: 'Agent',
      id: 'data-bot',
      attrs: { owner: TypedFact.entity('Person', 'mona'), trust: 2, quarantined: false },
      parents: [{ type: 'Team', id: 'team-7' }],
    },
    { type: 'Person', id: 'mona', attrs: { suspended: false }, parents: [] },
    {
      type: 'Database',
      id: 'db-7',
      attrs: {
        env: TypedFact.entity('Env', 'prod'),
        owner: TypedFact.entity('Team', 'data-owners'),
      },
      parents: [],
    },
  ],
};
