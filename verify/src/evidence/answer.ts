import { fail, ok, type FailureCode, type Result } from '../result.ts';
import { isUpTo } from '../note/epoch.ts';
import type { Judged, Proposed, Requested, Statement, Vote } from './event.ts';
import { unmet } from './quorum.ts';
import { counted, groupsAsked, handsIn, holdersOf, type Answers } from './seats.ts';

/** A request that is waiting, with what it is about. */
export type Asking = Answers & {
  readonly proposed: Proposed;
  readonly judged: Judged;
  readonly asked: Requested;
};

/** Whether somebody who went ahead alone names this very request and is nobody who may not answer (DS-4, DS-5, EV-4, EV-14). */
export function checkBroken(
  asking: Asking,
  vote: Vote,
  origin: string,
  where: string,
): Result<Vote> {
  const wrong = whatIsWrong(asking, vote, origin) ?? whoIsBarred(asking, vote);
  return wrong ? fail(wrong[0], `${where}: ${wrong[1]}`) : ok(vote);
}

type Wrong = readonly [code: FailureCode, what: string] | undefined;

/** Whether a vote names this very request and comes from someone who may vote (DS-4…DS-6, EV-4…EV-6). */
export function checkVote(asking: Asking, vote: Vote, origin: string, where: string): Result<Vote> {
  const wrong =
    whatIsWrong(asking, vote, origin) ?? whoIsWrong(asking, vote) ?? whenIsWrong(asking, vote);
  return wrong ? fail(wrong[0], `${where}: ${wrong[1]}`) : ok(vote);
}

/** Whether a confirmation names this very request and comes from the person the agent acts for (EV-8). */
export function checkConfirmation(
  asking: Asking,
  vote: Vote,
  origin: string,
  where: string,
): Result<Vote> {
  const wrong = whatIsWrong(asking, vote, origin) ?? confirmerIsWrong(asking, vote);
  return wrong ? fail(wrong[0], `${where}: ${wrong[1]}`) : ok(vote);
}

function whatIsWrong({ proposed, judged, asked }: Asking, vote: Vote, origin: string): Wrong {
  const { statement } = vote;
  const expected: Partial<Statement> = {
    approvalId: asked.approvalId,
    version: asked.version,
    actionDigest: proposed.digest,
    seenDigest: asked.seenDigest,
  };
  // DS-4: an answer given before an epoch began names the origin of then
  if (!isUpTo(statement.origin, origin))
    return ['statement-mismatch', 'the statement’s `origin` is not that of this ledger'];
  for (const [name, value] of Object.entries(expected))
    if (statement[name as keyof Statement] !== value)
      return ['statement-mismatch', `the statement's \`${name}\` is not that of this request`];
  if (statement.policyDigest !== judged.policyDigest)
    return [
      'policy-digest-mismatch',
      'the statement names another policy set than the one that judged',
    ];
  // EV-21
  if (statement.choice === 'approve' && vote.isShownWhole === false)
    return ['event-mismatch', 'it approves an action that was not shown whole'];
  return whyNotSigned(vote) ?? whyNotInTime(vote, asked);
}

const LONGEST_SIGNING_MS = 300_000;

/** An answer that counts as signed is, and was signed soon after it was asked for (DS-10, DS-11). */
function whyNotSigned({ statement, proof, assurance }: Vote): Wrong {
  const { issuedAt, expiresAt } = statement;
  if (!proof)
    return assurance === 'passkey' || assurance === 'hardware'
      ? ['proof-missing', `it counts as \`${assurance}\`, and nothing of a passkey is there`]
      : undefined;
  return expiresAt - issuedAt > LONGEST_SIGNING_MS
    ? ['statement-mismatch', 'the statement waited longer for its signature than it may']
    : undefined;
}

function whyNotInTime({ statement, at }: Vote, asked: Requested): Wrong {
  const isInTime = statement.issuedAt <= at && at < statement.expiresAt && at < asked.expiresAt;
  return isInTime ? undefined : ['statement-mismatch', 'the statement was not valid at that time'];
}

function whoIsWrong(asking: Asking, vote: Vote): Wrong {
  const { human } = vote;
  const { votes } = asking;
  const barred = whoIsBarred(asking, vote);
  if (barred) return barred;
  const heard = votes.flatMap((one) => [one.human, ...holdersOf(one)]);
  if (votes.some((one) => one.human === human))
    return ['repeated-voter', `\`${human}\` has voted before`];
  const twice = holdersOf(vote).find((one) => one === human || heard.includes(one));
  if (twice !== undefined)
    return ['repeated-voter', `the seat of \`${twice}\` has been voted on before`];
  return undefined;
}

function whoIsBarred(
  { proposed, asked }: Asking,
  { human, statement, standsFor }: Pick<Vote, 'human' | 'statement' | 'standsFor'>,
): Wrong {
  const { agent, owner, onBehalfOf, startedBy, editors, delegators, subject } = proposed.lineage;
  const isSubjectBarred = asked.requirements.some(({ exclude }) => exclude.includes('subject'));
  const barred = [agent, owner, onBehalfOf, startedBy, ...editors, ...delegators].concat(
    isSubjectBarred ? subject : undefined,
    asked.excluded.map((one) => one.human),
  );
  const { person } = statement;
  if (barred.includes(human) || barred.includes(person))
    return ['excluded-voter', `\`${person}\` may not vote on this action (four eyes)`];
  // EV-15: whom the excluded chose answers for them
  const chosen = standsFor.flatMap(handsIn).find((one) => barred.includes(one));
  if (chosen !== undefined)
    return ['excluded-voter', `\`${person}\` may not vote on the seat of \`${chosen}\``];
  return undefined;
}

/** Lower stages are met before the next is asked (EV-6). */
function whenIsWrong(asking: Asking, vote: Vote): Wrong {
  const { at } = vote;
  const { requirements } = asking.asked;
  const stage = Math.min(...unmet(requirements, asking, at).map((one) => one.stage));
  const own = counted({ ...asking, votes: [...asking.votes, vote] }).at(-1)?.groups ?? [];
  const isAsked = requirements.some(
    (one) =>
      one.kind === 'review' &&
      one.stage <= stage &&
      groupsAsked(one, asking.escalated ?? []).some((name) => own.includes(name)),
  );
  return isAsked ? undefined : ['event-mismatch', 'nobody of these groups was asked at this stage'];
}

const ACTS_FOR = 'is the person the agent acts for';
const OWNS = 'owns the agent';

/** The excluded list names the human behind the account: the one acted for, who may be the owner. */
function confirmerIsWrong({ proposed, asked, confirmed }: Asking, vote: Vote): Wrong {
  const { onBehalfOf, owner } = proposed.lineage;
  const human = (because: string): string | undefined =>
    asked.excluded.find((one) => one.because === because)?.human;
  const linked = onBehalfOf === undefined ? human(OWNS) : (human(ACTS_FOR) ?? human(OWNS));
  const isTheOne = vote.statement.person === (onBehalfOf ?? owner) || vote.human === linked;
  if (!isTheOne || !asked.requirements.some(({ kind }) => kind === 'confirm'))
    return [
      'not-the-confirmer',
      `\`${vote.statement.person}\` is not the person the agent acts for`,
    ];
  return confirmed ? ['repeated-voter', `\`${vote.human}\` has confirmed before`] : undefined;
}
