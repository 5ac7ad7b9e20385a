import type { Loose } from './form.ts';

/** Somebody in the fake workspace, with what Slack says of them. */
export type FakeUser = {
  readonly id: string;
  readonly team_id: string;
  readonly name: string;
  deleted: boolean;
  is_bot: boolean;
  is_restricted: boolean;
  is_ultra_restricted: boolean;
  is_stranger?: boolean;
  enterprise_user?: { readonly enterprise_id: string; readonly teams: readonly string[] };
};

/** A message as the workspace keeps it. */
export type FakeMessage = {
  readonly channel: string;
  readonly ts: string;
  readonly bot_id: string;
  blocks: readonly Loose[];
  text: string;
  readonly metadata?: Loose;
  readonly thread_ts?: string;
  /** The arguments that say what Slack makes of a text. */
  flags: Loose;
  edits: number;
};

/** Seen by one person only. */
type Whisper = {
  readonly channel: string;
  readonly user: string;
  readonly blocks: readonly Loose[];
  readonly text: string;
};

/** A dialogue in front of somebody. */
export type OpenedView = { readonly id: string; readonly user: string; readonly view: Loose };

/** Everything there is in the fake workspace. */
export type World = {
  readonly team: string;
  readonly enterprise?: string;
  readonly appId: string;
  readonly botUser: string;
  readonly botId: string;
  readonly botToken: string;
  readonly appToken: string;
  readonly signingSecret: string;
  readonly users: Map<string, FakeUser>;
  /** Channels and who is in them. */
  readonly channels: Map<string, Set<string>>;
  readonly messages: FakeMessage[];
  readonly whispers: Whisper[];
  readonly views: OpenedView[];
  readonly homes: Map<string, Loose>;
  /** Triggers of the last three seconds: whose, and whether one opened a dialogue already. */
  readonly triggers: Map<string, { readonly user: string; readonly at: number; used: boolean }>;
  count: number;
};

const TEAM = 'T0COUNTER';

/** An empty workspace with the app in it. */
export function createWorld(enterprise?: string): World {
  return {
    team: TEAM,
    ...(enterprise === undefined ? {} : { enterprise }),
    appId: 'A0COUNTER',
    botUser: 'U0BOT',
    botId: 'B0BOT',
    botToken: 'xoxb-of-the-fake-bot',
    appToken: 'xapp-of-the-fake-app',
    signingSecret: 'signed-by-the-fake-slack',
    users: new Map([['U0BOT', userOf('U0BOT', { is_bot: true })]]),
    channels: new Map(),
    messages: [],
    whispers: [],
    views: [],
    homes: new Map(),
    triggers: new Map(),
    count: 0,
  };
}

/** A full member, unless said otherwise. */
export const userOf = (id: string, more: Partial<FakeUser> = {}): FakeUser => ({
  id,
  team_id: TEAM,
  name: id.toLowerCase(),
  deleted: false,
  is_bot: false,
  is_restricted: false,
  is_ultra_restricted: false,
  ...more,
});

/** The next message's id: later ones are greater. */
export const nextTs = (world: World): string =>
  `17000${String(Math.floor(world.count / 1e6)).padStart(5, '0')}.${String(++world.count % 1e6).padStart(6, '0')}`;
