import { ASSURANCES, RISKS, parseDuration } from '@countersign/core';
import type { Assurance, Exclude, Requirement, Risk } from '@countersign/core';
import { remindersOf, stepsOf, timeFaults } from './escalation.ts';
import type { PolicyKind } from './policy-set.ts';
import type { ProblemCode } from './problem.ts';

/** A fault of one annotation; an empty name means the policy as a whole. */
export type AnnotationFault = {
  readonly name: string;
  readonly code: ProblemCode;
  readonly message: string;
  readonly hint: string;
};

export type Annotations = Readonly<Record<string, string>>;

const DEMANDS = [
  'quorum',
  'assurance',
  'expires',
  'exclude',
  'risk',
  'stage',
  'distinct',
  'escalate',
  'remind',
] as const;
/** What a review lets people put aside, and under what ceilings. */
const EXCEPTIONS = ['waivable', 'break_glass'] as const;

/** Reference policy §2: a key that is not listed for its kind refuses the load, so a typo cannot drop a quorum. */
const KEYS: Readonly<Record<PolicyKind, { must: readonly string[]; may: readonly string[] }>> = {
  permit: { must: ['id', 'reason'], may: ['owner', 'docs'] },
  forbid: { must: ['id', 'reason'], may: ['owner', 'docs', 'mode'] },
  review: {
    must: ['id', 'review', 'approvers'],
    may: [...DEMANDS, 'owner', 'docs', 'mode', ...EXCEPTIONS],
  },
  confirm: {
    must: ['id', 'confirm'],
    may: ['expires', 'assurance', 'risk', 'owner', 'docs', 'mode'],
  },
};

/** The kind a policy says it is: its marker decides, else its effect. */
export function kindOf(effect: 'permit' | 'forbid', annotations: Annotations): PolicyKind {
  if ('review' in annotations) return 'review';
  if ('confirm' in annotations) return 'confirm';
  return effect;
}

const namesOf = (list: string): readonly string[] =>
  list
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');

const groupsIn = (list: string): readonly string[] => [...new Set(namesOf(list))].toSorted();

/** Groups named by `@approvers`, sorted, each once. */
export const approversOf = (annotations: Annotations): readonly string[] =>
  groupsIn(annotations['approvers'] ?? '');

/** Groups named by `@break_glass`, sorted, each once. */
export const breakGlassOf = (annotations: Annotations): readonly string[] =>
  groupsIn(annotations['break_glass'] ?? '');

const MOST_WAIVED_MS = 30 * 86_400_000;
const MOST_USES = 1_000;

/** The ceilings of `@waivable("8h, 20")`: how long and how often at most. */
function waivableOf(value: string): Requirement['waivable'] {
  const [time = '', uses = '', ...more] = value.split(',').map((part) => part.trim());
  const ms = parseDuration(time);
  const isCount = /^[1-9]\d{0,3}$/.test(uses) && Number(uses) <= MOST_USES;
  if (more.length > 0 || ms === undefined || ms <= 0 || ms > MOST_WAIVED_MS || !isCount)
    return undefined;
  return { ms, uses: Number(uses) };
}

const isExclude = (name: string): name is Exclude =>
  name === 'requester' || name === 'owner-team' || name === 'subject';
const isOneOf = <T extends string>(list: readonly T[], text: string): text is T =>
  (list as readonly string[]).includes(text);

type Rule = { readonly isGood: (value: string) => boolean; readonly hint: string };
const RULES: Readonly<Record<string, Rule>> = {
  id: {
    isGood: (v) => /^[a-z0-9][a-z0-9.-]{0,127}$/.test(v),
    hint: 'lower-case letters, digits, `.` and `-`, starting with a letter or digit',
  },
  approvers: {
    isGood: (v) => v.split(',').every((name) => name.trim() !== ''),
    hint: 'name one or more configured groups, as in `@approvers("security, dba")`',
  },
  quorum: { isGood: (v) => /^[1-9]$/.test(v), hint: 'a number from 1 to 9' },
  assurance: { isGood: (v) => isOneOf(ASSURANCES, v), hint: `one of ${ASSURANCES.join(', ')}` },
  expires: {
    isGood: (v) => parseDuration(v) !== undefined,
    hint: 'a duration such as 30s, 15m, 2h, 1d',
  },
  exclude: {
    isGood: (v) => namesOf(v).length > 0 && v.split(',').every((name) => isExclude(name.trim())),
    hint: 'any of requester, owner-team, subject',
  },
  risk: { isGood: (v) => isOneOf(RISKS, v), hint: `one of ${RISKS.join(', ')}` },
  stage: { isGood: (v) => /^[1-5]$/.test(v), hint: 'a number from 1 to 5' },
  distinct: { isGood: (v) => v === 'yes', hint: 'write `@distinct("yes")` or leave it out' },
  escalate: {
    isGood: (v) => stepsOf(v) !== undefined,
    hint: 'up to 3 rising times with groups, as in `@escalate("20m: security-leads; 45m: ciso")`',
  },
  remind: {
    isGood: (v) => remindersOf(v) !== undefined,
    hint: 'up to 5 rising times, as in `@remind("5m, 15m")`',
  },
  mode: { isGood: (v) => v === 'shadow', hint: 'write `@mode("shadow")` or leave it out' },
  waivable: {
    isGood: (v) => waivableOf(v) !== undefined,
    hint: 'the longest time and the most uses, as in `@waivable("8h, 20")`; at most 30d and 1000',
  },
  break_glass: {
    isGood: (v) => v.split(',').every((name) => name.trim() !== ''),
    hint: 'name one or more configured groups, as in `@break_glass("sre-leads")`',
  },
};

