import type { ChannelTrouble } from '@countersign/core';
import { inside, text, type Loose } from './read.ts';
import type { SlackSettings } from './settings.ts';
import type { Trouble } from './trouble.ts';
import type { Call } from './web.ts';

/** Where the bot token belongs, as Slack says. */
export type Installation = {
  /** Part of every account's key: the organisation, or the workspace where there is none. */
  readonly tenant: string;
  readonly team: string;
  readonly enterprise?: string;
  /** The configuration takes the whole organisation, not this workspace of it only. */
  readonly isWide: boolean;
  /** The bot's own messages carry one of these, or both. */
  readonly bot: string;
  readonly user: string;
};

export type Installed =
  | { readonly ok: true; readonly value: Installation }
  | { readonly ok: false; readonly trouble: Trouble };

/** Asks once where the token belongs. A token of another workspace than the configured one is not worked with. */
export function createInstallation(
  call: Call,
  { team: configured }: Pick<SlackSettings, 'team'>,
  tell: ChannelTrouble,
): () => Promise<Installed> {
  let known: Installed | undefined;
  return async () => {
    if (known) return known;
    const found = await ask(call, configured);
    tell(found.ok ? undefined : found.trouble.because);
    if (found.ok) known = found;
    return found;
  };
}

async function ask(call: Call, configured: string): Promise<Installed> {
  const answer = await call('auth.test', {});
  if (!answer.ok) return { ok: false, trouble: again(answer.trouble) };
  const installed = readInstallation(answer.value, configured);
  if (installed) return { ok: true, value: installed };
  const because = 'the bot token is of another workspace than the configured one';
  return { ok: false, trouble: { did: 'refused', because } };
}

function readInstallation(answer: Loose, configured: string): Installation | undefined {
  const team = text(answer, 'team_id');
  const enterprise = text(answer, 'enterprise_id');
  if (team === '' || (team !== configured && enterprise !== configured)) return undefined;
  return {
    tenant: enterprise || team,
    team,
    bot: text(answer, 'bot_id'),
    user: text(answer, 'user_id'),
    isWide: enterprise === configured,
    ...(enterprise ? { enterprise } : {}),
  };
}

/** Nothing was posted by a call that only asks: whatever went wrong, the next try is the first. */
export const again = (trouble: Trouble): Trouble =>
  trouble.did === 'unsure' ? { ...trouble, did: 'again' } : trouble;

/** Whether something Slack sent is of this installation. */
export function isOurs(payload: Loose, { team, enterprise, isWide }: Installation): boolean {
  const wide = text(inside(payload, 'enterprise'), 'id') || text(payload, 'enterprise_id');
  if (isWide) return wide === enterprise;
  return (text(inside(payload, 'team'), 'id') || text(payload, 'team_id')) === team;
}

/** Whether a user of whom Slack tells is a member here. ATTACKER: somebody of another workspace, in a shared channel. */
export function isMember(user: Loose, { team, enterprise, isWide }: Installation): boolean {
  const wide = inside(user, 'enterprise_user');
  if (isWide) return text(wide, 'enterprise_id') === enterprise;
  const teams = wide['teams'];
  return text(user, 'team_id') === team || (Array.isArray(teams) && teams.includes(team));
}
