import { stepsOf } from './escalation.ts';
import { annotationFaults, approversOf, breakGlassOf } from './annotations.ts';
import type { Candidate, Draft, Groups, Report } from './candidate.ts';
import type { PolicyJson } from './cedar.ts';
import { testsInspectable } from './inspectable.ts';
import type { Policy } from './policy-set.ts';
import { problemAt, type Problem } from './problem.ts';
import { isUnscoped } from './scope.ts';
import { headOf, type Piece } from './source.ts';

const MAX_UNSCOPED = 50;

/** Notes every fault of a policy's annotations where it is written. */
export function checkAnnotations(
  kind: Policy['kind'],
  annotations: Policy['annotations'],
  piece: Piece,
  report: Report,
): void {
  const written = headOf(piece.tokens).annotations;
  for (const { name, code, message, hint } of annotationFaults(kind, annotations, written))
    report(written.find((one) => one.name === name)?.at ?? 0, code, message, hint);
}

/** Notes where effect, file, action or conditions do not go with the kind. */
export function checkKind(
  kind: Policy['kind'],
  json: PolicyJson,
  file: string,
  report: Report,
): void {
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

const isList = (groups: Groups): groups is readonly string[] => Array.isArray(groups);

/** Notes groups that are unknown, empty, or too small for the quorum. */
export function checkGroups(
  groups: Groups | undefined,
  kind: Policy['kind'],
  annotations: Policy['annotations'],
  piece: Piece,
  report: Report,
): void {
  if (!groups || kind !== 'review') return;
  const placeOf = (of: string): number =>
    headOf(piece.tokens).annotations.find(({ name }) => name === of)?.at ?? 0;
  const at = placeOf('approvers');
  const sizes = isList(groups) ? undefined : groups;
  const known = isList(groups) ? groups : Object.keys(groups);
  const named = approversOf(annotations);
  const tellUnknown = (names: readonly string[], where: number): void => {
    for (const group of names.filter((name) => !known.includes(name)))
      report(
        where,
        'group-unknown',
        `group \`${group}\` is not configured`,
        `known: ${known.toSorted().join(', ')}`,
      );
  };
  tellUnknown(named, at);
  tellUnknown(breakGlassOf(annotations), placeOf('break_glass'));
  const later = (stepsOf(annotations['escalate'] ?? '') ?? []).flatMap((step) => step.groups);
  tellUnknown(later, placeOf('escalate'));
  if (!sizes || named.some((name) => !known.includes(name))) return;
  for (const group of named.filter((name) => sizes[name] === 0))
    report(at, 'group-empty', `group \`${group}\` has no members`, 'nobody could ever approve');
  for (const group of later.filter((name) => sizes[name] === 0))
    report(
      placeOf('escalate'),
      'group-empty',
      `group \`${group}\` has no members`,
      'it would be escalated to nobody',
    );
  const reachable = named.reduce((sum, name) => sum + (sizes[name] ?? 0), 0);
  if (reachable < Number(annotations['quorum'] ?? '1'))
    report(
      at,
      'quorum-unsatisfiable',
      `the groups have ${reachable} members in all`,
      'lower the quorum or name more groups',
    );
}

/** Notes what is wrong with the policies taken together. */
export function checkSet(
  candidate: Candidate,
  drafts: readonly Draft[],
  problems: Problem[],
): void {
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
