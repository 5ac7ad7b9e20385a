import type { ChatAccount, Desk, Person } from '@countersign/core';
import { isMember, isOurs, type Installed } from './installation.ts';
import type { Interaction } from './interaction.ts';
import { inside, text, type Loose } from './read.ts';
import type { SlackSettings } from './settings.ts';
import type { Call } from './web.ts';

/** Who stands behind an interaction, or why nobody does that we would listen to. */
export type Admitted =
  | { readonly is: 'person'; readonly account: ChatAccount; readonly person: Person }
  | { readonly is: 'unlinked'; readonly account: ChatAccount }
  /** Told to whoever clicked. */
  | { readonly is: 'refused'; readonly because: string }
  /** Nothing of it is answered: it is of another app or of another workspace. */
  | { readonly is: 'foreign' };

export type AccountParts = {
  readonly settings: Pick<SlackSettings, 'appId'>;
  readonly call: Call;
  readonly installed: () => Promise<Installed>;
  readonly desk: Pick<Desk, 'whois'>;
};

/** Looks, at every click anew, who it is: a guest of now may have been a member when the card was posted (A12). */
export function createAdmission({ settings, call, installed, desk }: AccountParts) {
  return async ({ who, payload }: Interaction): Promise<Admitted> => {
    if (text(payload, 'api_app_id') !== settings.appId) return { is: 'foreign' };
    const here = await installed();
    if (!here.ok) return UNSURE;
    if (!isOurs(payload, here.value)) return { is: 'foreign' };
    const answer = await call('users.info', { user: who.user });
    if (!answer.ok) return UNSURE;
    const user = inside(answer.value, 'user');
    const refusal = text(user, 'id') === who.user ? whyNot(user) : 'Slack answered for another.';
    if (refusal) return { is: 'refused', because: refusal };
    const { team, isWide, tenant } = here.value;
    if (!isMember(user, here.value) || (!isWide && who.team !== '' && who.team !== team))
      return FOREIGNER;
    const account: ChatAccount = { kind: 'slack', tenant, user: who.user };
    const person = await desk.whois(account);
    return person ? { is: 'person', account, person } : { is: 'unlinked', account };
  };
}

const UNSURE: Admitted = {
  is: 'refused',
  because: 'Slack did not say who you are just now, so nothing was decided. Try again.',
};
const FOREIGNER: Admitted = {
  is: 'refused',
  because: 'Only members of this workspace decide here.',
};

/** Members only: whoever is restricted, from elsewhere, gone or no human is not one. What is not said is not assumed. */
function whyNot(user: Loose): string | undefined {
  if (user['deleted'] !== false) return 'This account is deactivated in Slack.';
  if (user['is_bot'] !== false || user['is_workflow_bot'] === true) return 'Bots decide nothing.';
  if (user['is_restricted'] !== false || user['is_ultra_restricted'] !== false)
    return 'Guests decide nothing.';
  return user['is_stranger'] === true ? 'Only members of this workspace decide here.' : undefined;
}
