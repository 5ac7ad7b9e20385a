import type { ChatAccount, Clock, Desk, Incoming, Outgoing } from '@countersign/core';
import type { AdaptiveCard } from '../cards/elements.ts';
import type { Connector } from '../outbound/connector.ts';
import { messageOf } from '../outbound/channel.ts';
import type { Roster } from '../outbound/roster.ts';
import type { Seen } from '../outbound/seen.ts';
import type { Bot } from '../settings.ts';
import type { Activity } from './activity.ts';
import { createAdmission, STATUS } from './admit.ts';
import { createAnswering } from './answer.ts';
import { asFailure, notAdmitted, taken } from './invoke.ts';
import type { Keys } from './keys.ts';
import { createTalking, help } from './message.ts';
import { createOnce } from './once.ts';

export type ReceiveParts = {
  readonly desk: Desk;
  readonly clock: Clock;
  readonly keys: () => Promise<Keys>;
  readonly connector: Connector;
  readonly roster: Roster;
  readonly seen: Seen;
};

/** Takes what the connector sends. Never throws, and decides nothing but what a button of a card was pressed for (R7). */
export function createReceive(
  bot: Bot,
  parts: ReceiveParts,
): (incoming: Incoming) => Promise<Outgoing> {
  const admit = createAdmission(bot, parts);
  const answer = createAnswering(parts);
  const talk = createTalking(parts);
  const once = createOnce();

  async function reply(
    { serviceUrl, conversation, id }: Activity,
    card: AdaptiveCard,
  ): Promise<void> {
    await parts.connector.ask({
      method: 'POST',
      serviceUrl,
      path: [conversation.id, 'activities', id],
      body: { ...messageOf(card), replyToId: id },
    });
  }

  async function take(activity: Activity, isFirst: boolean): Promise<Outgoing> {
    const { type, name, from, action } = activity;
    const account: ChatAccount = { kind: 'teams', tenant: bot.tenant, user: from.user ?? '' };
    if (type === 'invoke')
      return name === 'adaptiveCard/action'
        ? answer(activity, { account, isFirst })
        : notAdmitted(501, 'not-implemented');
    if (!isFirst) return taken();
    if (type === 'message') await reply(activity, await talk(activity, account));
    if (type === 'installationUpdate' && action === 'add') await greet(activity);
    return taken();
  }

  async function greet({ serviceUrl, conversation, ...rest }: Activity): Promise<void> {
    const card = help(parts.desk, { serviceUrl, conversation, ...rest });
    const path = [conversation.id, 'activities'];
    await parts.connector.ask({ method: 'POST', serviceUrl, path, body: messageOf(card) });
  }

  return async (incoming) => {
    const admitted = await admit(incoming);
    if (!admitted.ok) return notAdmitted(STATUS[admitted.because], admitted.because);
    const { activity } = admitted;
    try {
      return await take(activity, once(`${activity.conversation.id}\n${activity.id}`));
    } catch {
      return activity.type === 'invoke' ? asFailure() : notAdmitted(500, 'failed');
    }
  };
}
