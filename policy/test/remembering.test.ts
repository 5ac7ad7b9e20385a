import { TypedFact, type Facts, type Question } from '@countersign/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLocalAsker, type Asker } from '../src/asker.ts';
import { encode, type Call } from '../src/encode.ts';
import type { PolicySet } from '../src/policy-set.ts';
import { createRemembering } from '../src/remembering.ts';
import { base, exportQuestion, loadGood, MAY_EXPORT, sampleSet, sql } from './sample.ts';

const callOf = (question: Question): Call => {
  const encoded = encode(question);
  if ('refused' in encoded) throw new Error(encoded.refused.why);
  return encoded.call;
};

/** An asker that remembers, and how often the engine behind it was asked. */
function remembering(set: PolicySet) {
  const local = createLocalAsker(set);
  let asked = 0;
  const counting: Asker = { ...local, ask: (call) => (asked++, local.ask(call)) };
  return { asker: createRemembering(counting, set), local, asked: () => asked };
}

const at = (minute: number): Facts =>
  base({ now: TypedFact.datetime(`2026-01-02T16:${String(minute).padStart(2, '0')}:00.000Z`) });

test('what no policy names may differ: the answer is the one that was given', async () => {
  const { asker, asked } = remembering(loadGood({ 'a.cedar': MAY_EXPORT }));
  for (let minute = 0; minute < 20; minute++) {
    const facts = { base: at(minute), destination: `s3://${minute}` };
    const answer = await asker.ask(callOf(exportQuestion({ facts })));
    expect(answer).toEqual({ type: 'answered', matched: ['may-export'], erred: [] });
  }
  expect(asked()).toBe(1);
});

test('R2 a fact of another type is another question, whoever names it: the schema refuses it as before', async () => {
  const { asker } = remembering(loadGood({ 'a.cedar': MAY_EXPORT }));
  const right = callOf(exportQuestion());
  expect((await asker.ask(right)).type).toBe('answered');
  for (const facts of [
    { destination: 7 },
    { destination: ['x'] },
    { sql: sql({ tables: [1] }) },
    { sql: { verbs: [] } },
    { unknown: 'x' },
  ])
    expect(await asker.ask(callOf(exportQuestion({ facts }))), JSON.stringify(facts)).toEqual({
      type: 'invalid',
    });
});

const stop = (when: string): string => `@id("stop") @reason("No")
forbid (principal, action == Countersign::Action::"sql.export", resource) when { ${when} };`;

test.each([
  ['a member by its name', 'context.destination == "s3://7"'],
  ['a member as an index', 'context["destination"] == "s3://7"'],
  ['a member written with escapes', 'context["d\\u{65}stination"] == "s3://7"'],
  [
    'a record as a whole',
    `[context.sql].contains(context.sql) && [context.base].contains(context.base) && context.sql.rows == 7`,
  ],
  ['a member of a record', 'context.sql.rows == 7'],
  ['a number beside another', 'context.sql.rows > 6 && 8 > context.sql.rows'],
  ['a sum', 'context.sql.rows + 1 == 8'],
  ['a pattern', 'context.destination like "*7"'],
  ['what is in a set', 'context.sql.tables.contains("t7")'],
  ['what of a list is in a set', 'context.sql.tables.containsAny(["x", "t7"])'],
  ['what else is in a set', '["t7"].containsAll(context.sql.tables)'],
  ['a set as a whole', 'context.sql.tables == ["t7"]'],
  ['a word in a list', '["s3://7", "x"].contains(context.destination)'],
  ['two sets beside each other', 'context.sql.tables.containsAny(context.sql.verbs)'],
  [
    'a member behind a choice',
    '(if context.sql.hasWhere then context.sql else context.sql).rows == 7',
  ],
  ['a member of a record of its own', '{ Value: context.sql.rows }.Value == 7'],
  ['that a member is there', 'context.sql has masked'],
  ['the time', 'context.base.now == datetime("2026-01-02T16:07:00.000Z")'],
  [
    'the hour of `base` as a whole',
    `[context.base].contains(context.base) && context.base.now == datetime("2026-01-02T16:07:00.000Z")`,
  ],
])('R2 what a policy looks at is never taken for granted: %s', async (_, when) => {
  const set = loadGood({ 'a.cedar': `${MAY_EXPORT}\n${stop(when)}` });
  const { asker, local } = remembering(set);
  const answers: string[] = [];
  for (const n of [1, 7, 2, 7]) {
    const about = sql({
      rows: n,
      pii: ['email'],
      tables: [`t${n}`],
      verbs: [`t${n === 7 ? 7 : 0}`],
      ...(n === 7 ? { masked: true } : {}),
    });
    const facts = { base: at(n), destination: `s3://${n}`, sql: about };
    const call = callOf(exportQuestion({ facts }));
    const answer = await asker.ask(call);
    expect(answer).toEqual(await local.ask(call));
    answers.push(JSON.stringify(answer).includes('stop') ? 'stop' : 'go');
  }
  expect(answers).toEqual(['go', 'stop', 'go', 'stop']);
});

test('what a policy of another action looks at is not looked at here', async () => {
  const other = `@id("other") @reason("No") forbid (principal, action == Countersign::Action::"sql.write", resource)
    when { context.sql.rows == 7 && context.base.now == datetime("2026-01-02T16:07:00.000Z") };`;
  const { asker, asked } = remembering(loadGood({ 'a.cedar': `${MAY_EXPORT}\n${other}` }));
  for (const rows of [7, 8, 9])
    await asker.ask(
      callOf(exportQuestion({ facts: { base: at(rows), destination: 'x', sql: sql({ rows }) } })),
    );
  expect(asked()).toBe(1);
});

