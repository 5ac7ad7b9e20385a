import type { Entity, Judgement } from '@countersign/core';
import { afterAll, expect, test } from 'vitest';
import { compile } from '../src/compile.ts';
import { createEngine } from '../src/engine.ts';
import { encode } from '../src/encode.ts';
import { createPolicyEngine, type PolicyEngine } from '../src/index.ts';
import { freshCedar } from '../src/load.ts';
import { compileApart } from '../src/load-set.ts';
import { concludeFrom, rulebookOf } from '../src/verdict.ts';
import {
  CRM,
  DATA_BOT,
  exportQuestion,
  load,
  loadGood,
  MAY_EXPORT,
  SCHEMA,
  sql,
} from './sample.ts';

const E = 'Countersign::Action::"sql.export"';
const stop = (when: string): string =>
  `@id("stop") @reason("Stop")\nforbid (principal, action == ${E}, resource) when { ${when} };`;
const review = (when: string): string =>
  `@id("ask") @review("Ask") @approvers("dba")\nforbid (principal, action == ${E}, resource) when { ${when} };`;

const HAZARDS = loadGood({
  'a.cedar': `${MAY_EXPORT}\n${stop('resource.env == Countersign::Env::"dev" || context.sql.rows * 1000000 > 5 && context.destination == "x"')}`,
});
const engines: PolicyEngine[] = [];
afterAll(async () => void (await Promise.all(engines.map((engine) => engine.close()))));

async function judgeBy(set: typeof HAZARDS, question: unknown): Promise<Judgement> {
  const engine = await createPolicyEngine({ set, run: 'in-process' });
  engines.push(engine);
  return engine.judge(question as Parameters<PolicyEngine['judge']>[0]);
}
const running = await createPolicyEngine({ set: HAZARDS, run: 'in-process' });
engines.push(running);

const nested = (depth: number): unknown => {
  let value: unknown = 'x';
  for (let i = 0; i < depth; i++) value = { a: value };
  return value;
};
const withFact = (value: unknown): unknown => exportQuestion({ facts: { destination: value } });
const proto: unknown = JSON.parse('{"__proto__": {"polluted": true}}');

const judged: readonly (readonly [title: string, question: unknown, code: string])[] = [
  [
    'H2 the resource is missing from the entities',
    exportQuestion({ entities: DATA_BOT }),
    'policy-error',
  ],
  [
    'H3 a valid forbid overflows',
    exportQuestion({ facts: { sql: sql({ rows: Number.MAX_SAFE_INTEGER }) } }),
    'policy-error',
  ],
  [
    'POL-9 H4 {"__entity"} for a string',
    withFact({ __entity: { type: 'Countersign::Team', id: 'x' } }),
    'input-rejected',
  ],
  [
    'POL-9 H4 {"__extn"} for a string',
    withFact({ __extn: { fn: 'ip', arg: '1.1.1.1' } }),
    'input-rejected',
  ],
  ['H4 {"__expr"} for a string', withFact({ __expr: '1' }), 'input-rejected'],
  [
    'H4 the same inside a set',
    exportQuestion({ facts: { sql: sql({ tables: [{ __entity: {} }] as never }) } }),
    'input-rejected',
  ],
  ['H5 the unknown extension', withFact({ __extn: { fn: 'unknown', arg: 'x' } }), 'input-rejected'],
  ['H6 null', withFact(null), 'input-rejected'],
  ['H6 a fraction', withFact(1.5), 'input-rejected'],
  ['H6 1e300', withFact(1e300), 'input-rejected'],
  ['H6 NaN', withFact(Number.NaN), 'input-rejected'],
  ['H6 a BigInt', withFact(1n), 'input-rejected'],
  ['H6 undefined', withFact(undefined), 'input-rejected'],
  [
    'H6 undefined in a list',
    exportQuestion({ facts: { sql: sql({ tables: [undefined] as never }) } }),
    'input-rejected',
  ],
  [
    'H6 a hole in a list',
    exportQuestion({ facts: { sql: sql({ tables: Array(2) as never }) } }),
    'input-rejected',
  ],
  ['H6 a function', withFact(() => 'x'), 'input-rejected'],
  ['H6 a lone surrogate', withFact('\ud800'), 'input-rejected'],
  ['H6 a lone surrogate in a name', withFact({ '\udc00': 1 }), 'input-rejected'],
  [
    'H6 a throwing getter',
    withFact({
      get a(): never {
        throw new Error('no');
      },
    }),
    'input-rejected',
  ],
  ['H6 a class instance', withFact(new Date(0)), 'input-rejected'],
  ['H7 2^53', exportQuestion({ facts: { sql: sql({ rows: 2 ** 53 }) } }), 'input-rejected'],
  ['H8 25 levels', withFact(nested(25)), 'input-rejected'],
  ['H8 3,000 levels', withFact(nested(3_000)), 'input-rejected'],
  ['H8 the key __proto__', withFact(proto), 'input-rejected'],
  ['H8 24 levels, of the wrong type', withFact(nested(23)), 'request-invalid'],
  ['H12 an unknown action', exportQuestion({ action: 'sql.vacuum' }), 'request-invalid'],
  [
    'H12 an unknown resource type',
    exportQuestion({ resource: { type: 'Toaster', id: 'x' } }),
    'request-invalid',
  ],
  [
    'H12 a resource the action does not apply to',
    exportQuestion({ resource: { type: 'Host', id: 'x' } }),
    'request-invalid',
  ],
  [
    'H13 entities redefine an action',
    exportQuestion({
      entities: [
        ...DATA_BOT,
        CRM,
        { type: 'Action', id: 'sql.export', attrs: {}, parents: [{ type: 'Action', id: 'write' }] },
      ],
    }),
    'request-invalid',
  ],
  [
    'H13 one uid with two attribute sets',
    exportQuestion({
      entities: [
        ...DATA_BOT,
        CRM,
        { ...CRM, attrs: { ...CRM.attrs, owner: CRM.attrs['env'] } } as Entity,
      ],
    }),
    'request-invalid',
  ],
];

