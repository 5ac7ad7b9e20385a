import type { ChannelTrouble, Clock, Conversation, Desk } from '@countersign/core';
import { createKeys } from './inbound/keys.ts';
import { createReceive } from './inbound/receive.ts';
import { createChannel } from './outbound/channel.ts';
import { createConnector } from './outbound/connector.ts';
import { createRoster } from './outbound/roster.ts';
import { createSeen } from './outbound/seen.ts';
import { botOf, type TeamsSettings } from './settings.ts';

export type TeamsParts = {
  readonly desk: Desk;
  readonly clock: Clock;
  readonly tell: ChannelTrouble;
};

/** Teams as a channel and the way back from it, for one bot of one tenant. */
export function createTeams(
  settings: TeamsSettings,
  { desk, clock, tell }: TeamsParts,
): Required<Conversation> {
  const bot = botOf(settings);
  const closing = new AbortController();
  const connector = createConnector(bot, { clock, tell, closing: closing.signal });
  const roster = createRoster(bot, { desk, connector, clock });
  const seen = createSeen();
  const keys = createKeys(bot, clock, closing.signal);
  return {
    channel: createChannel(bot, { desk, connector, roster, seen }),
    receive: createReceive(bot, { desk, clock, keys, connector, roster, seen }),
    // the vendor comes to us: there is nothing to open, only what the first request would wait for
    start: async () => void (await import('jose')),
    close: () => Promise.resolve(closing.abort()),
  };
}