test('who asks, and of what, is always looked at', async () => {
  const { asker, local, asked } = remembering(loadGood({ 'a.cedar': MAY_EXPORT }));
  const one = exportQuestion();
  const [agent] = one.entities;
  if (!agent) throw new Error('no agent');
  const others: readonly Question[] = [
    { ...one, resource: { type: 'Database', id: 'other' } },
    { ...one, entities: one.entities.filter(({ type }) => type !== 'Database') },
    {
      ...one,
      entities: [{ ...agent, attrs: { ...agent.attrs, trust: 0 } }, ...one.entities.slice(1)],
    },
    { ...one, entities: [{ ...agent, parents: [] }, ...one.entities.slice(1)] },
  ];
  await asker.ask(callOf(one));
  for (const other of others)
    expect(await asker.ask(callOf(other))).toEqual(await local.ask(callOf(other)));
  expect(asked()).toBe(1 + others.length);
});

test('a list of entities that may change is read each time, one that may not is the same call', () => {
  const { entities, ...rest } = exportQuestion();
  const open = [...entities];
  const before = callOf({ ...rest, entities: open });
  open.pop();
  expect(callOf({ ...rest, entities: open }).entities).toHaveLength(before.entities.length - 1);
  const closed = Object.freeze([...entities]);
  expect(callOf({ ...rest, entities: closed }).entities).toBe(
    callOf({ ...rest, entities: closed }).entities,
  );
});

test('R2 entities count towards the most a question may hold each time they are sent', () => {
  const { entities, facts, ...rest } = exportQuestion();
  const [one] = entities;
  if (!one) throw new Error('no entity');
  const large = Object.freeze([{ ...one, attrs: { text: 'x'.repeat(200_000) } }]);
  expect(encode({ ...rest, facts: {}, entities: large })).toHaveProperty('call');
  const more = { ...facts, text: 'x'.repeat(100_000) };
  expect(encode({ ...rest, facts: more, entities: large })).toHaveProperty('refused');
});

test('an answer with an error in it is asked for anew', async () => {
  const erring = stop('resource.owner == Countersign::Team::"x"');
  const { asker, asked } = remembering(loadGood({ 'a.cedar': `${MAY_EXPORT}\n${erring}` }));
  const one = exportQuestion();
  const call = callOf({ ...one, entities: one.entities.filter(({ type }) => type !== 'Database') });
  const first = await asker.ask(call);
  expect(first).toMatchObject({ erred: ['stop'] });
  await asker.ask(call);
  expect(asked()).toBe(2);
});

const NAMES = ['1', '12', '1:', ';2', 's;', '}', '{1:1', 'n0=;'];
const hostile = fc.dictionary(
  fc.constantFrom(...NAMES),
  fc.oneof(
    fc.constantFrom<string | number | boolean>(1, 12, 1234, 's', ';', 's;1:1s', '12', true),
    fc.array(fc.constantFrom<string | number>(1, 11, '1', ':', ']'), { maxLength: 3 }),
  ),
  { noNullPrototype: true },
);

test('R2 what stands side by side is never read as one', async () => {
  const set = loadGood({ 'a.cedar': MAY_EXPORT });
  const members = new Map(NAMES.map((name) => [name, { isWhole: true }]));
  const policies = set.policies.map((policy) => ({ ...policy, look: { members } }));
  await fc.assert(
    fc.asyncProperty(hostile, hostile, async (one, other) => {
      let asked = 0;
      const ask: Asker['ask'] = () =>
        Promise.resolve({ type: 'answered', matched: [String(asked++)], erred: [] });
      const { ask: again } = createRemembering(
        { ask, recycled: () => 0, close: () => Promise.resolve() },
        { ...set, policies },
      );
      for (const facts of [one, other]) await again(callOf(exportQuestion({ facts })));
      const isSame = JSON.stringify(one) === JSON.stringify(other);
      expect(asked).toBe(isSame ? 1 : 2);
    }),
    { numRuns: 3_000 },
  );
});

const call = {
  rows: fc.constantFrom(0, 200, 10_001, 50_001, 120_000),
  pii: fc.subarray(['email', 'phone']),
  verbs: fc.subarray(['select', 'delete', 'drop']),
  hasWhere: fc.boolean(),
  destination: fc.constantFrom('s3://a', 's3://b'),
  minute: fc.nat(59),
  hour: fc.constantFrom(3, 16),
  grade: fc.constantFrom('full', 'partial', 'none'),
  killSwitch: fc.boolean(),
  trust: fc.nat(3),
  action: fc.constantFrom('sql.export', 'sql.write'),
};

const entitiesOf = (trust: number) =>
  exportQuestion().entities.map((one) =>
    one.type === 'Agent' ? { ...one, attrs: { ...one.attrs, trust } } : one,
  );

test('whatever is asked of the policies we ship, in whatever order, the answer is that of the engine', async () => {
  const { asker, local } = remembering(await sampleSet());
  await fc.assert(
    fc.asyncProperty(fc.array(fc.record(call), { minLength: 2, maxLength: 12 }), async (asks) => {
      for (const { minute, hour, grade, killSwitch, trust, action, destination, ...rest } of asks) {
        const about = { ...(at(minute) as object), local: { weekday: 'Fri', hour }, killSwitch };
        const facts = {
          base: { ...about, inspectable: TypedFact.entity('Inspectable', grade) },
          sql: sql(rest),
          ...(action === 'sql.export' ? { destination } : {}),
        };
        const question = { ...exportQuestion({ action, entities: entitiesOf(trust) }), facts };
        expect(await asker.ask(callOf(question))).toEqual(await local.ask(callOf(question)));
      }
    }),
    { numRuns: 60 },
  );
});
