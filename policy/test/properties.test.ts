import { ASSURANCES, RISKS, TypedFact, canonical } from '@countersign/core';
import type { Entity, Fact, Question, Requirement } from '@countersign/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { combine } from '../src/combine.ts';
import { encode, type Call } from '../src/encode.ts';
import { createEngine, type Engine } from '../src/engine.ts';
import { freshCedar } from '../src/load.ts';
import type { Policy } from '../src/policy-set.ts';
import { createSlices } from '../src/slices.ts';
import { concludeFrom, rulebookOf } from '../src/verdict.ts';
import { base, exportQuestion, loadGood, sampleSet, sql } from './sample.ts';

const sample = await sampleSet();

/** Requests over the sample's whole vocabulary, present and missing entities alike. */
const teams = fc.subarray(['data-agents', 'platform-agents', 'helpdesk-agents', 'other']);
const rows = fc.constantFrom(0, 200, 10_000, 10_001, 50_001, 120_000);
const insp = fc.constantFrom('full', 'partial', 'none');
const env = fc.constantFrom('dev', 'staging', 'prod');
const pii = fc.subarray(['email', 'phone']);
const entity = (
  type: string,
  id: string,
  attrs: Entity['attrs'],
  parents: Entity['parents'] = [],
): Entity => ({ type, id, attrs, parents });
const e = (type: string, id: string): TypedFact => TypedFact.entity(type, id);

const matter: fc.Arbitrary<readonly [string, string, Record<string, Fact>]> = fc.oneof(
  fc
    .record({ a: fc.constantFrom('sql.select', 'sql.write', 'sql.ddl'), rows, pii })
    .map(({ a, rows: n, pii: p }) => [a, 'Database', { sql: sql({ rows: n, pii: p }) }] as const),
  fc
    .record({ rows, pii })
    .map(
      ({ rows: n, pii: p }) =>
        ['sql.export', 'Database', { sql: sql({ rows: n, pii: p }), destination: 'x' }] as const,
    ),
  fc
    .boolean()
    .map((adminLike) => ['aws.iam.attach', 'AwsAccount', { policyArn: 'a', adminLike }] as const),
  fc
    .nat(3)
    .map(
      (destroys) =>
        [
          'terraform.apply',
          'Workspace',
          { adds: 0, changes: 0, destroys, destroyTypes: [] },
        ] as const,
    ),
  fc
    .record({
      pipesToShell: fc.boolean(),
      recursiveDelete: fc.boolean(),
      paths: fc.subarray(['/', './x', '~']),
      flags: fc.subarray(['--force']),
      programs: fc.subarray(['git', 'rm']),
    })
    .map((cmd) => ['shell.exec', 'Host', { cmd }] as const),
  fc.boolean().map((testsGreen) => ['deploy.release', 'Service', { testsGreen }] as const),
  fc
    .option(fc.constant('T-1'), { nil: undefined })
    .map((ticket) => ['idp.mfa.reset', 'Account', ticket === undefined ? {} : { ticket }] as const),
);
const attrsOf = (type: string, at: string): Entity['attrs'] => {
  if (type === 'Account') return { privileged: false };
  const attrs = { env: e('Env', at) };
  if (type === 'Database') return { ...attrs, owner: e('Team', 'data-owners') };
  return type === 'Service' ? { ...attrs, tier: 1 } : attrs;
};
const question: fc.Arbitrary<Question> = fc
  .record({
    teams,
    matter,
    insp,
    env,
    hour: fc.constantFrom(8, 9, 16, 17),
    kill: fc.boolean(),
    known: fc.boolean(),
    agentKnown: fc.boolean(),
    quarantined: fc.boolean(),
    suspended: fc.boolean(),
  })
  .map((r) => {
    const [action, type, facts] = r.matter;
    return {
      agent: 'bot',
      action,
      resource: { type, id: 'r' },
      facts: {
        base: base({
          killSwitch: r.kill && r.hour === 8,
          inspectable: e('Inspectable', r.insp),
          local: { weekday: 'Fri', hour: r.hour },
        }),
        ...facts,
      },
      entities: [
        ...(r.agentKnown || r.hour > 8
          ? [
              entity(
                'Agent',
                'bot',
                {
                  owner: e('Person', 'mona'),
                  trust: 1,
                  quarantined: r.quarantined && r.hour === 9,
                },
                r.teams.map((id) => ({ type: 'Team', id })),
              ),
            ]
          : []),
        entity('Person', 'mona', { suspended: r.suspended && r.hour === 9 }),
        ...(r.known ? [entity(type, 'r', attrsOf(type, r.env))] : []),
      ],
    };
  });

