import { StoreFailure, type ChatAccount, type Desk, type Person } from '@countersign/core';
import type { ChatAccounts, Roster } from '@countersign/identity';
import { askedOf } from '../http/asked.ts';
import type { Folds } from '../http/folds.ts';
import { waitingFor } from '../http/inbox.ts';
import { mayOfCaller } from '../http/rights.ts';
import { callerOf, voteOf, type ClickParts } from './click.ts';
import { refuse } from './words.ts';

/** What the desk works with. */
export type DeskParts = ClickParts & {
  readonly folds: Pick<Folds, 'of'>;
  readonly accounts: Pick<ChatAccounts, 'personOf' | 'accountOf'>;
  readonly roster: Pick<Roster, 'current'>;
  /** Asks again what the groups of a person are; false when that is not known in time (R2). */
  readonly recheck: (person: string) => Promise<boolean>;
};

const MOST_IN_INBOX = 20;

/** What channels ask of the house. Every rule is decided by the gatekeeper, on the state of that moment (R5, R7). */
export function createDesk(parts: DeskParts): Desk {
  const { sight, cards, accounts, roster, publicUrl } = parts;
  const { directory } = sight.parts;

  /** Whose account it is, active or not, as the ledger is at this moment. */
  async function linked(account: ChatAccount): Promise<Person | undefined> {
    await roster.current();
    const id = accounts.personOf(account);
    return id === undefined ? undefined : directory().person(id);
  }

  return {
    pages: { connect: `${publicUrl}/me`, inbox: `${publicUrl}/` },
    whois: linked,
    accountOf: (person, at) => accounts.accountOf(person, at),
    card: async (id) => {
      const approval = await askedOf(sight, id);
      return approval && cards.of(approval.proposed.actionId);
    },
    mayAnswer: async (person, id) => {
      await roster.current();
      const approval = await askedOf(sight, id);
      if (!approval) return false;
      const may = mayOfCaller(sight.parts, approval, callerOf(person));
      // a no is taken at any assurance
      return may.vote || may.confirm || may.because === 'assurance-too-low';
    },
    vote: async (click) => {
      try {
        const before = await linked(click.account);
        if (!before) return refuse('not-linked');
        if (!(await parts.recheck(before.id))) return refuse('directory-unavailable');
        // as the directory says now that it was asked again; the gatekeeper looks once more when it decides
        return await voteOf(parts, directory().person(before.id) ?? before, click);
      } catch (error) {
        // R2: nothing was decided that the ledger does not have
        if (error instanceof StoreFailure) return refuse(error.code);
        throw error;
      }
    },
    inbox: async (person) => {
      await roster.current();
      const waiting = await waitingFor(sight, parts.folds, callerOf(person));
      const found = await Promise.all(
        waiting.slice(0, MOST_IN_INBOX).map(({ proposed }) => cards.of(proposed.actionId)),
      );
      return found.filter((card) => card !== undefined);
    },
  };
}
