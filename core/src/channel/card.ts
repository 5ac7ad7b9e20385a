import type { View } from '../action/view.ts';
import type { State } from '../approval/approval.ts';
import { isAtLeast, type Assurance } from '../approval/requirement.ts';
import type { Shown } from '../approval/shown.ts';
import type { Instant } from '../time.ts';

/** How a yes may be given where the card is: by one click, or only in the console, signed where policy wants that. */
export type ApproveBy = 'one-click' | 'sign' | 'console';

/** Why a card offers no one-click approval (R8, A7, A8, A12). */
export type WhyNoClick =
  | 'uninspectable'
  | 'incomplete'
  | 'altered'
  | 'assurance'
  | 'critical'
  | 'confirm';

/** What stands out about a request for as long as anybody sees it. */
export type Badge = 'break-glass' | 'escalated' | 'reminded';

/** How far one demand is met. */
export type CardProgress = {
  readonly kind: 'review' | 'confirm';
  readonly groups: readonly string[];
  readonly have: number;
  readonly need: number;
  readonly assurance: Assurance;
  readonly stage: number;
};

/** One thing that happened, in our words; what a person wrote stands apart from them. */
export type CardLine = {
  readonly at: Instant;
  /** Type of the event. */
  readonly type: string;
  readonly text: string;
  /** Written by a person: masked, made visible; to be shown as a quotation. */
  readonly quote?: string;
};

/** One request as every channel shows it at one moment: the view people decide on, and where it stands (DESIGN §8). */
export type Card = {
  readonly view: View;
  readonly state: State;
  /** True while answers are taken; afterwards the card has no buttons. */
  readonly isOpen: boolean;
  readonly approve: ApproveBy;
  readonly because?: WhyNoClick;
  readonly progress: readonly CardProgress[];
  /** Oldest first. */
  readonly timeline: readonly CardLine[];
  readonly badges: readonly Badge[];
  /** Names of the people the view and the timeline speak of, by id and by human. */
  readonly names: Readonly<Record<string, string>>;
  /** The page of the console where it is decided: an address without any secret. */
  readonly link: string;
};

/** What a renderer made of a card. Only a complete one may offer approval at a click. */
export type Rendered<T> = {
  readonly payload: T;
  readonly shown: Shown;
};

/** Marks of `display` for characters nobody would see (`core/src/masking/visible.ts`). */
const MADE_VISIBLE = /⟨U\+[0-9A-F]{4,6}⟩/;

/** Whether one click in a chat may approve this, whoever clicks; a no is taken anywhere. */
export function approveBy(
  view: View,
  asked: readonly { readonly kind: 'review' | 'confirm'; readonly assurance: Assurance }[],
): { readonly approve: ApproveBy; readonly because?: WhyNoClick } {
  if (asked.some(({ assurance }) => isAtLeast(assurance, 'passkey')))
    return { approve: 'sign', because: 'assurance' };
  const because = whyNoClick(view, asked);
  return because ? { approve: 'console', because } : { approve: 'one-click' };
}

function whyNoClick(
  view: View,
  asked: readonly { readonly kind: 'review' | 'confirm'; readonly assurance: Assurance }[],
): WhyNoClick | undefined {
  if (view.inspectable !== 'full') return 'uninspectable';
  if (!view.complete) return 'incomplete';
  if (view.risk === 'critical') return 'critical';
  if (asked.some(({ assurance }) => assurance !== 'chat')) return 'assurance';
  if (!asked.some(({ kind }) => kind === 'review')) return 'confirm';
  // ATTACKER: what had to be made visible was meant to be overlooked
  return MADE_VISIBLE.test(JSON.stringify(view)) ? 'altered' : undefined;
}