const callOf = (asked: Question): Call => {
  const encoded = encode(asked);
  if ('refused' in encoded) throw new Error(encoded.refused.path);
  return encoded.call;
};
const cedarJson = (
  call: Call,
): Parameters<ReturnType<typeof freshCedar>['statefulIsAuthorized']>[0] => ({
  ...(JSON.parse(JSON.stringify(call)) as object as Parameters<
    ReturnType<typeof freshCedar>['statefulIsAuthorized']
  >[0]),
  preparsedPolicySetId: 'all',
  preparsedSchemaName: 'schema',
  validateRequest: true,
});

/** Cedar with the whole set in one piece, by the sources given. */
function wholeCedar(policies: readonly Policy[], textOf: (policy: Policy) => string) {
  const cedar = freshCedar();
  cedar.preparseSchema('schema', sample.schema);
  const staticPolicies = Object.fromEntries(policies.map((policy) => [policy.id, textOf(policy)]));
  cedar.preparsePolicySet('all', { staticPolicies });
  return (call: Call) => cedar.statefulIsAuthorized(cedarJson(call));
}

test('POL-5 projection: without errors and shadow, native Cedar on the untouched files allows exactly what we allow', () => {
  const native = wholeCedar(sample.policies, (policy) => policy.source);
  const engine = createEngine(sample);
  const book = rulebookOf(sample, 'cedar');
  const seen = new Set<string>();
  fc.assert(
    fc.property(question, (asked) => {
      const ours = concludeFrom(book, engine.ask(callOf(asked)));
      const theirs = native(callOf(asked));
      seen.add(ours.code);
      if (theirs.type === 'failure') {
        expect(ours.code).toBe('request-invalid');
        return;
      }
      if (theirs.response.diagnostics.errors.length > 0) return;
      expect(theirs.response.decision).toBe(ours.verdict === 'allow' ? 'allow' : 'deny');
    }),
    { numRuns: 600 },
  );
  expect([...seen].toSorted()).toEqual([
    'forbidden',
    'needs-review',
    'no-permit',
    'permitted',
    'policy-error',
  ]);
});

test('POL-7 sliced = whole: cutting by scope changes no match and no error', () => {
  const whole = wholeCedar(sample.policies, (policy) => policy.matchSource);
  const engine = createEngine(sample);
  fc.assert(
    fc.property(question, (asked) => sameAsWhole(engine, whole, callOf(asked))),
    { numRuns: 600 },
  );
});

function sameAsWhole(engine: Engine, whole: ReturnType<typeof wholeCedar>, call: Call): void {
  const ours = engine.ask(call);
  const theirs = whole(call);
  if (theirs.type === 'failure') {
    expect(ours.type).toBe('invalid');
    return;
  }
  expect(ours).toEqual({
    type: 'answered',
    matched: theirs.response.diagnostics.reason.toSorted(),
    erred: theirs.response.diagnostics.errors.map(({ policyId }) => policyId).toSorted(),
  });
}

