import { z } from 'zod';
import { moment } from './field.ts';

/** Chats a person can answer in. */
export type ChatKind = 'slack' | 'teams';
const kind = z.enum(['slack', 'teams']);

/** An account of a chat that is connected to the caller. */
export type ChatItem = {
  readonly kind: ChatKind;
  readonly since: string;
  /** As the vendor knows it; absent once it was erased. */
  readonly tenant?: string;
  readonly user?: string;
};

/** The caller's accounts in chats, and where they can connect one. */
export type ChatList = {
  readonly items: readonly ChatItem[];
  readonly places: readonly {
    /** Id of the channel: `/auth/chat/<id>` connects an account there. */
    readonly id: string;
    readonly kind: ChatKind;
  }[];
};
export const chatList: z.ZodType<ChatList> = z.strictObject({
  items: z.array(
    z.strictObject({
      kind,
      since: moment,
      tenant: z.string().exactOptional(),
      user: z.string().exactOptional(),
    }),
  ),
  places: z.array(z.strictObject({ id: z.string(), kind })),
});

/** Which chat: every account of the person in it. */
export type Disconnecting = { readonly kind: ChatKind };
export const disconnecting: z.ZodType<Disconnecting> = z.strictObject({ kind });

/** How many accounts there were. */
export type Disconnected = { readonly removed: number };
export const disconnected: z.ZodType<Disconnected> = z.strictObject({ removed: z.int().min(0) });

/** One example of each named schema of chats. */
export const CHAT_EXAMPLES: Readonly<Record<string, unknown>> = {
  ChatList: {
    items: [
      { kind: 'slack', since: '2026-11-20T03:05:00.000Z', tenant: 'T0A1B2C3D', user: 'U0D3C2B1A' },
    ],
    places: [{ id: 'slack', kind: 'slack' }],
  } satisfies ChatList,
  DisconnectChat: { kind: 'slack' } satisfies Disconnecting,
  DisconnectedChat: { removed: 1 } satisfies Disconnected,
};
