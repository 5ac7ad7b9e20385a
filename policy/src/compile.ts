import { sha256 } from '@countersign/core';
import type { Candidate, Compiled, Draft } from './candidate.ts';
import type { Cedar } from './cedar.ts';
import { readPolicy } from './draft.ts';
import { setText } from './policy-set.ts';
import { byPlace, problemOfSet, type Problem } from './problem.ts';
import { checkSet } from './rules.ts';
import { splitPolicies } from './source.ts';
import { readSchema, validate } from './validate.ts';

/** The strict loader (reference policy §4): all or nothing, every problem at once. May trap the engine it is given. */
export function compile(cedar: Cedar, candidate: Candidate): Compiled {
  const problems: Problem[] = [];
  const schema = readSchema(cedar, candidate, problems);
  const drafts: Draft[] = [];
  for (const source of candidate.policies)
    for (const piece of splitPolicies(source.text)) {
      const draft = readPolicy(cedar, candidate, { source, piece }, problems);
      if (draft) drafts.push(draft);
    }
  if (drafts.length === 0 && problems.length === 0) problems.push(problemOfSet(NO_POLICIES));
  checkSet(candidate, drafts, problems);
  if (schema) validate(cedar, schema.text, drafts, problems, candidate.isReopened === true);
  if (problems.length > 0 && !candidate.isReopened)
    return { ok: false, problems: problems.toSorted(byPlace) };
  if (!schema || problems.some(({ code }) => code !== 'warning'))
    return { ok: false, problems: problems.toSorted(byPlace) };
  const policies = drafts.map(({ policy }) => policy).toSorted((a, b) => (a.id < b.id ? -1 : 1));
  return {
    ok: true,
    set: {
      digest: sha256(setText(schema.text, policies)),
      ...(candidate.gitCommit === undefined ? {} : { gitCommit: candidate.gitCommit }),
      schema: schema.text,
      index: schema.index,
      policies,
    },
  };
}

const NO_POLICIES = {
  code: 'no-policies',
  message: 'the folder holds no policy',
  hint: 'without a permit everything is denied; write at least one `*.cedar` file',
} as const;
