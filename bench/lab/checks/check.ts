import type { Approval, ApprovalEvent } from '@countersign/core';
import type { Tell } from '../violation.ts';

/** One entry of an action with the states around it. */
export type Step = {
  readonly seq: number;
  readonly stream: string;
  readonly event: ApprovalEvent;
  readonly before: Approval;
  readonly after: Approval;
};

/** Looks at every step in ledger order, then once at the end. */
export type Check = { readonly see: (step: Step) => void; readonly end?: () => void };

export type MakeCheck<Parts = undefined> = (tell: Tell, parts: Parts) => Check;
