import type { Instant } from '@countersign/core';
import type { Attributed } from './event.ts';

/** Facts about accounts of people in chats (L34). */
export type ChatEvent = Attributed & {
  readonly person: string;
  readonly kind: 'slack' | 'teams';
  /** Keyed digest of the workspace, organization or tenant. */
  readonly tenant: string;
  /** Keyed digest of tenant and user. */
  readonly account: string;
} & (
    | {
        /** Whoever clicks with that account is this person from now on. */
        readonly type: 'chat.linked';
        /** Number of the sealed ids in the person's own stream. */
        readonly record: number;
      }
    | { readonly type: 'chat.unlinked' }
  );

/** A linked account of a chat. */
export type Chat = Pick<ChatEvent, 'person' | 'kind' | 'tenant' | 'account'> & {
  readonly record: number;
  readonly since: Instant;
};

/** Linked accounts by digest and by person. */
export type Chats = {
  readonly byAccount: Map<string, Chat>;
  readonly byPerson: Map<string, readonly Chat[]>;
  /** Person and account of every link that somebody ended: no sign-in brings it back by itself. */
  readonly parted: Set<string>;
};

export const noChats = (): Chats => ({
  byAccount: new Map(),
  byPerson: new Map(),
  parted: new Set(),
});

/** Takes one more fact in. Total; an account never is two people's (T29), and a person has one in each tenant. */
export function tellChats(chats: Chats, event: ChatEvent): void {
  const { byAccount, byPerson, parted } = chats;
  const { person, kind, tenant, account, at } = event;
  const taken = byAccount.get(account);
  // INVARIANT: whose an account is changes by nothing but the end of the link
  if (taken && taken.person !== person) return;
  const mine = byPerson.get(person) ?? [];
  if (event.type === 'chat.unlinked') {
    byAccount.delete(account);
    parted.add(partedKey(person, account));
    byPerson.set(
      person,
      mine.filter((one) => one.account !== account),
    );
    return;
  }
  const isReplaced = (one: Chat): boolean => one.kind === kind && one.tenant === tenant;
  for (const one of mine.filter(isReplaced)) byAccount.delete(one.account);
  const chat: Chat = { person, kind, tenant, account, record: event.record, since: at };
  byAccount.set(account, chat);
  parted.delete(partedKey(person, account));
  byPerson.set(person, [...mine.filter((one) => !isReplaced(one)), chat]);
}

/** Whether somebody ended the link of this account to this person. */
export const isParted = (
  { parted }: Pick<Chats, 'parted'>,
  person: string,
  account: string,
): boolean => parted.has(partedKey(person, account));

const partedKey = (person: string, account: string): string => `${account} ${person}`;
