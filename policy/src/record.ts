import { canonical, packQuestion, sha256, toIso, unpackQuestion } from '@countersign/core';
import type { Digest, Instant, Json, Judgement, Question, Requirement } from '@countersign/core';
import { createPolicyEngine } from './policy-engine.ts';
import type { PolicySet } from './policy-set.ts';

/** One judgement with everything it was made of, as plain JSON. `facts` and `entities` are private (R9). */
export type DecisionRecord = Judgement & {
  readonly decisionId: string;
  readonly decidedAt: string;
  readonly actionDigest?: Digest;
  /** Who derived the facts, with its version. */
  readonly extractor?: string;
  readonly request: Pick<Question, 'agent' | 'action' | 'resource'>;
  /** Null where they were refused: what the encoder refuses has no canonical form. */
  readonly facts: Json;
  readonly entities: Json;
  readonly factsDigest: Digest;
  /** One line per thing to know, for the person who reads it. */
  readonly explanation: readonly string[];
};

/** What a record is made from. */
export type Decided = {
  readonly decisionId: string;
  readonly decidedAt: Instant;
  readonly question: Question;
  readonly judgement: Judgement;
  readonly actionDigest?: Digest;
  readonly extractor?: string;
};

/** Makes the record of one judgement. Its JCS bytes are the same whenever question and judgement are. */
export function recordDecision(decided: Decided): DecisionRecord {
  const { decisionId, decidedAt, question, judgement, actionDigest, extractor } = decided;
  const { agent, action, resource } = question;
  const packed = judgement.code === 'input-rejected' ? undefined : packQuestion(question);
  const kept = (packed ?? {}) as { readonly facts?: Json; readonly entities?: Json };
  const facts = kept.facts ?? null;
  const entities = kept.entities ?? null;
  return {
    decisionId,
    decidedAt: toIso(decidedAt),
    ...(actionDigest === undefined ? {} : { actionDigest }),
    ...(extractor === undefined ? {} : { extractor }),
    request: { agent, action, resource: { type: resource.type, id: resource.id } },
    facts,
    entities,
    factsDigest: sha256(canonical({ facts, entities })),
    ...judgement,
    explanation: explain(judgement),
  };
}

/** A judgement in lines for people. */
export const explain = ({ verdict, code, reasons, requirements }: Judgement): readonly string[] =>
  verdict === 'review' ? requirements.map(demand) : reasons.map((reason) => `${code}: ${reason}`);

function demand({ kind, quorum, groups, expiresMs, why }: Requirement): string {
  const within = `within ${Math.ceil(expiresMs / 60_000)} min: ${why.join('; ')}`;
  return kind === 'confirm'
    ? `the person the agent acts for confirms ${within}`
    : `${quorum} more of [${groups.join(', ')}] ${within}`;
}

/** The record that judging again gives, and whether its JCS bytes are the old ones. */
export type Rejudged = { readonly record: DecisionRecord; readonly isIdentical: boolean };

/**
 * Judges a past decision again, under the set it was made with (open it by the record's `policyDigest`) or another.
 * The commit is where a set came from, not what it says; where the digest agrees it is taken from the record.
 */
export async function rejudge(past: DecisionRecord, set: PolicySet): Promise<Rejudged> {
  if (past.facts === null) return { record: past, isIdentical: true }; // refused before policy was asked
  const { facts, entities, request } = past;
  const question = unpackQuestion({ ...request, facts, entities });
  const { gitCommit: _, ...bare } = set;
  const gitCommit = past.policyDigest === set.digest ? past.gitCommit : set.gitCommit;
  const engine = await createPolicyEngine({
    set: gitCommit === undefined ? bare : { ...bare, gitCommit },
    remembers: false, // it is to be found out anew
  });
  try {
    const judgement = await engine.judge(question);
    const record: DecisionRecord = {
      ...recordDecision({
        decisionId: past.decisionId,
        decidedAt: 0 as Instant,
        question,
        judgement,
        ...(past.actionDigest && { actionDigest: past.actionDigest }),
        ...(past.extractor !== undefined && { extractor: past.extractor }),
      }),
      decidedAt: past.decidedAt,
    };
    return { record, isIdentical: canonical(record) === canonical(past) };
  } finally {
    await engine.close();
  }
}