/** Policies with every shape of scope, enough of them that slices are cut by name too. */
const SCOPES = [
  'principal',
  'principal == Countersign::Agent::"data-bot"',
  'principal == Countersign::Agent::"other"',
  'principal is Countersign::Agent',
  'principal in Countersign::Team::"data-agents"',
  'principal in Countersign::Team::"none"',
  'principal is Countersign::Agent in Countersign::Team::"data-agents"',
  'principal in Countersign::Agent::"data-bot"',
];
const ACTIONS = [
  'action == Countersign::Action::"sql.export"',
  'action in Countersign::Action::"read"',
  'action in Countersign::Action::"any"',
  'action in [Countersign::Action::"sql.ddl", Countersign::Action::"sql.export"]',
  'action == Countersign::Action::"sql.ddl"',
];
const RESOURCES = [
  'resource',
  'resource == Countersign::Database::"crm"',
  'resource == Countersign::Database::"hr"',
  'resource is Countersign::Database',
  'resource in Countersign::Database::"crm"',
];
const every = SCOPES.flatMap((p) =>
  ACTIONS.flatMap((a) => RESOURCES.map((r) => `${p}, ${a}, ${r}`)),
);
const wide = loadGood({
  'a.cedar': every
    .filter((_, i) => i % 3 !== 2)
    .map((scope, i) => `@id("s-${i}") @reason("x") forbid (${scope}) when { resource has env };`)
    .join('\n'),
});

test('POL-7 sliced = whole with every shape of scope, by type, by name and over budget', () => {
  const whole = wholeCedar(wide.policies, (policy) => policy.matchSource);
  const engine = createEngine(wide);
  const resource = fc.constantFrom('crm', 'hr', 'lost').map((id) => ({ type: 'Database', id }));
  const parent = fc.subarray(['data-agents', 'none', 'else']);
  fc.assert(
    fc.property(
      resource,
      parent,
      fc.constantFrom('sql.export', 'sql.select', 'sql.ddl'),
      (at, parents, action) => {
        const { facts, entities } = exportQuestion({ resource: at });
        const [bot, ...rest] = entities;
        if (!bot) throw new Error('no agent');
        const asked: Question = {
          agent: 'data-bot',
          action,
          resource: at,
          facts: action === 'sql.export' ? facts : { base: base(), sql: sql() },
          entities: [{ ...bot, parents: parents.map((id) => ({ type: 'Team', id })) }, ...rest],
        };
        sameAsWhole(engine, whole, callOf(asked));
        const call = callOf(asked);
        const fine = createSlices(wide).sliceFor(call) ?? [];
        const coarse = createSlices(wide, 0).sliceFor(call) ?? [];
        expect(coarse).toEqual(expect.arrayContaining([...fine]));
        expect(fine.length).toBeLessThan(coarse.length);
      },
    ),
    { numRuns: 60 },
  );
});

const groups = fc
  .uniqueArray(fc.constantFrom('a', 'b', 'c'), { minLength: 1 })
  .map((list) => list.toSorted());
const STEPS = [{ afterMs: 500, groups: ['d'] }];
const later = fc.constantFrom<Pick<Requirement, 'escalation' | 'remindMs'>>(
  {},
  { escalation: STEPS },
  { remindMs: [100] },
  { escalation: STEPS, remindMs: [100, 900] },
);
const demanded: fc.Arbitrary<Requirement> = fc.record({
  kind: fc.constantFrom('review' as const, 'confirm' as const),
  groups,
  quorum: fc.integer({ min: 1, max: 9 }),
  assurance: fc.constantFrom(...ASSURANCES),
  expiresMs: fc.integer({ min: 1_000, max: 10_000 }),
  exclude: fc.subarray(['owner-team', 'requester', 'subject'] as const),
  stage: fc.integer({ min: 1, max: 3 }),
  distinct: fc.boolean(),
  risk: fc.constantFrom(...RISKS),
  policies: fc.constantFrom(['p1'], ['p2'], ['p3']),
  why: fc.constantFrom(['x'], ['y']),
});
const ceilings = fc.record({
  ms: fc.integer({ min: 1, max: 9 }),
  uses: fc.integer({ min: 1, max: 9 }),
});
const requirement: fc.Arbitrary<Requirement> = fc
  .tuple(demanded, later, fc.option(ceilings), fc.option(groups))
  .map(([one, more, waivable, breakGlass]) => ({
    ...one,
    ...more,
    ...(waivable && { waivable }),
    ...(breakGlass && { breakGlass }),
  }));
const some = fc.array(requirement, { maxLength: 6 });
const same = (a: Requirement, b: Requirement): boolean =>
  canonical([a.kind, a.groups, a.stage, a.distinct, [...(a.escalation ?? [])]]) ===
  canonical([b.kind, b.groups, b.stage, b.distinct, [...(b.escalation ?? [])]]);
