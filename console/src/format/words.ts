import type { Assurance, ChannelItem, Risk, State } from '../wire.ts';

/** Levels of assurance, weakest first. */
const ASSURANCES: readonly Assurance[] = ['chat', 'session', 'passkey', 'hardware'];

/** Whether one level is as good as another. */
export const isAtLeast = (have: Assurance, need: Assurance): boolean =>
  ASSURANCES.indexOf(have) >= ASSURANCES.indexOf(need);

/** The stronger of two levels. */
export const stronger = (a: Assurance, b: Assurance): Assurance => (isAtLeast(a, b) ? a : b);

/** Risks, lowest first. */
export const RISKS: readonly Risk[] = ['low', 'medium', 'high', 'critical'];

/** What a level means to whoever answers. */
export const ASSURANCE_TEXT: Readonly<Record<Assurance, string>> = {
  chat: 'any signed-in answer',
  session: 'a recent sign-in',
  passkey: 'a passkey',
  hardware: 'a hardware security key',
};

/** A state in words; these are never mixed up (R10). */
const STATE_TEXT: Readonly<Partial<Record<State, string>>> = {
  pending: 'waiting',
  'budget-exhausted': 'over budget',
  unsatisfiable: 'nobody left to ask',
};
export const stateText = (state: string): string =>
  (STATE_TEXT as Readonly<Record<string, string>>)[state] ?? state;

/** `n thing`, `n things`. */
export const count = (n: number, noun: string): string =>
  `${n.toLocaleString('en')} ${noun}${n === 1 ? '' : 's'}`;

/** What stands against an answer, for the person who may not give it. */
export const BECAUSE: Readonly<Record<string, string>> = {
  excluded: 'You may not decide this: you, or an account linked with yours, stand behind it.',
  'not-an-approver': 'You are not in a group that is asked.',
  'not-the-confirmer': 'Only the person the agent acts for confirms this.',
  'already-voted': 'You have answered. Others are still needed.',
  'not-asked-yet': 'An earlier stage comes first.',
  'inactive-person': 'Your account is not active.',
  'past-deadline': 'The time to answer is over.',
  'not-pending': 'This is settled.',
  'assurance-too-low': 'This needs a stronger proof that it is you.',
  'sign-in-again': 'Sign in again to answer: your last sign-in is too long ago.',
};

const DRILL_TEXT: Readonly<Record<string, string>> = {
  caught: 'it was caught',
  missed: 'it was approved, and should not have been',
  unanswered: 'nobody decided in time',
};

/** What came of a drill, for whoever answered it. */
export const drillText = (result: string): string =>
  `This was a drill: ${DRILL_TEXT[result] ?? result}. Nothing would have run.`;

/** Kinds of channels as people call them. */
export const CHANNEL_TEXT: Readonly<Record<ChannelItem['kind'], string>> = {
  slack: 'Slack',
  teams: 'Teams',
  email: 'E-mail',
  webhook: 'Webhook',
  pagerduty: 'PagerDuty',
};

/** A channel by its kind, and by its id where that says more. */
export const channelText = ({ id, kind }: Pick<ChannelItem, 'id' | 'kind'>): string =>
  id === kind ? CHANNEL_TEXT[kind] : `${CHANNEL_TEXT[kind]} (${id})`;
