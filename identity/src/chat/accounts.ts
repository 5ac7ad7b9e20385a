import {
  err,
  ok,
  type ChatAccount,
  type Clock,
  type LedgerStore,
  type Result,
} from '@countersign/core';
import { createBeside, streamOf } from '../beside.ts';
import { keyed } from '../keyed.ts';
import { isParted, type Chat } from '../roster/chats.ts';
import type { Roster } from '../roster/roster.ts';
import type { RosterState } from '../roster/state.ts';
import { say } from '../say.ts';

/** Why an account of a chat became nobody's. */
export type RefusedLink = 'mixed-up' | 'not-vouched' | 'foreign' | 'taken';

type Changed<T> = Promise<Result<T, 'busy' | 'overloaded'>>;
type At = Pick<ChatAccount, 'kind' | 'tenant'>;

/** An account as its person sees it; without its ids once they were erased. */
export type LinkedChat = Pick<Chat, 'kind' | 'since'> & { readonly account?: ChatAccount };

/** Whose account of a chat is whose (L34). The ledger has keyed digests; the ids lie sealed beside the person's own stream (R9). */
export type ChatAccounts = {
  /** As this process has heard; whether the person is active is for the caller to know. */
  readonly personOf: (account: ChatAccount) => string | undefined;
  readonly accountOf: (person: string, at: At) => Promise<ChatAccount | undefined>;
  readonly of: (person: string) => Promise<readonly LinkedChat[]>;
  /** Makes it this person's, in the place of the one they had there; it never is taken from another. */
  readonly link: (
    person: string,
    account: ChatAccount,
    by: string,
  ) => Promise<Result<undefined, 'chat-taken' | 'busy' | 'overloaded'>>;
  /** The same where a sign-in told of it: nothing that somebody ended comes back by that. */
  readonly notice: (person: string, account: ChatAccount) => Promise<void>;
  /** Ends every link of a person to chats of a kind; tells how many. */
  readonly unlink: (person: string, kind: ChatAccount['kind'], by: string) => Changed<number>;
  /** Tells of an attempt beside the person in whose session it was made. */
  readonly refused: (
    person: string,
    kind: ChatAccount['kind'],
    because: RefusedLink,
    account?: ChatAccount,
  ) => Promise<void>;
};

export type ChatAccountsParts = {
  readonly roster: Pick<Roster, 'now' | 'current' | 'change'>;
  readonly store: Pick<LedgerStore, 'append' | 'read' | 'blob'>;
  readonly clock: Clock;
  readonly masterKey: Uint8Array;
  /** Key of the digests that stand for accounts. */
  readonly key: Uint8Array;
};

const KEPT = 'person.chat-kept';
const REFUSED = 'person.chat-refused';
// ATTACKER: whoever leads a browser to a callback may do so for ever
const MOST_REFUSED = 50;
const MOST_AT_HAND = 2_000;

/** Makes the accounts of an installation. */
export function createChatAccounts(parts: ChatAccountsParts): ChatAccounts {
  const { roster, store, clock, key } = parts;
  const beside = createBeside(store, parts.masterKey);
  const opened = new Map<string, ChatAccount>();
  const tenantOf = ({ kind, tenant }: At): string =>
    keyed(key, 'chat-tenant', kind, plain(kind, tenant));
  const digestOf = ({ kind, tenant, user }: ChatAccount): string =>
    keyed(key, 'chat', kind, plain(kind, tenant), plain(kind, user));

  async function keep(person: string, account: ChatAccount, by: string): Promise<number> {
    const stream = streamOf(person);
    let record = 0;
    await say(store, stream, async (entries) => {
      record = entries.length + 1;
      const blobs = await beside.seal(stream, blobName(record), account);
      return { event: { type: KEPT, at: clock(), by }, blobs };
    });
    return record;
  }

  async function open({ person, record }: Chat): Promise<ChatAccount | undefined> {
    const name = `${record} ${person}`;
    const found = opened.get(name);
    if (found) return found;
    const account = await beside.open(streamOf(person), blobName(record));
    if (account === undefined) return undefined;
    const [oldest] = opened.size >= MOST_AT_HAND ? opened.keys() : [];
    if (oldest !== undefined) opened.delete(oldest);
    opened.set(name, account as ChatAccount);
    return account as ChatAccount;
  }

  async function link(
    person: string,
    account: ChatAccount,
    by: string,
  ): ReturnType<ChatAccounts['link']> {
    const digest = digestOf(account);
    const stands = (state: RosterState): Result<boolean, 'chat-taken'> => {
      const taken = state.chats.byAccount.get(digest);
      if (!taken) return ok(false);
      return taken.person === person ? ok(true) : err('chat-taken');
    };
    const before = stands(await roster.current());
    if (!before.ok) return before;
    if (before.value) return ok(undefined);
    const record = await keep(person, account, by);
    const { kind } = account;
    const tenant = tenantOf(account);
    const linked = await roster.change<'chat-taken'>((state, at) => {
      const now = stands(state);
      if (!now.ok) return now;
      const event = {
        type: 'chat.linked',
        at,
        by,
        person,
        kind,
        tenant,
        account: digest,
        record,
      } as const;
      return ok({ events: now.value ? [] : [event] });
    });
    return linked.ok ? ok(undefined) : linked;
  }

  return {
    link,
    personOf: (account) => roster.now().chats.byAccount.get(digestOf(account))?.person,
    accountOf: async (person, at) => {
      const tenant = tenantOf(at);
      const chat = chatsOf(roster.now(), person).find(
        (one) => one.kind === at.kind && one.tenant === tenant,
      );
      return chat && open(chat);
    },
    of: (person) =>
      Promise.all(
        chatsOf(roster.now(), person).map(async (chat): Promise<LinkedChat> => {
          const account = await open(chat);
          const { kind, since } = chat;
          return { kind, since, ...(account && { account }) };
        }),
      ),
    notice: async (person, account) => {
      const { chats } = roster.now();
      const digest = digestOf(account);
      if (chats.byAccount.has(digest) || isParted(chats, person, digest)) return;
      await link(person, account, 'sign-in');
    },
    unlink: async (person, kind, by) => {
      let count = 0;
      const changed = await roster.change<never>((state, at) => {
        const mine = chatsOf(state, person).filter((one) => one.kind === kind);
        count = mine.length;
        const events = mine.map(
          ({ tenant, account }) =>
            ({ type: 'chat.unlinked', at, by, person, kind, tenant, account }) as const,
        );
        return ok({ events });
      });
      return changed.ok ? ok(count) : changed;
    },
    refused: async (person, kind, because, account) => {
      await say(store, streamOf(person), (entries) => {
        const told = entries.filter(({ entry }) => entry.includes(`"type":"${REFUSED}"`));
        if (told.length >= MOST_REFUSED) return undefined;
        const whose = account ? { account: digestOf(account) } : {};
        return { event: { type: REFUSED, at: clock(), by: person, kind, because, ...whose } };
      });
    },
  };
}

/** Ids of Teams are GUIDs, which some write in capitals. */
const plain = (kind: ChatAccount['kind'], id: string): string =>
  kind === 'teams' ? id.toLowerCase() : id;

const chatsOf = ({ chats }: RosterState, person: string): readonly Chat[] =>
  chats.byPerson.get(person) ?? [];

const blobName = (record: number): string => `chat-${record}`;
