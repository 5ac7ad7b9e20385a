import { sha256 } from '@countersign/core';
import type { Candidate, Compiled, Draft } from './candidate.ts';
import type { Cedar } from './cedar.ts';
import { readPolicy } from './draft.ts';
import { createEngine } from './engine.ts';
import { setText, type PolicySet } from './policy-set.ts';
import { byPlace, problemAt, problemOfSet, type Problem } from './problem.ts';
import { checkSet } from './rules.ts';
import { splitPolicies } from './source.ts';
import { readSchema, validate } from './validate.ts';
import { warmUp } from './warm-up.ts';

/**
 * The strict loader (reference policy §4): all or nothing, every problem at once.
 * `load` gives a fresh engine: one is used up by each text that traps it.
 */
export function compile(load: () => Cedar, candidate: Candidate): Compiled {
  const problems: Problem[] = [];
  let cedar = load();
  /** Runs one step; a trap in it becomes a problem where the step was. */
  const guarded = <T>(step: () => T, trapped: Problem): T | undefined => {
    try {
      return step();
    } catch {
      problems.push(trapped);
      cedar = load();
      return undefined;
    }
  };
  const schema = guarded(() => readSchema(cedar, candidate, problems), problemOfSet(TRAPPED));
  const drafts: Draft[] = [];
  for (const source of candidate.policies)
    for (const piece of splitPolicies(source.text)) {
      const draft = guarded(
        () => readPolicy(cedar, candidate, { source, piece }, problems),
        problemAt(source, piece.at, TRAPPED),
      );
      if (draft) drafts.push(draft);
    }
  if (drafts.length === 0 && problems.length === 0) problems.push(problemOfSet(NO_POLICIES));
  checkSet(candidate, drafts, problems);
  if (schema) guarded(() => validate(cedar, schema.text, drafts, problems), problemOfSet(TRAPPED));
  const inForce = candidate.isReopened
    ? problems.filter(({ code }) => code !== 'warning')
    : problems;
  if (!schema || inForce.length > 0) return { ok: false, problems: inForce.toSorted(byPlace) };
  const policies = drafts.map(({ policy }) => policy).toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const set: PolicySet = {
    digest: sha256(setText(schema.text, policies)),
    ...(candidate.gitCommit === undefined ? {} : { gitCommit: candidate.gitCommit }),
    schema: schema.text,
    index: schema.index,
    policies,
  };
  return answers(set, cedar) ? { ok: true, set } : { ok: false, problems: [problemOfSet(TRAPPED)] };
}

/** What is parsed and asked here without a trap will be in the running engine. */
function answers(set: PolicySet, cedar: Cedar): boolean {
  const engine = createEngine(set, () => cedar);
  warmUp(engine, set);
  return engine.recycled() === 0;
}

const TRAPPED = {
  code: 'engine-trap',
  message: 'this traps the policy engine',
  hint: 'split it into smaller policies; the set in force stays',
} as const;

const NO_POLICIES = {
  code: 'no-policies',
  message: 'the folder holds no policy',
  hint: 'without a permit everything is denied; write at least one `*.cedar` file',
} as const;
