import {
  ASSURANCES,
  decide,
  isAmongAsked,
  makeId,
  signedUntil,
  type Approval,
  type Assurance,
  type Command,
  type Directory,
  type Instant,
  type Parts,
  type Person,
  type Proof,
} from '@countersign/core';
import type { May } from '@countersign/api';
import type { Access } from '../config/config.ts';
import { assuranceOf } from './assurance.ts';
import type { Caller } from './exchange.ts';

/** An approval that policy has judged; before that there is nothing to see. */
export type Visible = Exclude<Approval, { state: 'none' | 'proposed' | 'judged' }>;

/** Whether a person manages the installation. It lets nobody decide on an action. */
export const isAdministrator = ({ groups }: Person, { administrators }: Access): boolean =>
  groups.some((group) => administrators.includes(group));

/** Whether a person sees every action; seeing is all it gives. */
export const isAuditor = ({ groups }: Person, { auditors }: Access): boolean =>
  groups.some((group) => auditors.includes(group));

/** Whether a caller may see an action at all. What may not be seen is not found. */
export function maySee(
  caller: Caller,
  approval: Visible,
  { directory, access }: { readonly directory: Directory; readonly access: Access },
): boolean {
  const { lineage } = approval.proposed;
  switch (caller.kind) {
    case 'nobody':
      return false;
    case 'agent':
      return caller.id === lineage.agent && directory.agent(caller.id) !== undefined;
    case 'executor':
      return caller.id === approval.judged.execution.audience;
    case 'person': {
      // as they are now: who waits or reads events may have left since they were let in
      const person = directory.person(caller.id);
      if (person?.active !== true) return false;
      return isAuditor(person, access) || personMaySee(person, approval, directory);
    }
  }
}

/** Whether a caller who may see an action may also see it unmasked: its agent, its people, whoever is asked, auditors. */
export const maySeeUnmasked = ({ kind }: Caller): boolean => kind === 'agent' || kind === 'person';

function personMaySee(person: Person, approval: Visible, directory: Directory): boolean {
  const { owner, onBehalfOf, startedBy, editors } = approval.proposed.lineage;
  const isOwn = [owner, onBehalfOf, startedBy, ...editors].some(
    (id) => id !== undefined && (directory.person(id)?.human ?? id) === person.human,
  );
  return isOwn || isAmongAsked(approval, person) || isSparedBy(approval, person);
}

/** Whom a waiver spared being asked may look at what was done without them. */
const isSparedBy = (approval: Visible, { groups }: Person): boolean =>
  'waived' in approval &&
  approval.waived !== undefined &&
  approval.judged.judgement.requirements.some((one) =>
    one.groups.some((group) => groups.includes(group)),
  );

/**
 * What a caller may do now, at the best they can reach, by the very functions that will decide (R5: there is no second
 * opinion); with the least assurance a yes of theirs needs.
 */
export function mayOfCaller(
  { directory, clock }: Pick<Parts, 'directory' | 'clock'>,
  approval: Visible,
  caller: Caller,
): May {
  if (caller.kind !== 'person') return { vote: false, confirm: false, because: 'not-an-approver' };
  const now = clock();
  const known = directory();
  // as they are now, for what they can reach may have changed since they were let in
  const person = known.person(caller.id) ?? caller.person;
  const at = (assurance: Assurance): May => mayOf(approval, person, known, { now, assurance });
  const may = at(bestOf(person, caller, now));
  const isShort = may.because === 'assurance-too-low';
  if (!may.vote && !may.confirm && !isShort) return may;
  const needs = ASSURANCES.find((one) => {
    const then = at(one);
    return then.vote || then.confirm;
  });
  return needs === undefined || needs === 'chat' ? may : { ...may, needs };
}

/** The best assurance a person can reach. */
export const bestOf = (person: Person, caller: Caller, now: Instant): Assurance =>
  ASSURANCES[Math.max(...[person.reach, assuranceOf(caller, now)].map(rankOf))] ?? 'chat';

const rankOf = (assurance: Assurance): number => ASSURANCES.indexOf(assurance);

/** What a person may do now with an answer of some assurance. */
function mayOf(
  approval: Visible,
  person: Person,
  directory: Directory,
  { now, assurance }: { readonly now: Instant; readonly assurance: Assurance },
): May {
  if (approval.state !== 'pending') return { vote: false, confirm: false, because: 'not-pending' };
  const { asked } = approval;
  const would = wouldSay(approval, person, { now, assurance });
  const commandOf = (type: 'cast-vote' | 'confirm'): Command => ({ type, ...would, directory });
  const vote = decide(approval, commandOf('cast-vote'), now);
  const confirm = decide(approval, commandOf('confirm'), now);
  const isReviewed = asked.requirements.some(({ kind }) => kind === 'review');
  const against = isReviewed ? vote : confirm;
  return {
    vote: vote.ok,
    confirm: confirm.ok,
    ...(vote.ok || confirm.ok || against.ok ? {} : { because: against.error }),
  };
}

/** The yes a person could say and sign now, to ask what would become of it: nothing of it is ever written. */
export function wouldSay(
  { asked, proposed, judged }: Extract<Visible, { state: 'pending' }>,
  { id, human, groups }: Person,
  { now, assurance }: { readonly now: Instant; readonly assurance: Assurance },
): Pick<Extract<Command, { type: 'cast-vote' | 'confirm' }>, 'vote' | 'expected' | 'grantId'> {
  const isSigned = rankOf(assurance) >= rankOf('passkey');
  return {
    vote: {
      statement: {
        v: 1,
        origin: '',
        approvalId: asked.approvalId,
        version: asked.version,
        actionDigest: proposed.digest,
        choice: 'approve',
        person: id,
        seenDigest: asked.seenDigest,
        policyDigest: judged.judgement.policyDigest,
        issuedAt: now,
        expiresAt: isSigned ? signedUntil(now, asked.expiresAt) : asked.expiresAt,
        nonce: '',
      },
      human,
      groups,
      assurance,
      channel: 'api',
      ...(isSigned && { proof: NO_PROOF }),
    },
    expected: { origin: '', person: id, choice: 'approve' },
    grantId: makeId('grt', now, NO_RANDOM),
  };
}

const NO_RANDOM = new Uint8Array(16);
const NO_PROOF: Proof = {
  kind: 'webauthn',
  credential: '',
  clientDataJSON: '',
  authenticatorData: '',
  signature: '',
};
