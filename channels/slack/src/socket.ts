import type { ChannelTrouble } from '@countersign/core';
import type { SocketModeClient } from '@slack/socket-mode';
import { atMost } from './at-most.ts';
import type { Handle } from './handle.ts';
import { inside, parseObject, text, asObject } from './read.ts';
import type { FirstTime } from './seen.ts';
import type { SlackSettings } from './settings.ts';
import { clientOptions } from './web.ts';

export type SocketParts = {
  readonly settings: SlackSettings;
  readonly firstTime: FirstTime;
  readonly handle: Handle;
  readonly tell: ChannelTrouble;
};

export type Socket = {
  readonly start: () => Promise<void>;
  readonly close: () => Promise<void>;
};

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 30_000;
const CLOSING_MS = 1_000;
const OPENING_MS = 15_000;
const NOT_CONNECTED =
  'Socket Mode does not connect: check the app token, and that Slack can be reached';

/**
 * Socket Mode: connects, stays connected, and hands on what comes. The vendor's client is made anew for each connection
 * and does not reconnect by itself: where that fails, it throws into nowhere and would end the process.
 */
export function createSocket(parts: SocketParts): Socket {
  const { tell } = parts;
  let client: SocketModeClient | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;
  let failures = 0;

  const later = (): void => {
    if (isClosed) return;
    const ms = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (failures - 1));
    timer = setTimeout(() => void connect(), failures === 0 ? 0 : ms);
  };
  const connect = async (): Promise<void> => {
    try {
      client = await open(parts);
      await inTime(client.start());
      failures = 0;
      tell(undefined);
      client.once('disconnected', later);
      if (isClosed) await leave(client);
    } catch {
      failures += 1;
      if (client) await leave(client);
      if (!isClosed) tell(NOT_CONNECTED);
      later();
    }
  };
  return {
    start: connect,
    close: async () => {
      isClosed = true;
      clearTimeout(timer);
      if (client) await leave(client);
    },
  };
}

async function open({ settings, firstTime, handle }: SocketParts): Promise<SocketModeClient> {
  const vendor = await import('@slack/socket-mode');
  const { logger, ...options } = clientOptions(settings);
  const client = new vendor.SocketModeClient({
    appToken: settings.appToken ?? '',
    autoReconnectEnabled: false,
    clientOptions: { ...options, ...(logger ? { logger } : {}) },
    ...(logger ? { logger } : {}),
  });
  guard(client);
  client.on('slack_event', (envelope: unknown) => void answered(envelope, firstTime, handle));
  return client;
}

/** What is no frame of theirs is not handed to the vendor's client, which does not look before it reads. */
function guard(client: SocketModeClient): void {
  const [through] = client.listeners('ws_message');
  client.removeAllListeners('ws_message');
  client.on('ws_message', (data: unknown, isBinary: boolean) => {
    const frame = typeof data === 'string' ? parseObject(data) : undefined;
    const type = frame ? text(frame, 'type') : '';
    if (!/^(hello|disconnect|interactive|slash_commands|events_api)$/.test(type) || !frame) return;
    const event = text(inside(inside(frame, 'payload'), 'event'), 'type');
    if (type === 'events_api' && event !== 'app_home_opened') return;
    through?.call(client, data, isBinary);
  });
}

/** Acknowledges one envelope, once decided what to say; the same envelope again is acknowledged and nothing else. */
async function answered(envelope: unknown, firstTime: FirstTime, handle: Handle): Promise<void> {
  const { ack, envelope_id: id, body } = asObject(envelope);
  if (typeof ack !== 'function' || typeof id !== 'string') return;
  try {
    await ack(firstTime(id) ? await handle(asObject(body)) : {});
  } catch {
    // the connection is gone: Slack sends the envelope again, on another
  }
}

/** Leaves, politely for a moment. */
const leave = (client: SocketModeClient): Promise<void> => atMost(CLOSING_MS, client.disconnect());

/** A connection on which nothing is said is none. */
async function inTime(started: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no hello')), OPENING_MS);
  });
  try {
    await Promise.race([started, late]);
  } finally {
    clearTimeout(timer);
  }
}
