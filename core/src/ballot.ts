import type { Approval } from './approval/approval.ts';
import type { CastVote, Refusal } from './approval/command.ts';
import { decide } from './approval/decide.ts';
import type { Assurance } from './approval/requirement.ts';
import type { Choice, DecisionStatement } from './approval/statement.ts';
import { change } from './change.ts';
import { base64url, type Digest } from './crypto.ts';
import type { Person } from './directory.ts';
import { makeId, type ApprovalId } from './ids.ts';
import type { Parts } from './parts.ts';
import { err, ok, type Result } from './result.ts';

/** A person's answer as it reaches us, from any channel. */
export type Ballot = {
  readonly approvalId: ApprovalId;
  readonly control: 'vote' | 'confirm';
  readonly choice: Choice;
  readonly version: number;
  readonly seenDigest: Digest;
  readonly reason?: string;
  readonly assurance: Assurance;
  readonly channel: string;
};

/** Casts a ballot: decided on the state it is appended to. */
export async function cast(
  parts: Parts,
  person: Person,
  ballot: Ballot,
): Promise<Result<Approval, Refusal | 'busy' | 'overloaded'>> {
  const stream = await parts.store.byApproval(ballot.approvalId);
  if (!stream) return err('not-found');
  return change(
    parts.store,
    stream,
    (approval) => {
      const decided = decide(approval, castOf(parts, approval, person, ballot), parts.clock());
      return decided.ok ? ok({ events: decided.value }) : decided;
    },
    parts.settings,
  );
}

/** The statement a ballot makes about the approval as it stands (docs/spec/decision-statement.md). */
function castOf(parts: Parts, approval: Approval, person: Person, ballot: Ballot): CastVote {
  const now = parts.clock();
  const isPending = approval.state === 'pending';
  const statement: DecisionStatement = {
    v: 1,
    origin: parts.settings.origin,
    approvalId: ballot.approvalId,
    version: ballot.version,
    actionDigest: 'proposed' in approval ? approval.proposed.digest : ballot.seenDigest,
    choice: ballot.choice,
    person: person.id,
    seenDigest: ballot.seenDigest,
    policyDigest: isPending ? approval.judged.judgement.policyDigest : ballot.seenDigest,
    issuedAt: now,
    expiresAt: isPending ? approval.asked.expiresAt : now,
    nonce: base64url(parts.random(16)),
  };
  const { human, groups } = person;
  const { assurance, channel } = ballot;
  const reason =
    ballot.reason === undefined ? {} : { reason: parts.display.text(ballot.reason.slice(0, 500)) };
  return {
    type: ballot.control === 'vote' ? 'cast-vote' : 'confirm',
    vote: { statement, human, groups, assurance, channel, ...reason },
    grantId: makeId('grt', now, parts.random(16)),
    directory: parts.directory(),
  };
}
