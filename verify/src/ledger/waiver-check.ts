import type { Entry } from '../entry.ts';
import { readRequirement, readVote, type Requirement, type Vote } from '../evidence/event.ts';
import { isWaivable, type WaiverUse } from '../evidence/exception.ts';
import { unmet } from '../evidence/quorum.ts';
import { digestOf, integerOf, Malformed, objectsOf, textOf } from '../evidence/read.ts';
import { fail, ok, type Result } from '../result.ts';

/** Follows waivers through a whole ledger: what no receipt can show (L35). */
export type WaiverCheck = {
  /** An entry of a waiver's stream; the endorsement in it, if it is one. */
  readonly take: (entry: Entry, where: string) => Result<Vote | undefined>;
  /** An action went on, or runs, under these. */
  readonly use: (waivers: readonly WaiverUse[], entry: Entry, where: string) => Result<void>;
};

type Known = {
  readonly requirements: readonly Requirement[];
  readonly excluded: readonly string[];
  readonly approvalId: string;
  readonly termsDigest: string;
  readonly uses: number;
  readonly until: number;
  readonly votes: readonly Vote[];
  readonly isInForce: boolean;
  readonly isRevoked: boolean;
};

/** Makes the check; one small record per waiver is remembered, and one word per use. */
export function createWaiverCheck(): WaiverCheck {
  const known = new Map<string, Known>();
  const used = new Set<string>();

  function next(id: string, entry: Entry): Known | undefined {
    const before = known.get(id);
    if (entry.type === 'waiver.proposed') return before ?? readProposed(entry);
    if (!before) throw new Malformed('the first entry of a waiver is not `waiver.proposed`');
    switch (entry.type) {
      case 'waiver.endorsed':
        return { ...before, votes: [...before.votes, readEndorsement(before, entry)] };
      case 'waiver.in-force':
        return { ...before, isInForce: isMet(before, entry.at) };
      case 'waiver.revoked':
        return { ...before, isRevoked: true };
      case 'waiver.spent':
        return before;
      default:
        throw new Malformed('an unknown type of event of a waiver');
    }
  }

  return {
    take: (entry, where) => {
      const id = entry.stream.slice('waiver-'.length);
      try {
        const now = next(id, entry);
        if (now) known.set(id, now);
        return ok(entry.type === 'waiver.endorsed' ? now?.votes.at(-1) : undefined);
      } catch (error) {
        if (!(error instanceof Malformed)) throw error;
        return fail('waiver-mismatch', `${where}: ${error.message}`);
      }
    },
    use: (waivers, entry, where) => {
      for (const waiver of waivers) {
        const wrong = whatIsWrong(known.get(waiver.id), waiver, entry);
        if (wrong !== undefined) return fail('waiver-mismatch', `${where}: ${wrong}`);
        const use = `${waiver.id} ${waiver.use}`;
        if (entry.type === 'action.waived' && used.has(use))
          return fail('waiver-mismatch', `${where}: this use of the waiver was taken before`);
        used.add(use);
      }
      return ok(undefined);
    },
  };
}

function readProposed(entry: Entry): Known {
  const requirements = objectsOf(entry, 'requirements').map(readRequirement);
  const [uses, until] = [integerOf(entry, 'uses'), integerOf(entry, 'until')];
  const isAllowed = requirements.every(
    (one) =>
      isWaivable(one) &&
      uses <= (one.waivable?.uses ?? 0) &&
      until - entry.at <= (one.waivable?.ms ?? 0),
  );
  if (requirements.length === 0 || !isAllowed)
    throw new Malformed('it is for more than policy lets a waiver be for');
  return {
    requirements,
    excluded: objectsOf(entry, 'excluded').map((one) => textOf(one, 'human')),
    approvalId: textOf(entry, 'approvalId'),
    termsDigest: digestOf(entry, 'termsDigest'),
    uses,
    until,
    votes: [],
    isInForce: false,
    isRevoked: false,
  };
}

function readEndorsement({ votes, ...known }: Known, entry: Entry): Vote {
  const vote = readVote(entry, 'countersign/waiver/v1');
  const { statement, human, assurance, proof } = vote;
  const { choice, seenDigest, approvalId, issuedAt, expiresAt } = statement;
  const isOfIt =
    choice === 'approve' && seenDigest === known.termsDigest && approvalId === known.approvalId;
  if (!isOfIt) throw new Malformed('the statement is not a yes to these terms');
  if (issuedAt > entry.at || entry.at >= expiresAt)
    throw new Malformed('the statement was not valid at that time');
  if ((assurance === 'passkey' || assurance === 'hardware') !== (proof !== undefined))
    throw new Malformed('it counts as signed, and is not, or the other way round');
  if (known.excluded.includes(human)) throw new Malformed('endorsed by somebody who is excluded');
  if (votes.some((one) => one.human === human)) throw new Malformed('endorsed twice by one human');
  return vote;
}

/** Counted as votes are (EV-7). */
function isMet({ requirements, votes }: Known, at: number): true {
  if (unmet(requirements, { votes, confirmed: undefined }, at).length > 0)
    throw new Malformed('it is in force without the people who would have met what it waives');
  return true;
}

function whatIsWrong(
  known: Known | undefined,
  waiver: WaiverUse,
  entry: Entry,
): string | undefined {
  if (!known?.isInForce) return `\`${waiver.id}\` was not in force`;
  if (known.isRevoked) return `\`${waiver.id}\` had been revoked`;
  if (waiver.uses !== known.uses || waiver.until !== known.until)
    return `\`${waiver.id}\` is for other uses, or another time`;
  return entry.at < known.until ? undefined : `\`${waiver.id}\` was over`;
}
