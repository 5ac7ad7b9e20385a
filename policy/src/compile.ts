import { canonical, sha256 } from '@countersign/core';
import { annotationFaults, approversOf, kindOf, requirementOf } from './annotations.ts';
import { sourceError, type Cedar, type PolicyJson } from './cedar.ts';
import { testsInspectable } from './inspectable.ts';
import { overLimit } from './limits.ts';
import type { Policy, PolicySet } from './policy-set.ts';
import {
  byPlace,
  offsetOfByte,
  problemAt,
  type Problem,
  type ProblemCode,
  type SourceFile,
} from './problem.ts';
import { indexSchema } from './schema-index.ts';
import { isUnscoped, scopeOf } from './scope.ts';
import { headOf, splitPolicies, type Piece } from './source.ts';
import { asForbid } from './splice.ts';

/** The groups policies may name: by name alone, or with how many persons each has. */
export type Groups = readonly string[] | Readonly<Record<string, number>>;

/** A candidate set as read. */
export type Candidate = {
  readonly schema?: SourceFile;
  readonly policies: readonly SourceFile[];
  readonly gitCommit?: string;
  /** Absent: groups are not checked. */
  readonly groups?: Groups;
  /** How many policies may name neither action nor group. */
  readonly maxUnscoped?: number;
  /** A set that was in force once is opened as it was: what we have since learned to refuse is not held against it. */
  readonly isReopened?: boolean;
};

/** The set, or every problem of the candidate. */
export type Compiled =
  | { readonly ok: true; readonly set: PolicySet }
  | { readonly ok: false; readonly problems: readonly Problem[] };

const MAX_UNSCOPED = 50;

type Draft = { readonly policy: Policy; readonly piece: Piece; readonly source: SourceFile };
type Report = (at: number, code: ProblemCode, message: string, hint: string) => void;

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
  if (drafts.length === 0 && problems.length === 0) problems.push(NO_POLICIES);
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

/** JCS `{schema, policies}`: what the digest commits to, and what is kept. */
export const setText = (
  schema: string,
  policies: readonly Pick<Policy, 'id' | 'source'>[],
): string =>
  canonical({
    schema,
    policies: Object.fromEntries(policies.map(({ id, source }) => [id, source])),
  });

const NO_POLICIES: Problem = {
  code: 'no-policies',
  file: '.',
  line: 1,
  column: 1,
  message: 'the folder holds no policy',
  hint: 'without a permit everything is denied; write at least one `*.cedar` file',
};

