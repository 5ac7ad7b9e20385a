/** What must never be seen after a run. */
type Rule =
  // the log
  | 'seq-gap'
  | 'stream-gap'
  | 'not-an-entry'
  | 'root-differs'
  | 'checkpoint-differs'
  | 'checkpoint-unsigned'
  | 'ledger-unverified'
  // the story
  | 'illegal-event'
  | 'released-without-permission'
  | 'redeemed-twice'
  | 'vote-excluded'
  | 'vote-invalid'
  | 'cap-exceeded'
  | 'twins-open'
  // time
  | 'due-early'
  | 'due-late'
  | 'clock-strayed'
  // what clients hold
  | 'ack-lost'
  | 'told-otherwise'
  | 'key-doubled'
  | 'released-other'
  | 'ran-twice'
  | 'ran-unpermitted'
  // what was watched while it ran
  | 'unavailable-untold'
  | 'waiter-unanswered'
  | 'partition-untold'
  | 'replica-not-back';

/** One thing that must not be, with where to look. */
export type Violation = {
  readonly rule: Rule;
  /** Indexes of the entries concerned. */
  readonly seqs: readonly number[];
  /** Ids of actions, approvals or replicas. */
  readonly ids: readonly string[];
  readonly detail: string;
};

export type Tell = (violation: Violation) => void;

/** A violation as one line. */
export function lineOf({ rule, seqs, ids, detail }: Violation): string {
  const where = seqs.length > 0 ? ` entries ${seqs.join(', ')}` : '';
  return `${rule}:${where} ${ids.join(' ')}: ${detail}`;
}
