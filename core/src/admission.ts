/**
 * What came of asking the gatekeeper, in the words of every gate that runs what it proposes. `released`: it may run now. `held`:
 * people are asked. `ready`: a yes is there, to be redeemed by whoever still waits. `ended`: it does not run, and `status` says
 * why (R10). `refused`: it was not even recorded.
 */
export type Admission<Run, Status> =
  | { readonly is: 'released'; readonly run: Run }
  | { readonly is: 'held' | 'ready' | 'ended'; readonly status: Status }
  | {
      readonly is: 'refused';
      readonly code: string;
      readonly message: string;
      readonly isRetryable: boolean;
    };
