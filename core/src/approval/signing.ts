import type { Instant } from '../time.ts';
import type { Pending } from './approval.ts';
import type { CastVote } from './command.ts';
import { isAtLeast } from './requirement.ts';
import { signedUntil } from './statement.ts';

/**
 * Whether a statement says what the person says, here and now, and rests on a proof where it must.
 * ATTACKER: a statement that was signed came back from outside; nothing of it is believed, every member is compared.
 */
export function isSaid(
  { asked, judged }: Pending,
  { vote, expected }: Pick<CastVote, 'vote' | 'expected'>,
  now: Instant,
): boolean {
  const { statement, proof, assurance } = vote;
  const isTheirs =
    statement.v === 1 &&
    statement.origin === expected.origin &&
    statement.person === expected.person &&
    statement.choice === expected.choice &&
    statement.policyDigest === judged.judgement.policyDigest;
  // DS-10: what claims to be signed is, and what is signed claims no less
  const isProven = (proof !== undefined) === isAtLeast(assurance, 'passkey');
  const until = proof ? signedUntil(statement.issuedAt, asked.expiresAt) : asked.expiresAt;
  return (
    isTheirs &&
    isProven &&
    statement.issuedAt <= now &&
    now < statement.expiresAt &&
    statement.expiresAt === until
  );
}
