import type { Judgement, JudgementCode } from '@countersign/core';
import { combine } from './combine.ts';
import type { Policy, PolicySet } from './policy-set.ts';

/** What the engine said of one call: every policy that matched, every policy that erred. */
export type Answer =
  | {
      readonly type: 'answered';
      readonly matched: readonly string[];
      readonly erred: readonly string[];
    }
  | { readonly type: 'invalid' }
  | { readonly type: 'trapped' };

type Found = {
  readonly permit: readonly Policy[];
  readonly forbid: readonly Policy[];
  readonly review: readonly Policy[];
};
const NONE: Found = { permit: [], forbid: [], review: [] };

/** A set with what the combiner looks up. */
export type Rulebook = {
  readonly set: PolicySet;
  readonly byId: ReadonlyMap<string, Policy>;
  readonly engine: string;
};

/** Prepares a set for combining. */
export const rulebookOf = (set: PolicySet, engine: string): Rulebook => ({
  set,
  byId: new Map(set.policies.map((policy) => [policy.id, policy])),
  engine,
});

/** Reference policy §3, steps 1 to 7 in order. Pure. */
export function concludeFrom(book: Rulebook, answer: Answer): Judgement {
  if (answer.type === 'trapped') return deny(book, 'engine-trap', ['the policy engine failed']);
  if (answer.type === 'invalid')
    return deny(book, 'request-invalid', ['the request does not fit the policy schema']);
  const matched = lookUp(book, answer.matched);
  const erred = lookUp(book, answer.erred);
  // an id we never loaded cannot be in an answer; believe nothing of it
  if (!matched || !erred) return deny(book, 'engine-trap', ['the policy engine failed']);
  const inForce = matched.filter((policy) => !policy.isShadow);
  return conclude(book, {
    found: {
      permit: inForce.filter((policy) => policy.kind === 'permit'),
      forbid: inForce.filter((policy) => policy.kind === 'forbid'),
      review: inForce.filter((policy) => policy.requirement !== undefined),
    },
    shadow: matched.filter((policy) => policy.isShadow),
    erred,
  });
}

type Evidence = {
  readonly found: Found;
  readonly shadow: readonly Policy[];
  readonly erred: readonly Policy[];
};

function conclude(book: Rulebook, evidence: Evidence): Judgement {
  const { found, erred } = evidence;
  const say = (
    verdict: Judgement['verdict'],
    code: JudgementCode,
    reasons: readonly string[],
  ): Judgement => judgement(book, { verdict, code, reasons }, evidence);
  if (found.forbid.length > 0) return say('deny', 'forbidden', reasonsOf(found.forbid));
  const broken = erred.filter((policy) => !policy.isShadow && policy.kind !== 'permit');
  if (broken.length > 0)
    return say(
      'deny',
      'policy-error',
      broken.map(({ id }) => `policy \`${id}\` could not be evaluated`),
    );
  if (found.permit.length === 0) return say('deny', 'no-permit', ['no policy permits this']);
  if (found.review.length > 0) return say('review', 'needs-review', reasonsOf(found.review));
  return say('allow', 'permitted', reasonsOf(found.permit));
}

function lookUp({ byId }: Rulebook, ids: readonly string[]): readonly Policy[] | undefined {
  const found: Policy[] = [];
  for (const id of ids) {
    const policy = byId.get(id);
    if (!policy) return undefined;
    found.push(policy);
  }
  return found.toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

const idsOf = (policies: readonly Policy[]): readonly string[] => policies.map(({ id }) => id);
const reasonsOf = (policies: readonly Policy[]): readonly string[] =>
  policies.map(
    ({ annotations, kind }) =>
      annotations[kind === 'review' || kind === 'confirm' ? kind : 'reason'] ?? '',
  );
const kindIn = ({ isShadow, kind }: Policy): Judgement['errors'][number]['kind'] =>
  isShadow ? 'shadow' : kind === 'confirm' ? 'review' : kind;

/** A denial for which no policy was found. */
export const deny = (book: Rulebook, code: JudgementCode, reasons: readonly string[]): Judgement =>
  judgement(book, { verdict: 'deny', code, reasons }, { found: NONE, shadow: [], erred: [] });

function judgement(
  { set, engine }: Rulebook,
  say: Pick<Judgement, 'verdict' | 'code' | 'reasons'>,
  { found, shadow, erred }: Evidence,
): Judgement {
  return {
    verdict: say.verdict,
    code: say.code,
    matched: {
      permit: idsOf(found.permit),
      forbid: idsOf(found.forbid),
      review: idsOf(found.review),
    },
    shadow: idsOf(shadow),
    errors: erred.map((policy) => ({ policy: policy.id, kind: kindIn(policy) })),
    requirements:
      say.verdict === 'review'
        ? combine(found.review.flatMap(({ requirement }) => requirement ?? []))
        : [],
    reasons: say.reasons,
    policyDigest: set.digest,
    ...(set.gitCommit === undefined ? {} : { gitCommit: set.gitCommit }),
    engine,
  };
}
