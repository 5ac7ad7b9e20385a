import { err, ok, parseDuration, parseJson } from '@countersign/core';
import type { Judgement, Requirement, Result } from '@countersign/core';
import type { Cedar } from './cedar.ts';
import { remindersOf, stepsOf } from './escalation.ts';
import { freshCedar, readPolicyFolder } from './load.ts';
import { loadPolicyFolder, type LoadOptions } from './load-set.ts';
import { createPolicyEngine, type PolicyEngine } from './policy-engine.ts';
import type { PolicySet } from './policy-set.ts';
import { problemAt, type Problem, type SourceFile } from './problem.ts';
import {
  questionOf,
  readTests,
  readUid,
  type ExpectedRequirement,
  type Expectation,
  type PolicyTest,
} from './test-file.ts';

/** One policy test that ran. It passed when nothing failed. */
export type TestResult = {
  readonly file: string;
  readonly name: string;
  readonly failures: readonly string[];
};

export type TestReport = {
  readonly tests: readonly TestResult[];
  /** Ids of policies that no test matched, sorted. */
  readonly unmatched: readonly string[];
};

/** Runs `tests/*.json` of a policy folder: native Cedar on the untouched files, and our judge. */
export async function runPolicyTests(
  dir: string,
  options: LoadOptions = {},
): Promise<Result<TestReport, readonly Problem[]>> {
  const loaded = await loadPolicyFolder(dir, options);
  return loaded.ok ? runTests(loaded.value, readPolicyFolder(dir).tests) : err(loaded.error);
}

/** What a run of tests comes to: a report, or why the files are none of tests. */
export type Tested = Result<TestReport, readonly Problem[]>;

/** Runs test files against a set, in this thread. */
export async function runTests(set: PolicySet, files: readonly SourceFile[]): Promise<Tested> {
  const read = files.map(readTestFile);
  const problems = read.flatMap((one) => ('problem' in one ? [one.problem] : []));
  if (problems.length > 0) return err(problems);
  const engine = await createPolicyEngine({ set, run: 'in-process', remembers: false });
  const seen = new Set<string>();
  const tests: TestResult[] = [];
  const cedar = freshCedar();
  for (const one of read)
    for (const test of 'tests' in one ? one.tests : [])
      tests.push({
        file: one.file,
        name: test.name,
        failures: await runTest(test, { set, engine, cedar, seen }),
      });
  await engine.close();
  return ok({ tests, unmatched: set.policies.map(({ id }) => id).filter((id) => !seen.has(id)) });
}

type Bench = {
  readonly set: PolicySet;
  readonly engine: PolicyEngine;
  readonly cedar: Cedar;
  readonly seen: Set<string>;
};
type Read =
  | { readonly file: string; readonly tests: readonly PolicyTest[] }
  | { readonly file: string; readonly problem: Problem };

function readTestFile(source: SourceFile): Read {
  const { file } = source;
  const problem = (offset: number, message: string): Read => ({
    file,
    problem: problemAt(source, offset, { code: 'test-invalid', message, hint: HINT }),
  });
  const parsed = parseJson(source.text);
  if (!parsed.ok) return problem(parsed.error.offset, parsed.error.message);
  try {
    return { file, tests: readTests(parsed.value) };
  } catch (error) {
    return problem(0, error instanceof Error ? error.message : 'not a test file');
  }
}

const HINT = 'the format is in docs/guides/policy.md';

async function runTest(
  test: PolicyTest,
  { set, engine, cedar, seen }: Bench,
): Promise<readonly string[]> {
  try {
    const judgement = await engine.judge(questionOf(test));
    const { matched, shadow, errors } = judgement;
    for (const id of [
      ...Object.values(matched).flat(),
      ...shadow,
      ...errors.map(({ policy }) => policy),
    ])
      seen.add(id);
    return [...nativeFailures(test, set, cedar), ...expectFailures(test.expect ?? {}, judgement)];
  } catch (error) {
    return [error instanceof Error ? error.message : 'the test did not run'];
  }
}

/** What stock Cedar says of the untouched files; a request it refuses counts as a denial without reasons. */
function nativeFailures(test: PolicyTest, set: PolicySet, cedar: Cedar): readonly string[] {
  const { request, entities } = test;
  const answer = cedar.isAuthorized({
    principal: readUid(request.principal),
    action: readUid(request.action),
    resource: readUid(request.resource),
    context: request.context as Parameters<Cedar['isAuthorized']>[0]['context'],
    entities: entities as unknown as Parameters<Cedar['isAuthorized']>[0]['entities'],
    schema: set.schema,
    validateRequest: true,
    policies: { staticPolicies: Object.fromEntries(set.policies.map((p) => [p.id, p.source])) },
  });
  const { decision, reason, errors } =
    answer.type === 'success'
      ? {
          decision: answer.response.decision,
          reason: answer.response.diagnostics.reason,
          errors: answer.response.diagnostics.errors.length,
        }
      : { decision: 'deny', reason: [] as string[], errors: 0 };
  const missing = test.reason.filter((id) => !reason.includes(id));
  return [
    ...differs('decision', decision, test.decision),
    ...(missing.length > 0
      ? [`reason: ${missing.join(', ')} missing in [${reason.toSorted().join(', ')}]`]
      : []),
    ...differs('num_errors', errors, test.num_errors),
  ];
}

function expectFailures(expect: Expectation, judgement: Judgement): readonly string[] {
  const { matched } = judgement;
  return [
    ...differs('verdict', judgement.verdict, expect.verdict),
    ...differs('code', judgement.code, expect.code),
    ...(['permit', 'forbid', 'review'] as const).flatMap((kind) =>
      differs(`matched.${kind}`, matched[kind], expect.matched?.[kind]?.toSorted()),
    ),
    ...differs('shadow', judgement.shadow, expect.shadow?.toSorted()),
    ...differs(
      'errors',
      judgement.errors.map(({ policy }) => policy),
      expect.errors?.toSorted(),
    ),
    ...(expect.reasons ?? [])
      .filter((text) => !judgement.reasons.some((reason) => reason.includes(text)))
      .map((text) => `reasons: none of [${judgement.reasons.join('; ')}] has \`${text}\``),
    ...(expect.requirements
      ? requirementFailures(expect.requirements, judgement.requirements)
      : []),
  ];
}

function requirementFailures(
  expected: readonly ExpectedRequirement[],
  actual: readonly Requirement[],
): readonly string[] {
  const left = [...actual];
  const missing = expected.filter((want) => {
    const at = left.findIndex((have) => isAsExpected(have, want));
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
  return [
    ...missing.map((want) => `requirements: missing ${JSON.stringify(want)}`),
    ...left.map((have) => `requirements: not expected ${JSON.stringify(have)}`),
  ];
}

const isAsExpected = (
  have: Requirement,
  { expires, escalate, remind, ...want }: ExpectedRequirement,
): boolean =>
  (escalate === undefined || isSame(stepsOf(escalate), have.escalation)) &&
  (remind === undefined || isSame(remindersOf(remind), have.remindMs)) &&
  (expires === undefined || parseDuration(expires) === have.expiresMs) &&
  Object.entries(want).every(
    ([name, value]) =>
      JSON.stringify(have[name as keyof Requirement]) ===
      JSON.stringify(Array.isArray(value) ? value.map(String).toSorted() : value),
  );

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

const differs = (what: string, actual: unknown, expected: unknown): readonly string[] =>
  expected === undefined || JSON.stringify(actual) === JSON.stringify(expected)
    ? []
    : [`${what}: ${JSON.stringify(actual)}, expected ${JSON.stringify(expected)}`];
