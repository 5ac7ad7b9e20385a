import { decide, makeId, signedUntil } from '@countersign/core';
import type { Asked } from './asked.ts';
import type { Caller } from './exchange.ts';
import { bestOf, NO_PROOF } from './rights.ts';
import type { Sight } from './see.ts';

/** Whether a caller could break the glass now, at the best they can reach, by the very function that decides. */
export function mayBreakGlass({ parts }: Sight, approval: Asked, caller: Caller): boolean {
  if (caller.kind !== 'person' || approval.state !== 'pending') return false;
  const now = parts.clock();
  const directory = parts.directory();
  const person = directory.person(caller.id) ?? caller.person;
  const assurance = bestOf(person, caller, now);
  const isSigned = assurance === 'passkey' || assurance === 'hardware';
  const { asked, proposed, judged } = approval;
  const statement = {
    v: 1,
    origin: '',
    approvalId: asked.approvalId,
    version: asked.version,
    actionDigest: proposed.digest,
    choice: 'approve',
    person: person.id,
    seenDigest: asked.seenDigest,
    policyDigest: judged.judgement.policyDigest,
    issuedAt: now,
    expiresAt: isSigned ? signedUntil(now, asked.expiresAt) : asked.expiresAt,
    nonce: '',
  } as const;
  const { human, groups } = person;
  // what they could say and sign: nothing of this is ever written
  const proof = isSigned ? { proof: NO_PROOF } : {};
  const reason = 'a reason they would give';
  const vote = { statement, human, groups, assurance, channel: 'api', reason, ...proof };
  const decided = decide(
    approval,
    {
      type: 'break-glass',
      vote,
      expected: { origin: '', person: person.id, choice: 'approve' },
      grantId: makeId('grt', now, new Uint8Array(16)),
      directory,
      useMs: 1,
      reviewMs: 1,
    },
    now,
  );
  return decided.ok;
}
