// A house for channels: people, requests and votes of a test, behind the `Desk` every channel asks.
import {
  digestView,
  type ApprovalId,
  type Card,
  type ChatAccount,
  type Click,
  type Desk,
  type Person,
} from '@countersign/core';

/** A desk, and what tests change and read of it. */
export type House = {
  readonly desk: Desk;
  readonly cards: Map<string, Card>;
  /** Votes that counted. */
  readonly clicks: Click[];
  readonly connect: (account: ChatAccount, person: Person) => void;
  readonly disconnect: (account: ChatAccount) => void;
  /** Whether somebody may answer now. */
  readonly allow: (person: string, mayAnswer: boolean) => void;
};

/** Whoever is named, in the directory and active. */
export const personOf = (id: string, name: string = id): Person => ({
  id,
  name,
  human: id,
  groups: ['data-owners'],
  active: true,
  reach: 'chat',
});

const keyOf = ({ tenant, user }: ChatAccount): string => `${tenant}/${user}`;

/** Makes one that counts a vote once for each person, and checks what a click names as the gateway does. */
export function createHouse(): House {
  const people = new Map<string, { readonly account: ChatAccount; readonly person: Person }>();
  const barred = new Set<string>();
  const voted = new Set<string>();
  const cards = new Map<string, Card>();
  const clicks: Click[] = [];
  const whois = (account: ChatAccount): Person | undefined => people.get(keyOf(account))?.person;
  const mayAnswer = (person: Person, id: ApprovalId): boolean =>
    cards.get(id)?.isOpen === true && !barred.has(person.id) && !voted.has(`${id}/${person.id}`);

  const desk: Desk = {
    whois: (account) => Promise.resolve(whois(account)),
    accountOf: (person, { tenant }) =>
      Promise.resolve(
        [...people.values()].find(
          (one) => one.person.id === person && one.account.tenant === tenant,
        )?.account,
      ),
    card: (id) => Promise.resolve(cards.get(id)),
    mayAnswer: (person, id) => Promise.resolve(mayAnswer(person, id)),
    vote: (click) => {
      const person = whois(click.account);
      const card = cards.get(click.approvalId);
      const refuse = (code: string, text: string) =>
        Promise.resolve({ outcome: 'refused', code, text, ...(card && { card }) } as const);
      if (!person) return refuse('not-linked', 'Connect your account.');
      if (!card) return refuse('not-found', 'There is no such request.');
      const { view } = card;
      const isSame =
        click.version === view.version &&
        click.seenDigest === digestView(view) &&
        view.digest.startsWith(`sha256:${click.actionDigest}`);
      if (!isSame) return refuse('stale', 'The request has changed.');
      if (!mayAnswer(person, click.approvalId)) return refuse('excluded', 'You may not answer.');
      // R8: as the gateway does
      if (click.choice === 'approve' && (!click.shown.complete || card.approve !== 'one-click'))
        return refuse('no-one-click', 'One click does not approve this.');
      voted.add(`${click.approvalId}/${person.id}`);
      clicks.push(click);
      return Promise.resolve({ outcome: 'counted', text: 'Your answer counts.', card } as const);
    },
    inbox: (person) =>
      Promise.resolve([...cards.values()].filter((one) => mayAnswer(person, one.view.approvalId))),
    pages: {
      connect: 'https://gateway.example/me',
      inbox: 'https://gateway.example/inbox',
    },
  };
  return {
    desk,
    cards,
    clicks,
    connect: (account, person) => void people.set(keyOf(account), { account, person }),
    disconnect: (account) => void people.delete(keyOf(account)),
    allow: (person, may) => void (may ? barred.delete(person) : barred.add(person)),
  };
}
