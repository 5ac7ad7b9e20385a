/** What a settled request says to whoever waits for it, in sentences of ours. */
export type EndWords = {
  readonly why: string;
  /** What to do now. */
  readonly next?: string;
};

const UNCHANGED = 'Do not repeat it unchanged.';

/** R10: every end has words of its own; that nobody answered is never told as a no. */
const WORDS: Readonly<Record<string, EndWords>> = {
  denied: { why: 'It was denied.', next: UNCHANGED },
  expired: {
    why: 'Nobody decided in time. That is not a denial.',
    next: 'It may be asked for again later.',
  },
  cancelled: { why: 'The request was withdrawn before anybody decided. That is not a denial.' },
  unsatisfiable: {
    why: 'Nobody who may decide this can be asked at present. That is not a denial.',
    next: 'It may be asked for again later.',
  },
  superseded: { why: 'A person changed its arguments; what it became is another request.' },
  lapsed: {
    why: 'It was approved, but not run in time, and the approval is over. That is not a denial.',
    next: 'It may be asked for again.',
  },
  revoked: { why: 'It was approved, and the approval was taken back.' },
  refused: { why: 'It was approved, but policy does not allow it any more.' },
  'budget-exhausted': {
    why: 'Too much is being asked at present, so nobody was asked. That is not a denial.',
    next: 'Ask again later, and for less.',
  },
};

const BY_POLICY: EndWords = { why: 'Policy does not allow it.', next: UNCHANGED };
const BEFORE: EndWords = {
  why: 'People denied it a short while ago, and are not asked again yet.',
  next: UNCHANGED,
};

/** The words for an end; undefined where a request did not end without running. */
export function endWords(status: {
  readonly state: string;
  readonly code: string;
  readonly approvalId?: string;
}): EndWords | undefined {
  const { state, code, approvalId } = status;
  if (code === 'denied-before') return BEFORE;
  if (state === 'denied' && approvalId === undefined) return BY_POLICY;
  return Object.hasOwn(WORDS, state) ? WORDS[state] : undefined;
}
