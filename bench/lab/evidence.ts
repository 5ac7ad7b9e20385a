/** A moment in ms since 1970 by the lab's own clock. */
type Moment = number;

/** What a client was answered, or did, and will not forget. */
export type Ack =
  | {
      readonly kind: 'proposed';
      readonly id: string;
      readonly agent: string;
      readonly key?: string;
      /** Nothing else in the run proposes the same. */
      readonly isUnique: boolean;
    }
  | { readonly kind: 'told'; readonly id: string; readonly state: string }
  | {
      readonly kind: 'voted';
      readonly approvalId: string;
      readonly person: string;
      readonly choice: 'approve' | 'deny';
    }
  | { readonly kind: 'redeemed'; readonly id: string; readonly digest: string }
  /** An executor's own note of its side effect. */
  | { readonly kind: 'ran'; readonly id: string }
  | { readonly kind: 'reported'; readonly id: string; readonly outcome: 'executed' | 'failed' };

/** A signed head that a replica served while the run went on. */
export type Seen = { readonly size: number; readonly root: string; readonly from: string };

/** Everything the ledger is held against. */
export type Evidence = {
  readonly acks: readonly Ack[];
  /** The verified head of the ledger as it was read; `root` in base64. */
  readonly head: { readonly size: number; readonly root: string };
  readonly checkpoints: readonly Seen[];
  /** From the first start to the reading of the ledger. */
  readonly window: Span;
  /** When no replica could have written. */
  readonly outages: readonly Span[];
  readonly limits: Limits;
};

export type Span = { readonly from: Moment; readonly to: Moment };

export type Limits = {
  readonly mostPending: number;
  /** How late time's own entries may be while a replica lives. */
  readonly lateMs: number;
  /** How far a time in the ledger may be from those around it. */
  readonly strayMs: number;
};
