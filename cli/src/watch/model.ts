import type { ApprovalItem, ApprovalPage } from '@countersign/api';
import type { Key } from './keys.ts';

/** What a person may say here. `approve` of whom the agent acts for is a confirmation, and is called so. */
export type Verb = 'approve' | 'confirm' | 'deny';

/** The question that stands below a request. Default: no. */
export type Question = {
  readonly verb: Verb;
  readonly step: 'reason' | 'code';
  /** Keys before this moment count for nothing (A13). */
  readonly armedAt: number;
  readonly code: string;
  readonly typed: string;
  readonly reason?: string;
};

/** What fills the screen. */
export type Place =
  | { readonly at: 'list' }
  | { readonly at: 'loading'; readonly id: string; readonly wanted?: Verb }
  | {
      readonly at: 'page';
      readonly page: ApprovalPage;
      /** First line that is shown, and how many were, up to the lowest (A7). */
      readonly top: number;
      readonly read: number;
      readonly question?: Question;
    };

/** Everything the screen is drawn from. */
export type Model = {
  /** Soonest expiry first. */
  readonly items: readonly ApprovalItem[];
  /** By id: whatever comes and goes, it stays on the same request (A13). */
  readonly selected?: string;
  readonly place: Place;
  /** The last thing there was to tell. */
  readonly note: string;
  readonly isLive: boolean;
};

/** What happened, outside of the model. */
export type Happening =
  | { readonly type: 'key'; readonly key: Key }
  | { readonly type: 'listed'; readonly items: readonly ApprovalItem[] }
  | { readonly type: 'loaded'; readonly page: ApprovalPage }
  | { readonly type: 'changed'; readonly id?: string }
  | { readonly type: 'live'; readonly isLive: boolean }
  | { readonly type: 'told'; readonly note: string }
  | { readonly type: 'drawn' }
  | { readonly type: 'resized' };

/** What is to be done about it, outside of the model. */
export type Effect =
  | { readonly do: 'list' }
  | { readonly do: 'load'; readonly id: string }
  | {
      readonly do: 'answer';
      readonly page: ApprovalPage;
      readonly verb: Verb;
      readonly reason?: string;
    }
  | { readonly do: 'browse'; readonly id: string }
  | { readonly do: 'end'; readonly exitCode: number };

/** What the model is told of the world: the time, chance, and how much of a request fits. */
export type Around = {
  readonly now: number;
  readonly code: () => string;
  /** Lines of the request on the screen, and lines there is room for. */
  readonly lines: number;
  readonly room: number;
};

export type Step = { readonly model: Model; readonly effects: readonly Effect[] };

export const EMPTY: Model = { items: [], place: { at: 'list' }, note: '', isLive: false };

/** No effect but another model. */
export const only = (model: Model): Step => ({ model, effects: [] });

/** The request the list is on. */
export const selectedOf = ({ items, selected }: Model): ApprovalItem | undefined =>
  items.find(({ approvalId }) => approvalId === selected) ?? items[0];
