import { canonical, instant, sha256, TypedFact, type Judgement } from '@countersign/core';
import { expect, test } from 'vitest';
import {
  createPolicyEngine,
  openPolicySet,
  recordDecision,
  rejudge,
  serialize,
} from '../src/index.ts';
import { exportQuestion, sampleSet, sql } from './sample.ts';

const set = await sampleSet();

test('POL-1 the digest is the SHA-256 of the kept bytes', () => {
  const policies = Object.fromEntries(set.policies.map(({ id, source }) => [id, source]));
  expect(new TextDecoder().decode(serialize(set))).toBe(
    canonical({ policies, schema: set.schema }),
  );
  expect(sha256(serialize(set))).toBe(set.digest);
});

test('POL-2 a judgement names digest, engine and commit; the commit decides nothing', async () => {
  const judged = async (by: typeof set): Promise<Judgement> => {
    const engine = await createPolicyEngine({ set: by, run: 'in-process' });
    return engine.judge(exportQuestion());
  };
  const { gitCommit: _, ...bare } = set;
  const without = await judged(bare);
  expect(without).toMatchObject({
    policyDigest: set.digest,
    engine: expect.stringMatching(/^cedar.*4\.13\.0/) as string,
  });
  expect(without).not.toHaveProperty('gitCommit');
  const gitCommit = 'a'.repeat(40);
  expect(await judged({ ...bare, gitCommit })).toEqual({ ...without, gitCommit });
});

test('POL-2 POL-14 a kept set opens to the same set, and a past decision judged again is the same byte for byte', async () => {
  const engine = await createPolicyEngine({
    set: { ...set, gitCommit: 'a'.repeat(40) },
    run: 'in-process',
  });
  const question = exportQuestion({
    facts: { sql: sql({ rows: 120_000, pii: ['email'] }), destination: 'für' },
  });
  const judgement = await engine.judge(question);
  const record = recordDecision({
    decisionId: 'act_1',
    decidedAt: instant(1_767_369_600_000),
    question,
    judgement,
    extractor: 'postgres-1',
  });
  const opened = await openPolicySet(serialize(set));
  expect(opened.digest).toBe(set.digest);
  const kept = JSON.parse(canonical(record)) as typeof record;
  const again = await rejudge(kept, opened);
  expect(again.isIdentical).toBe(true);
  expect(canonical(again.record)).toBe(canonical(record));
  expect(record.explanation).toEqual([
    '1 more of [data-owners] within 120 min: More than 50 000 rows leave the database',
    '2 more of [data-protection, security] within 30 min: Personal data leaves the database',
  ]);
});

test('POL-14 another set, or another fact, is told apart', async () => {
  const engine = await createPolicyEngine({ set, run: 'in-process' });
  const question = exportQuestion();
  const decided = { decisionId: 'act_1', decidedAt: instant(0), question };
  const record = recordDecision({ ...decided, judgement: await engine.judge(question) });
  const other = exportQuestion({ facts: { sql: sql({ rows: 120_000 }) } });
  const forged = {
    ...record,
    facts: recordDecision({ ...decided, question: other, judgement: await engine.judge(other) })
      .facts,
  };
  expect((await rejudge(forged, set)).isIdentical).toBe(false);
});

test('R9 a refused input is recorded without its facts, and stays refused', async () => {
  const engine = await createPolicyEngine({ set, run: 'in-process' });
  const question = exportQuestion({ facts: { destination: { __entity: 'hunter2' } } });
  const judgement = await engine.judge(question);
  const record = recordDecision({
    decisionId: 'act_1',
    decidedAt: instant(0),
    question,
    judgement,
  });
  expect(record).toMatchObject({ code: 'input-rejected', facts: null, entities: null });
  expect(canonical(record)).not.toContain('hunter2');
  expect((await rejudge(record, set)).isIdentical).toBe(true);
});

test('bytes that never were a set do not open', async () => {
  await expect(
    openPolicySet(new TextEncoder().encode('{"schema":"","policies":{"a":"permit"}}')),
  ).rejects.toThrow(/does not open/);
  await expect(openPolicySet(new Uint8Array([1]))).rejects.toThrow();
});

test('POL-9 typed facts survive a record', async () => {
  const engine = await createPolicyEngine({ set, run: 'in-process' });
  const question = exportQuestion();
  const record = recordDecision({
    decisionId: 'd',
    decidedAt: instant(0),
    question,
    judgement: await engine.judge(question),
  });
  expect(JSON.stringify(record.facts)).toContain(TypedFact.entity('Inspectable', 'full').value);
  expect((await rejudge(record, set)).isIdentical).toBe(true);
});
