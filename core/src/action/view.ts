import type { Exclusion } from '../approval/exclusion.ts';
import type { Assurance, Requirement, Risk } from '../approval/requirement.ts';
import { RISKS } from '../approval/requirement.ts';
import { canonical } from '../canonical.ts';
import { sha256, type Digest } from '../crypto.ts';
import type { ActionId, ApprovalId } from '../ids.ts';
import type { Json } from '../json.ts';
import type { Instant } from '../time.ts';
import type { Inspectable } from '../gate.ts';

/**
 * What a reviewer has in front of them, in every channel: facts first, the agent's words last and labelled (R8).
 * Every text is masked and made visible before it gets here. Its digest goes into each vote.
 */
export type View = {
  readonly v: 1;
  readonly approvalId: ApprovalId;
  readonly version: number;
  /** Derived from the action itself. */
  readonly headline: string;
  readonly action: {
    readonly id: ActionId;
    readonly type: string;
    readonly resource: { readonly type: string; readonly id: string };
    readonly arguments: Json;
  };
  readonly details: readonly { readonly label: string; readonly value: string }[];
  readonly inspectable: Inspectable;
  readonly risk: Risk;
  readonly why: readonly { readonly policies: readonly string[]; readonly text: string }[];
  readonly asks: readonly {
    readonly kind: 'review' | 'confirm';
    readonly groups: readonly string[];
    readonly quorum: number;
    readonly assurance: Assurance;
    readonly stage: number;
  }[];
  readonly excluded: readonly Exclusion[];
  readonly agent: string;
  readonly owner: string;
  readonly onBehalfOf?: string;
  /** What the agent says about itself: unverified, quoted, plain. */
  readonly claim?: string;
  /** Presentational arguments: the agent's words, not part of what runs under the digest. */
  readonly said?: Json;
  readonly follows?: ActionId;
  readonly digest: Digest;
  /** Four words of the digest, easy to compare by eye between two devices. */
  readonly phrase: string;
  readonly expiresAt: Instant;
  /** False when something of the action is not shown; then no one-click approval is offered. */
  readonly complete: boolean;
};

/** SHA-256 over the JCS bytes of the view; it carries the salted action digest, so it cannot be guessed. */
export const digestView = (view: View): Digest => sha256(canonical(view));

/** The parts of a view that follow from what policy demands. */
export function demandsOf(
  requirements: readonly Requirement[],
): Pick<View, 'risk' | 'why' | 'asks'> {
  const risk = RISKS[Math.max(...requirements.map((one) => RISKS.indexOf(one.risk)))] ?? 'critical';
  return {
    risk,
    why: requirements.flatMap(({ why, policies }) => why.map((text) => ({ policies, text }))),
    asks: requirements.map(({ kind, groups, quorum, assurance, stage }) => ({
      kind,
      groups,
      quorum,
      assurance,
      stage,
    })),
  };
}
