import type { Candidate, Draft } from './candidate.ts';
import { sourceError, type Cedar } from './cedar.ts';
import type { PolicySet } from './policy-set.ts';
import { offsetOfByte, problemAt, problemOfSet, type Problem } from './problem.ts';
import { indexSchema } from './schema-index.ts';

const NO_SCHEMA = {
  code: 'schema-missing',
  message: 'the folder has no `schema.cedarschema`',
  hint: 'facts without types let a misspelt condition fail open; there is no schema-less mode',
} as const;

/** Reads the schema; undefined, with its problems noted, where it is none. */
export function readSchema(
  cedar: Cedar,
  { schema }: Candidate,
  problems: Problem[],
): { readonly text: string; readonly index: PolicySet['index'] } | undefined {
  if (!schema) {
    problems.push({ ...problemOfSet(NO_SCHEMA), file: 'schema.cedarschema' });
    return undefined;
  }
  const answer = cedar.schemaToJsonWithResolvedTypes(schema.text);
  const errors = answer.type === 'failure' ? answer.errors : answer.warnings;
  for (const { byte, message, help } of errors.map(sourceError))
    problems.push(
      problemAt(schema, offsetOfByte(schema.text, byte), {
        code: 'schema-invalid',
        message,
        hint: help,
      }),
    );
  return answer.type === 'success'
    ? { text: schema.text, index: indexSchema(answer.json) }
    : undefined;
}

/** Notes what Cedar's strict validation says of the policies as they were written; warnings count. */
export function validate(
  cedar: Cedar,
  schema: string,
  drafts: readonly Draft[],
  problems: Problem[],
): void {
  const byId = new Map(drafts.map((draft) => [draft.policy.id, draft]));
  const staticPolicies = Object.fromEntries(drafts.map(({ policy }) => [policy.id, policy.source]));
  const answer = cedar.validate({ schema, policies: { staticPolicies } });
  if (answer.type === 'failure') {
    for (const { message, help } of answer.errors.map(sourceError))
      problems.push(problemOfSet({ code: 'invalid', message, hint: help }));
    return;
  }
  const found = [
    ...answer.validationErrors.map((one) => ({ ...one, code: 'invalid' as const })),
    ...answer.validationWarnings.map((one) => ({ ...one, code: 'warning' as const })),
  ];
  for (const { policyId, error, code } of found) {
    const draft = byId.get(policyId);
    if (!draft) continue;
    const { byte, message, help } = sourceError(error);
    const at = draft.piece.at + offsetOfByte(draft.policy.source, byte);
    problems.push(
      problemAt(draft.source, at, {
        code,
        message,
        hint: help || 'fix it: an erring policy denies',
      }),
    );
  }
  for (const { message, help } of answer.otherWarnings.map(sourceError))
    problems.push(problemOfSet({ code: 'warning', message, hint: help }));
}
