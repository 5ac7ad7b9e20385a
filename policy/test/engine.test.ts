import { expect, test } from 'vitest';
import { createWorkerAsker } from '../src/worker-asker.ts';
import { encode } from '../src/encode.ts';
import { createPolicyEngine, getPolicies, loadPolicyFolder } from '../src/index.ts';
import { startWorker, type PolicyWorker } from '../src/load.ts';
import { exportQuestion, GROUPS, loadGood, MAY_EXPORT, sampleSet, SAMPLE } from './sample.ts';

const NOTHING = loadGood({
  'a.cedar': MAY_EXPORT,
  'b.cedar':
    '@id("stop") @reason("Stop") forbid (principal, action == Countersign::Action::"sql.export", resource);',
});

test.each(['worker', 'in-process'] as const)(
  '%s: many questions at once each get their own answer',
  async (run) => {
    const engine = await createPolicyEngine({ set: await sampleSet(), run });
    const asked = Array.from({ length: 200 }, (_, i) =>
      engine.judge(exportQuestion(i % 2 ? {} : { entities: [] })),
    );
    const verdicts = (await Promise.all(asked)).map(({ verdict }) => verdict);
    expect(verdicts).toEqual(Array.from({ length: 200 }, (_, i) => (i % 2 ? 'allow' : 'deny')));
    await engine.close();
  },
);

test('both ways to run give the same judgement', async () => {
  const set = await sampleSet();
  const here = await createPolicyEngine({ set, run: 'in-process' });
  const there = await createPolicyEngine({ set, run: 'worker' });
  const asked = exportQuestion({ facts: { destination: 'für 日本 \u2028' } });
  expect(await there.judge(asked)).toEqual(await here.judge(asked));
  await Promise.all([here.close(), there.close()]);
});

test('a set is replaced while questions are under way; each is answered by one of the two', async () => {
  const engine = await createPolicyEngine({ set: await sampleSet() });
  const early = Array.from({ length: 50 }, () => engine.judge(exportQuestion()));
  const replaced = engine.replace(NOTHING);
  const during = Array.from({ length: 50 }, () => engine.judge(exportQuestion()));
  await replaced;
  const late = await engine.judge(exportQuestion());
  for (const { verdict } of await Promise.all([...early, ...during])) expect(verdict).toBe('allow');
  expect(late).toMatchObject({ verdict: 'deny', code: 'forbidden', policyDigest: NOTHING.digest });
  expect(engine.current().digest).toBe(NOTHING.digest);
  await engine.close();
});

test('R2 a closed engine denies', async () => {
  const engine = await createPolicyEngine({ set: NOTHING });
  await engine.close();
  expect(await engine.judge(exportQuestion())).toMatchObject({
    verdict: 'deny',
    code: 'engine-trap',
  });
});

test('R2 an engine closed while a set is being replaced denies, and leaves no worker behind', async () => {
  const engine = await createPolicyEngine({ set: await sampleSet() });
  const replaced = engine.replace(await sampleSet());
  await engine.close();
  await replaced;
  expect(await engine.judge(exportQuestion())).toMatchObject({ code: 'engine-trap' });
});

test('R2 POL-15 an engine that traps in the worker denies each time and never hangs', async () => {
  const [first, ...rest] = NOTHING.policies;
  if (!first) throw new Error('no policy');
  const matchSource = `forbid (principal, action, resource) when { ${'('.repeat(2_000)}true${')'.repeat(2_000)} };`;
  const asker = await createWorkerAsker({
    ...NOTHING,
    policies: [{ ...first, matchSource }, ...rest],
  });
  const encoded = encode(exportQuestion());
  if ('refused' in encoded) throw new Error(encoded.refused.path);
  const { call } = encoded;
  const answers = await Promise.all(Array.from({ length: 5 }, () => asker.ask(call)));
  expect(answers.map(({ type }) => type)).toEqual(Array.from({ length: 5 }, () => 'trapped'));
  expect(asker.recycled()).toBeGreaterThanOrEqual(2);
  await asker.close();
});

test('R2 POL-15 a worker that dies: questions under way and meanwhile are denied, then the next one answers', async () => {
  const workers: PolicyWorker[] = [];
  const asker = await createWorkerAsker(NOTHING, (rules) => {
    const worker = startWorker({ role: 'judge', rules });
    workers.push(worker);
    return worker;
  });
  const encoded = encode(exportQuestion());
  if ('refused' in encoded) throw new Error(encoded.refused.path);
  const { call } = encoded;
  const underWay = asker.ask(call);
  await workers[0]?.terminate();
  const meanwhile = await asker.ask(call);
  expect([meanwhile.type, ['answered', 'trapped'].includes((await underWay).type)]).toEqual([
    'trapped',
    true,
  ]);
  let answer = meanwhile;
  for (let i = 0; i < 200 && answer.type === 'trapped'; i++) {
    await new Promise((resolve) => void setTimeout(resolve, 10));
    answer = await asker.ask(call);
  }
  expect(answer.type).toBe('answered');
  expect(asker.recycled()).toBe(1);
  await asker.close();
});

test('a set says what its policies are', async () => {
  const loaded = await loadPolicyFolder(SAMPLE, { groups: GROUPS });
  if (!loaded.ok) throw new Error('refused');
  const policies = getPolicies(loaded.value);
  expect(policies.find(({ id }) => id === 'prod-ddl')).toEqual({
    id: 'prod-ddl',
    kind: 'review',
    isShadow: false,
    file: 'data.review.cedar',
    line: expect.any(Number) as number,
    annotations: {
      id: 'prod-ddl',
      review: 'Schema change in production',
      approvers: 'dba',
      quorum: '1',
      assurance: 'session',
      expires: '1h',
      remind: '15m',
      escalate: '30m: platform-oncall',
    },
  });
  expect(policies.map(({ kind }) => kind).toSorted()[0]).toBe('confirm');
});
