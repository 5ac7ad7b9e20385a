// A small office for tests: people, agents, one gate, and a judge that answers as the row at hand says.
import { random, readSigningKey, makeSigningKeyPem } from '../src/crypto.ts';
import type { Agent, Directory, Person } from '../src/directory.ts';
import { createAttention } from '../src/flood/attention.ts';
import type { Gate } from '../src/gate.ts';
import type { Ballot } from '../src/ballot.ts';
import { createGatekeeper, type Gatekeeper } from '../src/gatekeeper.ts';
import type { Judgement } from '../src/judgement.ts';
import type { Parts } from '../src/parts.ts';
import type { LedgerStore } from '../src/ports.ts';
import type { Requirement } from '../src/approval/requirement.ts';
import type { Proposal } from '../src/draft.ts';
import { shown } from '../src/release.ts';
import { digestView } from '../src/action/view.ts';
import { ok, err } from '../src/result.ts';
import { createFixedClock, createMemoryStore, type FixedClock } from '../src/testing/index.ts';
import { validateArguments, type ActionType } from '../src/action/schema.ts';

export const person = (
  id: string,
  groups: readonly string[] = [],
  more: Partial<Person> = {},
): Person => ({
  id,
  name: id,
  human: id,
  groups,
  active: true,
  reach: 'chat',
  ...more,
});

const PEOPLE: readonly Person[] = [
  person('mona', ['data-owners', 'admins']),
  person('mona-admin', ['data-owners', 'security'], { human: 'mona' }),
  person('dana', ['data-owners']),
  person('ana', ['security', 'data-protection']),
  person('ben', ['data-protection', 'data-owners']),
  person('carl', ['data-owners']),
  person('gone', ['data-owners'], { active: false }),
];

const AGENT: Agent = {
  id: 'data-bot',
  owner: 'mona',
  teams: ['data-agents'],
  trust: 1,
  quarantined: false,
  actsFor: ['carl', 'dana'],
  delegators: [],
};

export const requirement = (more: Partial<Requirement> = {}): Requirement => ({
  kind: 'review',
  groups: ['data-owners'],
  quorum: 1,
  assurance: 'chat',
  expiresMs: 3_600_000,
  exclude: ['requester'],
  stage: 1,
  distinct: false,
  risk: 'medium',
  policies: ['large-export'],
  why: ['Many rows leave the database'],
  ...more,
});

const base: Judgement = {
  verdict: 'allow',
  code: 'permitted',
  matched: { permit: ['data-agents-may-export'], forbid: [], review: [] },
  shadow: [],
  errors: [],
  requirements: [],
  reasons: ['Data agents may export'],
  policyDigest: `sha256:${'0'.repeat(64)}`,
  engine: 'test',
};
export const allow: Judgement = base;
export const deny: Judgement = { ...base, verdict: 'deny', code: 'forbidden', reasons: ['Never'] };
export const review = (...requirements: readonly Requirement[]): Judgement => ({
  ...base,
  verdict: 'review',
  code: 'needs-review',
  requirements: requirements.length > 0 ? requirements : [requirement()],
});

const EXPORT: ActionType = {
  name: 'crm.export',
  version: 1,
  resource: 'Database',
  arguments: {
    table: { type: 'string' },
    limit: { type: 'integer', default: 10 },
    note: { type: 'string', optional: true, presentational: true },
    password: { type: 'string', optional: true, private: true },
  },
};

const gate: Gate = {
  name: 'api',
  types: new Set([EXPORT.name]),
  understand: (proposal) => {
    const validated = validateArguments(EXPORT, proposal.arguments);
    if (!validated.ok) return err({ code: 'invalid-arguments', ...validated.error });
    const { bound } = validated.value;
    return ok({
      ...validated.value,
      type: EXPORT.name,
      schemaVersion: EXPORT.version,
      resource: proposal.resource,
      judgedAs: 'sql.export',
      facts: { rows: 3 },
      inspectable: 'full',
      headline: `Export ${String(bound['table'])}`,
      details: [],
      privateArguments: ['password'],
    });
  },
};

export type Office = {
  readonly gatekeeper: Gatekeeper;
  readonly parts: Parts;
  readonly clock: FixedClock;
  readonly store: LedgerStore;
  /** What policy says from now on. */
  says: Judgement;
  people: readonly Person[];
  agent: Agent;
  killed: boolean;
  readonly propose: (more?: Partial<Proposal>) => ReturnType<Gatekeeper['propose']>;
  readonly ballotOf: (id: string, more?: Partial<Ballot>) => Promise<Ballot>;
};

export function openOffice(
  says: Judgement = allow,
  store?: (clock: FixedClock) => LedgerStore,
): Office {
  const clock = createFixedClock();
  const directory = (): Directory => ({
    agent: (id) => (id === office.agent.id ? office.agent : undefined),
    person: (id) => office.people.find((one) => one.id === id),
    members: (groups) =>
      office.people.filter((one) => one.groups.some((group) => groups.includes(group))),
    resource: () => [],
    isKilled: () => office.killed,
  });
  const parts: Parts = {
    store: store ? store(clock) : createMemoryStore({ clock }),
    judge: { judge: async () => office.says },
    directory,
    clock,
    random,
    gateOf: (type) => (type === EXPORT.name ? gate : undefined),
    display: {
      text: (text) => text,
      json: (value, names) =>
        typeof value === 'object' && value !== null && !Array.isArray(value)
          ? Object.fromEntries(
              Object.entries(value).map(([name, one]) => [
                name,
                names.includes(name) ? '‹masked›' : one,
              ]),
            )
          : value,
      claim: (text) => text.slice(0, 280),
    },
    secrets: { masterKey: random(32), fingerprintKey: random(32) },
    attention: createAttention(1_000),
    grantKey: readSigningKey(makeSigningKeyPem()),
    settings: {
      origin: 'test.example/ledger',
      grantMs: 300_000,
      executionMs: 60_000,
      denialMs: 600_000,
      idempotencyMs: 86_400_000,
      maxPending: 3,
      maxPendingPerSession: 3,
      maxPendingPerOwner: 3,
      denialsBeforeLock: 3,
      glassUseMs: 600_000,
      glassReviewMs: 86_400_000,
      timeZone: 'UTC',
    },
  };
  const gatekeeper = createGatekeeper(parts);
  const office: Office = {
    gatekeeper,
    parts,
    clock,
    store: parts.store,
    says,
    people: PEOPLE,
    agent: AGENT,
    killed: false,
    propose: (more = {}) =>
      gatekeeper.propose({
        agent: AGENT.id,
        type: EXPORT.name,
        resource: { type: 'Database', id: 'crm' },
        arguments: { table: 'customers' },
        ...more,
      }),
    ballotOf: async (id, more = {}) => {
      const view = await shown(parts, id);
      if (!view) throw new Error('nobody was asked');
      const { approvalId, version } = view;
      return {
        approvalId,
        version,
        seenDigest: digestView(view),
        control: 'vote',
        choice: 'approve',
        assurance: 'chat',
        channel: 'api',
        ...more,
      };
    },
  };
  return office;
}

/** The value of a result that must be there. */
export function must<T>(result: { ok: true; value: T } | { ok: false; error: unknown }): T {
  if (!result.ok) throw new Error(`refused: ${JSON.stringify(result.error)}`);
  return result.value;
}

export function who(office: Office, id: string): Person {
  const found = office.people.find((one) => one.id === id);
  if (!found) throw new Error(`no ${id}`);
  return found;
}
