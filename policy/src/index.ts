export {
  loadPolicyFolder,
  openPolicySet,
  serialize,
  type Loaded,
  type LoadOptions,
} from './load-set.ts';
export { createPolicyEngine, type PolicyEngine, type PolicyEngineParts } from './policy-engine.ts';
export { getPolicies, type PolicyInfo, type PolicyKind, type PolicySet } from './policy-set.ts';
export type { Groups } from './candidate.ts';
export type { Problem, ProblemCode } from './problem.ts';
export {
  explain,
  recordDecision,
  rejudge,
  type Decided,
  type DecisionRecord,
  type Rejudged,
} from './record.ts';
export { runPolicyTests, type Tested, type TestReport, type TestResult } from './test-run.ts';
export { readPolicyTests, testApart } from './test-apart.ts';
export { watchPolicyFolder, type PolicyWatch, type WatchParts } from './watch.ts';
