import type { Instant } from '@countersign/core';
import type { Attributed } from './event.ts';

/** Facts about accounts of people. */
export type PersonEvent = Attributed &
  (
    | {
        readonly type: 'person.added';
        readonly person: string;
        /** The identity provider it came from, by its configured name. */
        readonly provider: string;
        /** Keyed digest of issuer and subject. */
        readonly subject: string;
      }
    | {
        /** The groups an identity provider says the person is in; replaces what the same source said before. */
        readonly type: 'person.groups-told';
        readonly person: string;
        readonly from: 'claim' | 'directory';
        readonly groups: readonly string[];
      }
    | { readonly type: 'person.deactivated'; readonly person: string }
    | { readonly type: 'person.activated'; readonly person: string }
    | {
        /** Both are accounts of one human from now on. */
        readonly type: 'person.linked';
        readonly person: string;
        readonly to: string;
      }
    | {
        /** Every session that was opened before is over. */
        readonly type: 'person.signed-out';
        readonly person: string;
      }
  );

/** Where a person's groups come from, strongest first: what a stronger source says is all there is. */
export const GROUP_SOURCES = ['scim', 'directory', 'claim'] as const;
export type GroupSource = (typeof GROUP_SOURCES)[number];

/** What the ledger says of one account. People of the configuration have one once something was said of them. */
export type Account = {
  readonly id: string;
  readonly provider?: string;
  readonly subject?: string;
  readonly active: boolean;
  readonly groups: Readonly<Partial<Record<GroupSource, readonly string[]>>>;
  /** The account it is linked to; the end of the chain is the human. */
  readonly linkedTo?: string;
  /** Sessions opened before are over. */
  readonly signedOutAt?: Instant;
};

/** Accounts by id, and by the digest of issuer and subject. */
export type People = {
  readonly accounts: Map<string, Account>;
  readonly bySubject: Map<string, string>;
};

export const noPeople = (): People => ({ accounts: new Map(), bySubject: new Map() });

const unknown = (id: string): Account => ({ id, active: true, groups: {} });

/** Takes one more fact in. Total: what is unknown changes nothing. */
export function tellPeople(people: People, event: PersonEvent): void {
  const account = people.accounts.get(event.person) ?? unknown(event.person);
  people.accounts.set(event.person, accountAfter(account, event));
  if (event.type === 'person.added') people.bySubject.set(event.subject, event.person);
}

function accountAfter(account: Account, event: PersonEvent): Account {
  switch (event.type) {
    case 'person.added':
      return { ...account, provider: event.provider, subject: event.subject };
    case 'person.groups-told':
      return { ...account, groups: { ...account.groups, [event.from]: event.groups } };
    case 'person.deactivated':
      return { ...account, active: false, signedOutAt: event.at };
    case 'person.activated':
      return { ...account, active: true };
    case 'person.linked':
      return { ...account, linkedTo: event.to };
    case 'person.signed-out':
      return { ...account, signedOutAt: event.at };
  }
}

/** The groups that count, and who says so: the strongest source that says anything. */
export function groupsOf({ groups }: Account): {
  readonly groups: readonly string[];
  readonly from?: GroupSource;
} {
  const from = GROUP_SOURCES.find((source) => groups[source] !== undefined);
  return from === undefined ? { groups: [] } : { groups: groups[from] ?? [], from };
}

/** The end of the chain of links. A circle ends where it began: linking twice makes nobody another human. */
export function humanOf({ accounts }: Pick<People, 'accounts'>, id: string): string {
  const seen = new Set<string>();
  for (let at = id; ;) {
    const next = accounts.get(at)?.linkedTo;
    if (next === undefined || seen.has(at)) return at;
    seen.add(at);
    at = next;
  }
}