function readSchema(
  cedar: Cedar,
  { schema }: Candidate,
  problems: Problem[],
): { readonly text: string; readonly index: PolicySet['index'] } | undefined {
  if (!schema) {
    problems.push({
      code: 'schema-missing',
      file: 'schema.cedarschema',
      line: 1,
      column: 1,
      message: 'the folder has no `schema.cedarschema`',
      hint: 'facts without types let a misspelt condition fail open; there is no schema-less mode',
    });
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

function readPolicy(
  cedar: Cedar,
  candidate: Candidate,
  { source, piece }: Pick<Draft, 'source' | 'piece'>,
  problems: Problem[],
): Draft | undefined {
  const before = problems.length;
  const report: Report = (at, code, message, hint) =>
    void problems.push(problemAt(source, piece.at + at, { code, message, hint }));
  for (const { at, code, message, hint } of overLimit(piece.tokens))
    report(at, code, message, hint);
  if (problems.length > before) return undefined; // such text would trap the parser
  const parsed = cedar.policyToJson(piece.text);
  if (parsed.type === 'failure') {
    if (cedar.templateToJson(piece.text).type === 'success')
      report(
        0,
        'template',
        'templates are not used here',
        'write the entity instead of the `?slot`',
      );
    else
      for (const { byte, message, help } of parsed.errors.map(sourceError))
        report(offsetOfByte(piece.text, byte), 'syntax', message, help || syntaxHint(piece));
    return undefined;
  }
  const { json } = parsed;
  const annotations = json.annotations ?? {};
  const kind = kindOf(json.effect, annotations);
  if (!candidate.isReopened) {
    checkAnnotations(kind, annotations, piece, report);
    checkKind(kind, json, source.file, report);
    checkGroups(candidate.groups, kind, annotations, piece, report);
  }
  const id = annotations['id'] ?? '';
  if (problems.some(({ code }, i) => i >= before && code.startsWith('id-'))) return undefined;
  const matchSource = asForbid(cedar, piece, json);
  if (matchSource === undefined)
    report(0, 'splice-failed', 'the effect could not be replaced', 'write the policy more plainly');
  const isSound = problems.length === before;
  return {
    source,
    piece,
    policy: {
      id,
      kind,
      isShadow: annotations['mode'] === 'shadow',
      file: source.file,
      line: problemAt(source, piece.at, { code: 'syntax', message: '', hint: '' }).line,
      annotations,
      source: piece.text,
      matchSource: matchSource ?? '',
      scope: scopeOf(json),
      ...(isSound && (kind === 'review' || kind === 'confirm')
        ? { requirement: requirementOf(kind, annotations) }
        : {}),
    },
  };
}

function syntaxHint({ text, isClosed }: Piece): string {
  if (!isClosed) return 'end the policy with `;`';
  return /%|\.(?:size|length|any|all)\b/.test(text)
    ? 'Cedar has no modulo, set size, any or all: the gate supplies weekday, hour and counts as facts'
    : 'see the Cedar policy syntax';
}

function checkAnnotations(
  kind: Policy['kind'],
  annotations: Policy['annotations'],
  piece: Piece,
  report: Report,
): void {
  const written = headOf(piece.tokens).annotations;
  for (const { name, code, message, hint } of annotationFaults(kind, annotations, written))
    report(written.find((one) => one.name === name)?.at ?? 0, code, message, hint);
}

function checkKind(kind: Policy['kind'], json: PolicyJson, file: string, report: Report): void {
  const isSoft = kind === 'review' || kind === 'confirm';
  if (isSoft && json.effect === 'permit')
    report(
      0,
      'effect',
      `a ${kind} is written \`forbid\``,
      'so that every other Cedar tool reads it more strictly',
    );
  if (isSoft && !file.endsWith('.review.cedar'))
    report(
      0,
      'file',
      `a ${kind} stands in a \`*.review.cedar\` file`,
      'move it there: a stray marker must not soften a hard stop',
    );
  if (!isSoft && file.endsWith('.review.cedar'))
    report(
      0,
      'file',
      `a \`*.review.cedar\` file holds no ${kind}`,
      'move it to another file, or give it `@review`',
    );
  if (kind !== 'permit') return;
  if (json.action.op === 'All')
    report(
      0,
      'permit-without-action',
      'a permit names an action or a group',
      'write `action == …` or `action in …`',
    );
  if (!testsInspectable(json))
    report(
      0,
      'permit-without-inspectable',
      'a permit tests `context.base.inspectable`',
      'add `when { context.base.inspectable == Countersign::Inspectable::"full" }`',
    );
}

function checkGroups(
  groups: Groups | undefined,
  kind: Policy['kind'],
  annotations: Policy['annotations'],
  piece: Piece,
  report: Report,
): void {
  if (!groups || kind !== 'review') return;
  const at = headOf(piece.tokens).annotations.find(({ name }) => name === 'approvers')?.at ?? 0;
  const sizes = groups instanceof Array ? undefined : groups;
  const known = groups instanceof Array ? groups : Object.keys(groups);
  const named = approversOf(annotations);
  for (const group of named.filter((name) => !known.includes(name)))
    report(
      at,
      'group-unknown',
      `group \`${group}\` is not configured`,
      `known: ${known.toSorted().join(', ')}`,
    );
  if (!sizes || named.some((name) => !known.includes(name))) return;
  for (const group of named.filter((name) => sizes[name] === 0))
    report(at, 'group-empty', `group \`${group}\` has no members`, 'nobody could ever approve');
  const reachable = named.reduce((sum, name) => sum + (sizes[name] ?? 0), 0);
  if (reachable < Number(annotations['quorum'] ?? '1'))
    report(
      at,
      'quorum-unsatisfiable',
      `the groups have ${reachable} members in all`,
      'lower the quorum or name more groups',
    );
}

function checkSet(candidate: Candidate, drafts: readonly Draft[], problems: Problem[]): void {
  const seen = new Map<string, Policy>();
  for (const { policy, source, piece } of drafts) {
    const first = seen.get(policy.id);
    if (first)
      problems.push(
        problemAt(source, piece.at, {
          code: 'id-duplicate',
          message: `\`${policy.id}\` is also the id of a policy in ${first.file}:${first.line}`,
          hint: 'give each policy an id of its own',
        }),
      );
    seen.set(policy.id, policy);
  }
  const limit = candidate.maxUnscoped ?? MAX_UNSCOPED;
  const unscoped = drafts.filter(({ policy }) => isUnscoped(policy.scope));
  const extra = unscoped[limit];
  if (extra && !candidate.isReopened)
    problems.push(
      problemAt(extra.source, extra.piece.at, {
        code: 'too-many-unscoped',
        message: `${unscoped.length} policies name neither action nor group; at most ${limit} may`,
        hint: 'every action pays for each of them: name actions or a group',
      }),
    );
}

function validate(
  cedar: Cedar,
  schema: string,
  drafts: readonly Draft[],
  problems: Problem[],
  isReopened: boolean,
): void {
  const byId = new Map(drafts.map((draft) => [draft.policy.id, draft]));
  const staticPolicies = Object.fromEntries(drafts.map(({ policy }) => [policy.id, policy.source]));
  const answer = cedar.validate({ schema, policies: { staticPolicies } });
  if (answer.type === 'failure') {
    for (const { message, help } of answer.errors.map(sourceError))
      problems.push({ ...NO_POLICIES, code: 'invalid', message, hint: help });
    return;
  }
  const found = [
    ...answer.validationErrors.map((one) => ({ ...one, code: 'invalid' as const })),
    ...(isReopened
      ? []
      : answer.validationWarnings.map((one) => ({ ...one, code: 'warning' as const }))),
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
  for (const { message, help } of isReopened ? [] : answer.otherWarnings.map(sourceError))
    problems.push({ ...NO_POLICIES, code: 'warning', message, hint: help });
}
