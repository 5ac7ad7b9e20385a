import {
  approveBy,
  progressOf,
  type ApprovalId,
  type Card,
  type CardLine,
  type Click,
  type Desk,
  type Told,
} from '@countersign/core';
import { courseOf } from '../../../core/src/change.ts';
import { shown } from '../../../core/src/release.ts';
import type { Office } from '../../../core/test/office.ts';

const pages = { connect: 'https://gateway.example/me', inbox: 'https://gateway.example/' };

/** A desk at which nobody sits: one person can be reached, nothing can be decided. */
export const idleDesk: Desk = {
  whois: async () => undefined,
  accountOf: async (person, { kind, tenant }) =>
    person === 'ana' ? { kind, tenant, user: 'U0ANA' } : undefined,
  card: async () => undefined,
  mayAnswer: async () => false,
  vote: async () => ({ outcome: 'refused', code: 'not-found', text: 'There is no such request.' }),
  inbox: async () => [],
  pages,
};

/** A desk over a real gatekeeper: people are linked as the table says, every rule is the house's own. */
export type TestDesk = Desk & {
  readonly links: Map<string, string>;
  readonly clicks: Click[];
  /** What the next vote waits for. */
  hold: Promise<void> | undefined;
};

export function openDesk(office: Office, tenant: string): TestDesk {
  const links = new Map<string, string>();
  const clicks: Click[] = [];
  const card = (id: ApprovalId): Promise<Card | undefined> => cardOf(office, id);
  const told = async (click: Click): Promise<Told> => {
    const person = await desk.whois(click.account);
    if (!person) return { outcome: 'refused', code: 'not-linked', text: 'Not linked.' };
    const view = (await card(click.approvalId))?.view;
    if (!view?.digest.slice(7).startsWith(click.actionDigest))
      return { outcome: 'refused', code: 'digest-mismatch', text: 'It is another action now.' };
    const { approvalId, version, seenDigest, choice, reason } = click;
    const voted = await office.gatekeeper.vote(person, {
      approvalId,
      version,
      seenDigest,
      choice,
      control: 'vote',
      assurance: 'chat',
      channel: 'slack',
      shown: click.shown,
      ...(reason === undefined ? {} : { reason }),
    });
    const now = await card(approvalId);
    if (voted.ok && now) return { outcome: 'counted', text: 'Your answer counts.', card: now };
    const code = voted.ok ? 'not-found' : voted.error;
    return { outcome: 'refused', code, text: `Not counted: ${code}.`, ...(now && { card: now }) };
  };
  const desk: TestDesk = {
    links,
    clicks,
    hold: undefined,
    whois: async ({ tenant: from, user }) => {
      const id = from === tenant ? links.get(user) : undefined;
      const person = office.people.find((it) => it.id === id);
      return person?.active ? person : undefined;
    },
    accountOf: async (person, { kind }) => {
      const user = [...links].find(([, id]) => id === person)?.[0];
      return user === undefined ? undefined : { kind, tenant, user };
    },
    card,
    mayAnswer: async () => true,
    vote: async (click) => {
      clicks.push(click);
      await desk.hold;
      return told(click);
    },
    inbox: async () => {
      const pending = await office.store.find({ states: ['pending'], limit: 20 });
      const cards = await Promise.all(pending.map(({ stream }) => cardOfStream(office, stream)));
      return cards.filter((it) => it !== undefined);
    },
    pages,
  };
  return desk;
}

async function cardOf(office: Office, id: ApprovalId): Promise<Card | undefined> {
  const stream = await office.store.byApproval(id);
  return stream === undefined ? undefined : cardOfStream(office, stream);
}

/** A card of what the ledger says. */
export async function cardOfStream(office: Office, stream: string): Promise<Card | undefined> {
  const [view, { approval }] = [
    await shown(office.parts, stream),
    await courseOf(office.store, stream),
  ];
  if (!view || !('asked' in approval) || !approval.asked) return undefined;
  const progress = progressOf(
    { ...approval, asked: approval.asked },
    office.parts.directory(),
    office.clock(),
  );
  const timeline = approval.votes.map(({ statement, reason }): CardLine => ({
    at: statement.issuedAt,
    type: 'approval.vote-cast',
    text: `${statement.person} ${statement.choice === 'approve' ? 'approved' : 'denied'}`,
    ...(reason === undefined ? {} : { quote: reason }),
  }));
  return {
    view,
    state: approval.state,
    isOpen: approval.state === 'pending',
    ...approveBy(
      view,
      progress.map(({ requirement }) => requirement),
    ),
    progress: progress.map(({ requirement, have, need }) => ({ ...requirement, have, need })),
    timeline,
    badges: [],
    names: {},
    link: `https://gateway.example/a/${view.approvalId}`,
  };
}
