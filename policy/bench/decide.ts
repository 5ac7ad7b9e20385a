import { type Judgement, type Question } from '@countersign/core';
import { compileApart } from '../src/load-set.ts';
import { freshCedar } from '../src/load.ts';
import { createEngine } from '../src/engine.ts';
import { encode } from '../src/encode.ts';
import { concludeFrom, rulebookOf } from '../src/verdict.ts';
import type { PolicySet } from '../src/policy-set.ts';
import { makePolicies, QUESTION, SCHEMA } from './realistic.ts';

/** One line of the bench. `ratio` is against `baseline`, both measured in this run. */
export type Figure = {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly baseline: number;
  readonly ratio?: number;
  readonly target: string;
  readonly ok: boolean;
};

const ROUNDS = 2_000;

/** What a judgement costs at 10, 1,000 and 10,000 policies, beside Cedar as shipped with the whole set. */
export async function benchDecide(): Promise<readonly Figure[]> {
  const at10 = await costAt(10);
  const at1000 = await costAt(1_000);
  const at10000 = await costAt(10_000);
  return [
    figure('decide-1000-policies-p50', at1000, 0.4),
    figure('decide-10000-policies-p50', at10000, 0.8),
    {
      name: 'decide-growth-10-to-10000',
      value: round(at10000.ours / at10.ours),
      unit: '×',
      baseline: round(at10000.shipped / at10.shipped),
      target: '≤ 3',
      ok: at10000.ours <= 3 * at10.ours,
    },
    {
      name: 'decide-recycle-after-trap',
      value: round(at1000.recycleMs),
      unit: 'ms',
      baseline: round(at1000.ours),
      target: '≤ 200 (baseline: one judgement)',
      ok: at1000.recycleMs <= 200,
    },
  ];
}

type Cost = { readonly ours: number; readonly shipped: number; readonly recycleMs: number };

const figure = (name: string, { ours, shipped }: Cost, limitMs: number): Figure => ({
  name,
  value: round(ours),
  unit: 'ms',
  baseline: round(shipped),
  ratio: round(shipped / ours),
  target: `≤ ${limitMs}`,
  ok: ours <= limitMs,
});

const round = (value: number): number => Math.round(value * 1_000) / 1_000;

async function costAt(size: number): Promise<Cost> {
  const loaded = await compileApart({
    schema: { file: 'schema.cedarschema', text: SCHEMA },
    policies: makePolicies(size),
  });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error.slice(0, 3)));
  const set = loaded.value;
  return {
    recycleMs: size === 1_000 ? recycleMs(set) : 0,
    ours: p50(ourJudge(set), ROUNDS),
    shipped: p50(shippedCedar(set), size > 1_000 ? 60 : 300),
  };
}

/** From a trapped instance to the next answer: while it lasts every question is denied. */
function recycleMs(set: PolicySet): number {
  const encoded = encode(QUESTION);
  if ('refused' in encoded) throw new Error(encoded.refused.path);
  const deep = `permit (principal, action, resource) when { ${'('.repeat(2_000)}true${')'.repeat(2_000)} };`;
  const times = Array.from({ length: 5 }, () => {
    let cedar = freshCedar();
    const engine = createEngine(set, () => (cedar = freshCedar()));
    try {
      cedar.policyToJson(deep);
    } catch {
      // trapped, as it was to be
    }
    const start = performance.now();
    if (engine.ask(encoded.call).type !== 'trapped') throw new Error('the instance must trap');
    const ms = performance.now() - start;
    if (engine.ask(encoded.call).type !== 'answered') throw new Error('the next one must answer');
    return ms;
  });
  return times.toSorted((a, b) => a - b)[2] ?? Number.NaN;
}

/** The whole judgement: encode, ask the sliced engine, combine. */
function ourJudge(set: PolicySet): () => void {
  const engine = createEngine(set);
  const book = rulebookOf(set, 'bench');
  const judge = (question: Question): Judgement => {
    const encoded = encode(question);
    if ('refused' in encoded) throw new Error(encoded.refused.path);
    return concludeFrom(book, engine.ask(encoded.call));
  };
  if (judge(QUESTION).verdict !== 'review') throw new Error('the bench question must be judged');
  return () => void judge(QUESTION);
}

/** Cedar as shipped: the whole set and the schema pre-parsed, one call. */
function shippedCedar(set: PolicySet): () => void {
  const cedar = freshCedar();
  const staticPolicies = Object.fromEntries(set.policies.map(({ id, source }) => [id, source]));
  cedar.preparseSchema('schema', set.schema);
  cedar.preparsePolicySet('all', { staticPolicies });
  const encoded = encode(QUESTION);
  if ('refused' in encoded) throw new Error(encoded.refused.path);
  const { principal, action, resource, context, entities } = encoded.call;
  return () =>
    void cedar.statefulIsAuthorized({
      principal,
      action,
      resource,
      context,
      entities: [...entities].map(({ uid, attrs, parents }) => ({
        uid,
        attrs,
        parents: [...parents],
      })),
      preparsedPolicySetId: 'all',
      preparsedSchemaName: 'schema',
      validateRequest: true,
    });
}

function p50(once: () => void, rounds: number): number {
  for (let i = 0; i < rounds; i++) once();
  const times = Array.from({ length: rounds }, () => {
    const start = performance.now();
    once();
    return performance.now() - start;
  });
  return times.toSorted((a, b) => a - b)[Math.floor(rounds / 2)] ?? Number.NaN;
}