test.each(judged)('POL-6 POL-8 POL-10 %s: never allowed', async (_title, question, code) => {
  const judgement = await running.judge(question as never);
  expect(judgement).toMatchObject({ verdict: 'deny', code });
  if (code === 'input-rejected') expect(judgement.reasons[0]).toMatch(/^\$/);
});

const refusedLoads: readonly (readonly [
  title: string,
  load: () => ReturnType<typeof load>,
  code: string,
])[] = [
  [
    'H1 a misspelt attribute, no schema',
    () => compile(freshCedar, { policies: [{ file: 'a.cedar', text: MAY_EXPORT }] }),
    'schema-missing',
  ],
  ['H1 a misspelt attribute', () => load({ 'a.cedar': stop('context.sql.rowz > 1') }), 'invalid'],
  [
    'H10 a misspelt annotation',
    () => load({ 'a.review.cedar': review('context.sql.rows > 1').replace('@review', '@reviev') }),
    'annotation-unknown',
  ],
  [
    'H10 a value-less annotation',
    () =>
      load({
        'a.review.cedar': review('context.sql.rows > 1').replace('@review("Ask")', '@review'),
      }),
    'annotation-empty',
  ],
  [
    'H15 the literal 9007199254740993',
    () => load({ 'a.cedar': stop('context.sql.rows == 9007199254740993') }),
    'integer-too-large',
  ],
  [
    'H19 approvals as context data',
    () => load({ 'a.review.cedar': review('!(context.approvals.contains("ana"))') }),
    'invalid',
  ],
  [
    'H20 a quorum in the condition',
    () =>
      load({
        'a.review.cedar': review('context.approvals >= 1').replace(
          '@review',
          '@quorum("2") @review',
        ),
      }),
    'invalid',
  ],
  [
    'H21 one broken policy',
    () => load({ 'a.cedar': MAY_EXPORT, 'b.cedar': 'forbid (principal' }),
    'syntax',
  ],
  [
    'H22 a set whose schema was never written',
    () =>
      compile(freshCedar, {
        policies: [
          {
            file: 'a.cedar',
            text: '@id("bedtime") @reason("Bedtime") forbid (principal, action, resource) when { principal.profile == "kid" };',
          },
        ],
      }),
    'schema-missing',
  ],
];

test.each(refusedLoads)('POL-3 %s: the load is refused', (_title, tryLoad, code) => {
  const loaded = tryLoad();
  expect(!loaded.ok && loaded.problems.map((problem) => problem.code)).toContain(code);
});

test('H9 permit and review that match are both recorded', async () => {
  const set = loadGood({ 'a.cedar': MAY_EXPORT, 'b.review.cedar': review('context.sql.rows > 1') });
  expect(await judgeBy(set, exportQuestion())).toMatchObject({
    verdict: 'review',
    matched: { permit: ['may-export'], forbid: [], review: ['ask'] },
  });
});

test('H11 every record names policies by their @id', async () => {
  const { matched } = await judgeBy(HAZARDS, exportQuestion());
  expect(matched.permit).toEqual(['may-export']);
});

test('POL-6 H14 an id that was never loaded is believed in nothing', () => {
  const book = rulebookOf(HAZARDS, 'cedar');
  expect(
    concludeFrom(book, { type: 'answered', matched: ['may-export', 'ghost'], erred: [] }),
  ).toMatchObject({
    verdict: 'deny',
    code: 'engine-trap',
  });
});

