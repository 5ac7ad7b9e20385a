import type { Refusal } from '../approval/command.ts';

/** Why a waiver is not made, endorsed or ended. Each is a public problem code. */
export type WaiverRefusal = {
  readonly code:
    | Refusal
    | 'not-waivable'
    | 'waiver-beyond-ceiling'
    | 'waiver-scope-invalid'
    | 'waiver-exists'
    | 'waiver-over'
    | 'erased'
    | 'busy'
    | 'overloaded';
  readonly detail?: string;
};
