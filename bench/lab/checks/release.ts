import type { ApprovalEvent, Vote } from '@countersign/core';
import type { Check, MakeCheck, Step } from './check.ts';

type Of<T extends ApprovalEvent['type']> = Extract<ApprovalEvent, { type: T }>;

/** What one action may be released on, kept by this check's own reading and not by the fold of core. */
type Grounds = {
  readonly proposed: Of<'action.proposed'>;
  isAllowed: boolean;
  asked?: Of<'approval.requested'>;
  isConfirmed: boolean;
  readonly votes: Vote[];
  isGranted: boolean;
};

/**
 * R1 R4 R5: what is redeemed was permitted by entries before it, and once; no vote of somebody excluded or without right.
 * Recounted here from the votes, so a conclusion that nobody voted for is found.
 */
export const createReleaseCheck: MakeCheck = (tell) => {
  const open = new Map<string, Grounds>();
  const redeemed = new Map<string, number>();

  function redeem(step: Step, grounds: Grounds | undefined): void {
    const { seq, stream } = step;
    const earlier = redeemed.get(stream);
    if (earlier !== undefined)
      return tell({
        rule: 'redeemed-twice',
        seqs: [earlier, seq],
        ids: [stream],
        detail: 'one grant was redeemed by two entries',
      });
    redeemed.set(stream, seq);
    const why = grounds ? whyNotReleased(grounds) : 'it was never proposed, or is settled';
    if (why !== undefined)
      tell({ rule: 'released-without-permission', seqs: [seq], ids: [stream], detail: why });
  }

  return {
    see: (step) => {
      const { seq, stream, event } = step;
      if (event.type === 'action.proposed' && !open.has(stream))
        open.set(stream, {
          proposed: event,
          isAllowed: false,
          isConfirmed: false,
          votes: [],
          isGranted: false,
        });
      const grounds = open.get(stream);
      if (event.type === 'grant.redeemed') return redeem(step, grounds);
      if (event.type === 'approval.vote-cast') {
        const wrong = grounds
          ? whatIsWrong(grounds, event)
          : ({ rule: 'vote-invalid', detail: 'nobody was asked' } as const);
        const ids = [stream, event.vote.statement.person];
        if (wrong) tell({ ...wrong, seqs: [seq], ids });
      }
      if (grounds) note(grounds, event);
      if (isOver(step)) open.delete(stream);
    },
  } satisfies Check;
};

const isOver = ({ after }: Step): boolean => 'last' in after;

function note(grounds: Grounds, event: ApprovalEvent): void {
  if (event.type === 'action.judged') grounds.isAllowed = event.judgement.verdict === 'allow';
  if (event.type === 'approval.requested') grounds.asked = event;
  if (event.type === 'approval.vote-cast') grounds.votes.push(event.vote);
  if (event.type === 'approval.confirmed') grounds.isConfirmed = true;
  if (event.type === 'grant.issued') grounds.isGranted = true;
}

function whyNotReleased({
  asked,
  isAllowed,
  isConfirmed,
  isGranted,
  ...rest
}: Grounds): string | undefined {
  if (!isGranted) return 'no grant was issued before';
  if (!asked) return isAllowed ? undefined : 'policy did not allow it and nobody was asked';
  const yes = rest.votes.filter(({ statement }) => statement.choice === 'approve');
  if (yes.length < rest.votes.length) return 'somebody voted against it';
  for (const { kind, groups, quorum, policies } of asked.requirements) {
    if (kind === 'confirm' && !isConfirmed) return `\`${policies.join()}\` was not confirmed`;
    if (kind === 'confirm') continue;
    const able = yes.filter((vote) => vote.groups.some((group) => groups.includes(group)));
    const humans = new Set(able.map(({ human }) => human)).size;
    if (humans < Math.max(1, quorum))
      return `\`${policies.join()}\` asks for ${quorum}, ${humans} voted for it before`;
  }
  return undefined;
}

function whatIsWrong({ asked, proposed, votes }: Grounds, { at, vote }: Of<'approval.vote-cast'>) {
  const { statement, human } = vote;
  const { owner, onBehalfOf, startedBy, editors, delegators } = proposed.lineage;
  const barred = [owner, onBehalfOf, startedBy, ...editors, ...delegators];
  if (barred.includes(statement.person) || asked?.excluded.some((one) => one.human === human))
    return { rule: 'vote-excluded', detail: 'this person may not decide on it' } as const;
  if (!asked) return invalid('nobody was asked');
  if (votes.some((earlier) => earlier.human === human)) return invalid('they voted before');
  if (at >= asked.expiresAt) return invalid('the request had expired');
  if (!asked.requirements.some(({ groups }) => groups.some((one) => vote.groups.includes(one))))
    return invalid('they are in none of the groups that were asked');
  const isOfIt =
    statement.approvalId === asked.approvalId &&
    statement.version === asked.version &&
    statement.seenDigest === asked.seenDigest &&
    statement.actionDigest === proposed.digest;
  return isOfIt ? undefined : invalid('the statement is about something else');
}

const invalid = (detail: string) => ({ rule: 'vote-invalid', detail }) as const;