/** Everything wrong with a policy's annotations, given how they were written. */
export function annotationFaults(
  kind: PolicyKind,
  annotations: Annotations,
  written: readonly { readonly name: string; readonly hasValue: boolean }[],
): readonly AnnotationFault[] {
  const { must, may } = KEYS[kind];
  const known = [...must, ...may];
  const faults: AnnotationFault[] = must
    .filter((name) => !(name in annotations))
    .map((name) => missing(kind, name));
  for (const { name, hasValue } of written) {
    const value = (annotations[name] ?? '').trim();
    if (!known.includes(name)) faults.push(unknown(kind, name, known));
    else if (!hasValue || value === '') faults.push(empty(name));
    else if (RULES[name]?.isGood(annotations[name] ?? '') === false)
      faults.push(invalid(name, value, RULES[name].hint));
    else if (kind === 'confirm' && name === 'risk' && value === 'critical')
      faults.push(invalid(name, value, 'a critical action asks a group: use `@review`'));
    else if (name === 'waivable' && (annotations['risk'] ?? '').trim() === 'critical')
      faults.push(invalid(name, value, 'a critical action is never waived: leave it out'));
  }
  if (kind !== 'review' || faults.length > 0) return faults;
  return timeFaults(expiresOf(annotations), approversOf(annotations), annotations).map((fault) => ({
    ...fault,
    code: 'annotation-invalid',
  }));
}

const missing = (kind: PolicyKind, name: string): AnnotationFault => ({
  name: '',
  code: name === 'id' ? 'id-missing' : 'annotation-missing',
  message: `a ${kind} needs \`@${name}("…")\``,
  hint:
    name === 'id' ? 'the id names the policy in every record' : 'people read it when it decides',
});
const empty = (name: string): AnnotationFault => ({
  name,
  code: 'annotation-empty',
  message: `\`@${name}\` has no value`,
  hint: `write \`@${name}("…")\``,
});
const invalid = (name: string, value: string, hint: string): AnnotationFault => ({
  name,
  code: name === 'id' ? 'id-malformed' : 'annotation-invalid',
  message: `\`${value}\` is no value of \`@${name}\``,
  hint,
});

function unknown(kind: PolicyKind, name: string, known: readonly string[]): AnnotationFault {
  const near = nearest(name, known);
  const hint = near ? `did you mean \`@${near}\`?` : `a ${kind} may have ${known.join(', ')}`;
  return { name, code: 'annotation-unknown', message: `a ${kind} has no \`@${name}\``, hint };
}

/** The known name at an edit distance of at most 2, if any. */
function nearest(name: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map((other) => ({ other, far: distance(name, other) }))
    .toSorted((a, b) => a.far - b.far);
  return ranked[0] && ranked[0].far <= 2 ? ranked[0].other : undefined;
}

function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next[j] = Math.min(
        (row[j] ?? 0) + 1,
        (next[j - 1] ?? 0) + 1,
        (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1),
      );
    row = next;
  }
  return row[b.length] ?? 0;
}

const HOUR_MS = 3_600_000;

const expiresOf = (annotations: Annotations): number =>
  parseDuration(annotations['expires'] ?? '1h') ?? HOUR_MS;

/** What a review or confirm demands. Call only with annotations that have no faults. */
export function requirementOf(kind: 'review' | 'confirm', annotations: Annotations): Requirement {
  const isReview = kind === 'review';
  const exclude = new Set<Exclude>(namesOf(annotations['exclude'] ?? '').filter(isExclude));
  if (isReview) exclude.add('requester'); // R5 always holds
  const waivable = isReview ? waivableOf(annotations['waivable'] ?? '') : undefined;
  const breakGlass = isReview ? breakGlassOf(annotations) : [];
  const escalation = stepsOf(annotations['escalate'] ?? '');
  const remindMs = remindersOf(annotations['remind'] ?? '');
  return {
    kind,
    groups: isReview ? approversOf(annotations) : [],
    quorum: Number(annotations['quorum'] ?? '1'),
    assurance: (annotations['assurance'] ?? 'chat') as Assurance,
    expiresMs: expiresOf(annotations),
    exclude: [...exclude].toSorted(),
    stage: Number(annotations['stage'] ?? '1'),
    distinct: annotations['distinct'] === 'yes',
    risk: (annotations['risk'] ?? 'medium') as Risk,
    policies: [annotations['id'] ?? ''],
    why: [annotations[kind] ?? ''],
    ...(waivable && { waivable }),
    ...(breakGlass.length > 0 && { breakGlass }),
    // POL-14: absent where it is not written, so that old judgements stay what they were
    ...(isReview && escalation && { escalation }),
    ...(isReview && remindMs && { remindMs }),
  };
}
