import type { Shown } from '../approval/shown.ts';
import type { Choice } from '../approval/statement.ts';
import type { Digest } from '../crypto.ts';
import type { Person } from '../directory.ts';
import type { ApprovalId } from '../ids.ts';
import type { Card } from './card.ts';

/** An account of a chat, by ids its vendor never gives to another: never a name, never an e-mail address. */
export type ChatAccount = {
  readonly kind: 'slack' | 'teams';
  /** Slack: enterprise id, or team id where there is none. Teams: Entra tenant id. */
  readonly tenant: string;
  /** Slack: user id. Teams: AAD object id. */
  readonly user: string;
};

/** A click on a card, after the channel has found that the vendor sent it and that the account is no guest. */
export type Click = {
  readonly account: ChatAccount;
  readonly approvalId: ApprovalId;
  readonly version: number;
  /** First 16 or more hexadecimal characters of the action digest, as the button had them. */
  readonly actionDigest: string;
  readonly seenDigest: Digest;
  readonly choice: Choice;
  /** Asked for with a denial. */
  readonly reason?: string;
  readonly shown: Shown;
};

/** What became of a click. `text` is one sentence for whoever clicked; `card` is the request as it stands now. */
export type Told =
  | { readonly outcome: 'counted'; readonly text: string; readonly card: Card }
  | {
      readonly outcome: 'refused';
      /** A problem code, or `not-linked`. */
      readonly code: string;
      readonly text: string;
      readonly card?: Card;
    };

/** What a channel asks of the house. R5, R7 and every other rule are decided behind it, on the state of that moment. */
export type Desk = {
  /** Who a chat account is, as the directory is now; whoever is not `active` decides nothing, and is told so when they try. */
  readonly whois: (account: ChatAccount) => Promise<Person | undefined>;
  /** The chat account of a person at a tenant, to write to them directly. */
  readonly accountOf: (
    person: string,
    at: Pick<ChatAccount, 'kind' | 'tenant'>,
  ) => Promise<ChatAccount | undefined>;
  /** A request as it stands now; undefined when there is none. */
  readonly card: (id: ApprovalId) => Promise<Card | undefined>;
  /** Whether an answer of this person would be taken now, at the assurance of a chat or at a higher one they can reach. */
  readonly mayAnswer: (person: Person, id: ApprovalId) => Promise<boolean>;
  /** Casts the vote of whoever clicked, at assurance `chat`. */
  readonly vote: (click: Click) => Promise<Told>;
  /** What waits for a person, soonest expiry first, at most 20. */
  readonly inbox: (person: Person) => Promise<readonly Card[]>;
  /** Pages of the console. */
  readonly pages: { readonly connect: string; readonly inbox: string };
};
