import type { ChannelTrouble, Clock, Conversation, Desk } from '@countersign/core';
import { createAdmission } from './account.ts';
import { atMost } from './at-most.ts';
import { createBackground } from './background.ts';
import { createChannel } from './channel.ts';
import { createHandler } from './handle.ts';
import { createInTurn } from './in-turn.ts';
import { createInstallation } from './installation.ts';
import { createDoor } from './receive.ts';
import { createSeen } from './seen.ts';
import type { SlackSettings } from './settings.ts';
import { createSocket } from './socket.ts';
import { createTroubles } from './troubles.ts';
import { createCall } from './web.ts';

/** What Slack works with besides its settings. */
export type SlackParts = {
  readonly desk: Desk;
  readonly clock: Clock;
  readonly tell: ChannelTrouble;
};

/** A gateway starts though Slack does not answer, and ends though it does not. */
const STARTING_MS = 3_000;
const CLOSING_MS = 5_000;

/** Slack, both ways: cards go there, answers come back, by Socket Mode or over HTTP. */
export function createSlack(
  settings: SlackSettings,
  { desk, clock, tell }: SlackParts,
): Conversation {
  const told = createTroubles(tell);
  const call = createCall(settings);
  const installed = createInstallation(call, settings, told('installation'));
  const inTurn = createInTurn();
  const background = createBackground(() => tell('something went wrong while a click was handled'));
  const admit = createAdmission({ settings, call, installed, desk });
  const handle = createHandler({ call, desk, admit, inTurn, background });
  const firstTime = createSeen(clock);
  const channel = createChannel({ settings, call, installed, desk, inTurn });
  const secret = settings.signingSecret ?? '';
  const socket =
    settings.transport === 'socket'
      ? createSocket({ settings, firstTime, handle, tell: told('socket') })
      : undefined;
  return {
    channel,
    ...(socket ? {} : { receive: createDoor({ secret, clock, firstTime, handle }) }),
    start: async () => {
      await atMost(STARTING_MS, Promise.all([installed(), socket?.start()]));
    },
    close: async () => {
      await socket?.close();
      await atMost(CLOSING_MS, background.settled());
    },
  };
}