const isAtLeastAsStrict = (a: Requirement, b: Requirement): boolean =>
  same(a, b) &&
  a.quorum >= b.quorum &&
  ASSURANCES.indexOf(a.assurance) >= ASSURANCES.indexOf(b.assurance) &&
  a.expiresMs <= b.expiresMs &&
  RISKS.indexOf(a.risk) >= RISKS.indexOf(b.risk) &&
  // POL-16, POL-17: nothing can be put aside that one of them does not let go, or for longer
  (!a.waivable ||
    (a.waivable.ms <= (b.waivable?.ms ?? 0) && a.waivable.uses <= (b.waivable?.uses ?? 0))) &&
  (a.breakGlass ?? []).every((group) => b.breakGlass?.includes(group)) &&
  b.exclude.every((one) => a.exclude.includes(one)) &&
  (b.remindMs ?? []).every((one) => a.remindMs?.includes(one)) &&
  b.policies.every((one) => a.policies.includes(one));

test('POL-12 combine is commutative and idempotent', () => {
  fc.assert(
    fc.property(some, some, (a, b) => {
      expect(combine([...b, ...a])).toEqual(combine([...a, ...b]));
      expect(combine([...combine(a), ...combine(a)])).toEqual(combine(a));
      expect(combine([...combine(a), ...b])).toEqual(combine([...a, ...b]));
    }),
  );
});

test('POL-12 combine is monotone: one more review never loosens, and each review is met when the combined one is', () => {
  fc.assert(
    fc.property(some, requirement, (list, one) => {
      const before = combine(list);
      const after = combine([...list, one]);
      for (const each of [...before, ...list, one])
        expect(after.some((now) => isAtLeastAsStrict(now, each))).toBe(true);
    }),
  );
});

test('R2 POL-8 any value at all as a fact: an answer, never an exception, never an allow of what is not plain facts', () => {
  const engine = createEngine(sample);
  const book = rulebookOf(sample, 'cedar');
  const anything = fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withSparseArray: true,
    withTypedArray: true,
    maxDepth: 6,
  });
  fc.assert(
    fc.property(anything, fc.constantFrom('destination', 'sql', 'base', 'extra'), (value, name) => {
      const encoded = encode(exportQuestion({ facts: { [name]: value } }));
      if ('refused' in encoded) {
        expect(encoded.refused.path.startsWith('$')).toBe(true);
        return;
      }
      const { verdict } = concludeFrom(book, engine.ask(encoded.call));
      if (name !== 'destination' || typeof value !== 'string') expect(verdict).toBe('deny');
      expect(JSON.stringify(encoded.call)).toBe(canonicalOrder(encoded.call));
    }),
    { numRuns: 1_000 },
  );
  expect(engine.recycled()).toBe(0);
});

/** What JSON makes of a call after a round trip: nothing the encoder passed may be lost on the way. */
const canonicalOrder = (call: Call): string => JSON.stringify(JSON.parse(JSON.stringify(call)));

test('R2 POL-8 hostile depth and width: refused in bounded time', () => {
  const engine = createEngine(sample);
  const text = fc.stringMatching(/^[ -~]{0,40}$/);
  const tree = fc.letrec<{ node: unknown }>((tie) => ({
    node: fc.oneof(
      { depthSize: 'large', maxDepth: 40 },
      text,
      fc.array(tie('node'), { maxLength: 3 }),
      fc.dictionary(text, tie('node'), { maxKeys: 3 }),
    ),
  })).node;
  fc.assert(
    fc.property(tree, (value) => {
      const encoded = encode(exportQuestion({ facts: { destination: value } }));
      if (!('refused' in encoded))
        expect(['answered', 'invalid']).toContain(engine.ask(encoded.call).type);
    }),
    { numRuns: 300 },
  );
  const wideList = encode(
    exportQuestion({ facts: { destination: Array.from({ length: 300_000 }, () => 'x') } }),
  );
  expect(wideList).toMatchObject({ refused: { path: '$.destination' } });
  expect(engine.recycled()).toBe(0);
});
