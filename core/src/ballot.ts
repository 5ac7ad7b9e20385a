import type { Approval } from './approval/approval.ts';
import type { CastVote, Refusal } from './approval/command.ts';
import { decide } from './approval/decide.ts';
import type { Batch } from './approval/batch.ts';
import type { Proof } from './approval/proof.ts';
import type { Assurance } from './approval/requirement.ts';
import type { Shown } from './approval/shown.ts';
import { signedUntil, type Choice, type DecisionStatement } from './approval/statement.ts';
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
  /** How sure we are of the person, as whoever knows them found; `passkey` and more only with what was signed. */
  readonly assurance: Assurance;
  readonly channel: string;
  /** The requests that are answered together with it. */
  readonly batch?: Batch;
  /** The statement a passkey signed, and the signature, which was verified before. */
  readonly signed?: { readonly statement: DecisionStatement; readonly proof: Proof };
  /** What a channel had rendered, where one did. */
  readonly shown?: Shown;
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

/** What an answer would say about the approval as it stands (docs/spec/decision-statement.md). */
export function statementOf(
  parts: Pick<Parts, 'clock' | 'random' | 'settings'>,
  approval: Approval,
  person: Person,
  ballot: Pick<Ballot, 'approvalId' | 'choice' | 'version' | 'seenDigest'>,
): DecisionStatement {
  const now = parts.clock();
  const isPending = approval.state === 'pending';
  return {
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
}

/** The same as it is handed to a person to sign: it ends soon (DS-11). */
export function statementToSign(...of: Parameters<typeof statementOf>): DecisionStatement {
  const statement = statementOf(...of);
  return { ...statement, expiresAt: signedUntil(statement.issuedAt, statement.expiresAt) };
}

/** The command a ballot is. A signed statement is taken as it is: another one would not be what was signed. */
export function castOf(parts: Parts, approval: Approval, person: Person, ballot: Ballot): CastVote {
  const { signed, assurance, channel, choice } = ballot;
  const statement = signed?.statement ?? statementOf(parts, approval, person, ballot);
  const { human, groups, known } = person;
  const reason =
    ballot.reason === undefined ? {} : { reason: parts.display.text(ballot.reason.slice(0, 500)) };
  const proof = signed ? { proof: signed.proof } : {};
  const shown = ballot.shown ? { shown: ballot.shown } : {};
  return {
    type: ballot.control === 'vote' ? 'cast-vote' : 'confirm',
    vote: {
      statement,
      human,
      groups,
      ...(known && { knownBy: known }),
      assurance,
      channel,
      ...proof,
      ...shown,
      ...reason,
      ...(ballot.batch && { batch: ballot.batch }),
    },
    expected: { origin: parts.settings.origin, person: person.id, choice },
    grantId: makeId('grt', parts.clock(), parts.random(16)),
    directory: parts.directory(),
  };
}
