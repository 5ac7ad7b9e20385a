import type { Vote } from '../evidence/event.ts';
import type { Primitives } from '../primitives.ts';
import { fail, ok, type Result } from '../result.ts';
import { checkAssertion, type Asserted } from './assertion.ts';
import type { Enrolment } from './key.ts';

/** A vote with a proof, and where its entry stands. */
export type Signed = { readonly vote: Vote; readonly index: number; readonly where: string };

/** Whether the passkey that signed an answer signed this answer, and was that person's at that time (DS-12, DS-13). */
export async function checkSigned(
  primitives: Primitives,
  { vote, index, where }: Signed,
  enrolment: Enrolment | undefined,
): Promise<Result<Asserted>> {
  const { proof } = vote;
  if (!proof) throw new TypeError('only an answer with a proof is checked');
  if (!enrolment)
    return fail('key-unknown', `${where}: the passkey that signed is not shown to be enrolled`);
  const said = { purpose: vote.purpose, statement: vote.statementJson };
  const asserted = await checkAssertion(primitives, proof, said, enrolment);
  if (!asserted.ok) return fail(asserted.failure.code, `${where}: ${asserted.failure.message}`);
  const owned = checkOwned({ vote, index, where }, enrolment);
  return owned.ok ? asserted : owned;
}

/** Whether the passkey was the voter's, enrolled before, at a level that carries the assurance (DS-13). */
function checkOwned({ vote, index, where }: Signed, key: Enrolment): Result<void> {
  const { person, issuedAt } = vote.statement;
  if (key.person !== person)
    return fail('key-of-another', `${where}: the passkey is not \`${person}\`’s`);
  if (key.index >= index || key.at > issuedAt)
    return fail('key-not-yet-enrolled', `${where}: the passkey was enrolled later`);
  if (vote.assurance === 'hardware' && key.level !== 'hardware')
    return fail('key-level-too-low', `${where}: the passkey is not attested hardware`);
  return ok(undefined);
}
