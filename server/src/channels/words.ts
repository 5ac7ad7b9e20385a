import type { Card, Refusal, StoreFailure, Told, WhyNoClick } from '@countersign/core';

/** Why a click came to nothing. */
export type DeskCode =
  | Refusal
  | StoreFailure['code']
  | 'busy'
  | 'overloaded'
  | 'not-linked'
  | 'no-one-click'
  | 'directory-unavailable'
  | 'erased';

const LATER = 'The gateway cannot write it down now, so nothing was decided. Please try again.';
const MOVED_ON = 'The request is not what it was when this card was made. Here is how it stands.';
const ELSEWHERE = 'That cannot be done from here.';

/** What whoever clicked is told, in one or two plain sentences; every code has its own. */
export const TEXTS: Readonly<Record<DeskCode, string>> = {
  'not-linked': 'Your account here is not connected to anybody. Connect it in the console first.',
  'no-one-click': 'One click does not approve this. Please decide in the console.',
  'not-shown-whole':
    'Not all of it was shown here. Please read it in the console and decide there.',
  'directory-unavailable':
    'It cannot be checked now which groups you are in, so nothing was decided. Please try again.',
  erased: 'What was to be decided on was erased, so nobody can decide it any more.',
  'not-found': 'There is no such request.',
  'not-pending': 'This is settled already; your click changed nothing.',
  'past-deadline': 'The time to decide has passed; nothing was decided.',
  'version-mismatch': MOVED_ON,
  'digest-mismatch': MOVED_ON,
  'seen-mismatch': MOVED_ON,
  'statement-invalid': MOVED_ON,
  excluded: 'You have a part in this yourself, so someone else must decide.',
  'inactive-person':
    'Your account is not active any more, so your answer does not count. Please ask an administrator.',
  'not-an-approver': 'You are not among those who are asked here, so your answer does not count.',
  'not-asked-yet': 'Others are asked first. You will be asked when they have decided.',
  'assurance-too-low': 'Policy wants to be surer that it is you. Please decide in the console.',
  'already-voted': 'Your answer was counted already; it counts once.',
  'not-the-confirmer': 'Only the person the agent acts for confirms this.',
  busy: LATER,
  overloaded: LATER,
  'store-failed': LATER,
  unreachable: LATER,
  'disk-full': LATER,
  'read-only': LATER,
  locked: LATER,
  corrupt: LATER,
  'rolled-back': LATER,
  'too-new': LATER,
  'needs-migration': LATER,
  'not-due': ELSEWHERE,
  'not-ready': ELSEWHERE,
  'not-executing': ELSEWHERE,
  settled: ELSEWHERE,
  'not-yours': ELSEWHERE,
  'grant-mismatch': ELSEWHERE,
  'grant-spent': ELSEWHERE,
  'use-by-passed': ELSEWHERE,
  'already-closed': ELSEWHERE,
  'already-reviewed': ELSEWHERE,
  'break-glass-review-overdue': ELSEWHERE,
  'confirmation-missing': ELSEWHERE,
  'glass-not-broken': ELSEWHERE,
  'not-breakable': ELSEWHERE,
  'reason-too-short': ELSEWHERE,
  refused: ELSEWHERE,
};

/** R5 in words to whoever it is about, by what `approval.requested` says of them. */
const YOU: Readonly<Record<string, string>> = {
  'owns the agent': 'You own this agent',
  'is the person the agent acts for': 'The agent acts for you here',
  'started the session': 'You started this session',
  'edited the arguments': 'You edited the arguments',
  'gave the agent a credential': 'You gave this agent a credential',
  'delegated authority to the agent': 'You delegated authority to this agent',
  'is the subject of the action': 'This is about you',
  "is in the owner's team": 'You are in the team of the agent’s owner',
};

/** Why somebody may not decide, said to them. */
export const excludedText = (because: string | undefined): string => {
  const you = because === undefined ? undefined : YOU[because];
  return you === undefined ? TEXTS.excluded : `${you}, so someone else must decide.`;
};

const WHY: Readonly<Record<WhyNoClick, string>> = {
  uninspectable: 'The gateway cannot see all of what it would do',
  incomplete: 'Not all of it can be shown here',
  altered: 'There are characters in it that nobody would see',
  assurance: 'Policy wants to be surer that it is you',
  critical: 'It is critical',
  confirm: 'This is to be confirmed, which is done in the console',
};

/** Why one click does not approve this, and where it can be done. */
export const noClickText = ({ approve, because, link }: Card): string =>
  [
    because === undefined ? TEXTS['not-shown-whole'] : `${WHY[because]}.`,
    `${approve === 'sign' ? 'Review and sign it' : 'Review it'}: ${link}`,
  ].join(' ');

/** A click that came to nothing. */
export const refuse = (code: DeskCode, text: string = TEXTS[code], card?: Card): Told => ({
  outcome: 'refused',
  code,
  text,
  ...(card && { card }),
});