test('POL-13 H16 the text of a failing request is in no judgement', async () => {
  const secret = 'hunter2-secret';
  const asked = exportQuestion({ facts: { destination: { [secret]: secret } } });
  const judgement = await running.judge(asked);
  expect(judgement.code).toBe('request-invalid');
  expect(JSON.stringify(judgement)).not.toContain(secret);
});

test.each([
  ['300 parentheses', stop(`${'('.repeat(300)}context.sql.rows == 1${')'.repeat(300)}`)],
  [
    '400 `||`',
    stop(Array.from({ length: 400 }, (_, i) => `context.sql.rows == ${i}`).join(' || ')),
  ],
])('POL-4 H17 %s: refused in the worker, the running engine answers on', async (_title, text) => {
  const loaded = await compileApart({
    schema: { file: 's', text: SCHEMA },
    policies: [{ file: 'a.cedar', text }],
  });
  expect(!loaded.ok && loaded.error[0]?.code).toBe('too-complex');
  expect(await running.judge(exportQuestion())).toMatchObject({ verdict: 'allow' });
});

test('POL-4 H17 a policy that traps the engine in spite of all limits is a refused load that names it', async () => {
  const chain = Array.from({ length: 62 }, (_, i) => `context.sql.rows == ${i}`).join(' || ');
  let when = 'false';
  for (let i = 0; i < 30; i++) when = `(${when} || ${chain})`;
  const loaded = await compileApart({
    schema: { file: 's', text: SCHEMA },
    policies: [{ file: 'a.cedar', text: `${MAY_EXPORT}\n\n${stop(when)}` }],
  });
  expect(!loaded.ok && loaded.error).toMatchObject([
    { code: 'engine-trap', file: 'a.cedar', line: 4 },
  ]);
});

test('POL-15 H18 a trapped engine denies, is replaced, and answers on', () => {
  let cedar = freshCedar();
  const engine = createEngine(HAZARDS, () => (cedar = freshCedar()));
  const encoded = encode(exportQuestion());
  if ('refused' in encoded) throw new Error(encoded.refused.path);
  expect(engine.ask(encoded.call).type).toBe('answered');
  const deep = `forbid (principal, action, resource) when { ${'('.repeat(2_000)}true${')'.repeat(2_000)} };`;
  expect(() => cedar.policyToJson(deep)).toThrow();
  expect(engine.ask(encoded.call).type).toBe('trapped');
  expect(engine.ask(encoded.call).type).toBe('answered');
  expect(engine.recycled()).toBe(1);
});

test('POL-15 H18 a question that trapped twice stays denied and costs no third engine', () => {
  const deep = `${'('.repeat(2_000)}true${')'.repeat(2_000)}`;
  const [permit, ...rest] = HAZARDS.policies;
  if (!permit) throw new Error('no policy');
  const matchSource = `forbid (principal, action, resource) when { ${deep} };`;
  const engine = createEngine({ ...HAZARDS, policies: [{ ...permit, matchSource }, ...rest] });
  const encoded = encode(exportQuestion());
  if ('refused' in encoded) throw new Error(encoded.refused.path);
  for (let i = 0; i < 4; i++) expect(engine.ask(encoded.call).type).toBe('trapped');
  expect(engine.recycled()).toBe(2);
});

test('POL-11 a permit that errs while another matches does not deny', async () => {
  const errs = `@id("errs") @reason("x") permit (principal, action == ${E}, resource) when { context.base.inspectable == Countersign::Inspectable::"full" && resource.env == Countersign::Env::"prod" };`;
  const judgement = await judgeBy(
    loadGood({ 'a.cedar': `${MAY_EXPORT}\n${errs}` }),
    exportQuestion({ entities: DATA_BOT }),
  );
  expect(judgement).toMatchObject({
    verdict: 'allow',
    errors: [{ policy: 'errs', kind: 'permit' }],
  });
});

test('POL-11 a shadow policy is recorded and never counts, nor does its error', async () => {
  const shadow = `@id("dark") @reason("x") @mode("shadow") forbid (principal, action == ${E}, resource) when { resource.env == Countersign::Env::"prod" };`;
  const set = loadGood({ 'a.cedar': `${MAY_EXPORT}\n${shadow}` });
  expect(await judgeBy(set, exportQuestion())).toMatchObject({
    verdict: 'allow',
    shadow: ['dark'],
  });
  expect(await judgeBy(set, exportQuestion({ entities: DATA_BOT }))).toMatchObject({
    verdict: 'allow',
    errors: [{ policy: 'dark', kind: 'shadow' }],
  });
});
