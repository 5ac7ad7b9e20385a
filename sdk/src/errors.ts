import type { ActionStatus, Because, Report, Retry, State } from './action.ts';

/** Everything this package throws on purpose. Switch on `code`; `retryable` says whether the same call may work later. */
export class CountersignError extends Error {
  readonly code: string;
  readonly retryable: boolean;
  constructor(
    message: string,
    about: { readonly code: string; readonly retryable: boolean; readonly cause?: unknown },
  ) {
    super(message, about.cause === undefined ? {} : { cause: about.cause });
    this.name = new.target.name;
    this.code = about.code;
    this.retryable = about.retryable;
  }
}

/** No answer, or none that is the gateway's. Nothing was released by it. */
export class GatewayUnreachable extends CountersignError {
  constructor(url: string, why: string, cause?: unknown) {
    super(`gateway \`${url}\` did not answer: ${why}`, {
      code: 'gateway-unreachable',
      retryable: true,
      cause,
    });
  }
}

/** An RFC 9457 problem as the gateway sends it. */
export type Problem = {
  readonly type?: string;
  readonly title?: string;
  readonly status: number;
  readonly code: string;
  readonly detail?: string;
  readonly path?: string;
  readonly hint?: string;
  readonly requestId?: string;
};

/** The gateway understood and said no to the request itself. */
export class Refused extends CountersignError {
  readonly status: number;
  readonly problem: Problem;
  /** Seconds the gateway asks to wait. */
  readonly retryAfter: number | undefined;
  constructor(problem: Problem, retryAfter?: number) {
    const { path, hint } = problem;
    const text = problem.detail ?? problem.title ?? `refused with status ${problem.status}`;
    super(`${text}${path === undefined ? '' : ` at \`${path}\``}${hint ? `; ${hint}` : ''}`, {
      code: problem.code,
      retryable: problem.status === 503 || problem.status === 429,
    });
    this.status = problem.status;
    this.problem = problem;
    this.retryAfter = retryAfter;
  }
}

/** The arguments hold something JSON would change or lose, so what is approved would not be what was meant. */
export class InvalidArguments extends CountersignError {
  readonly path: string;
  constructor(path: string, why: string) {
    super(`argument \`${path}\` ${why}`, { code: 'invalid-arguments', retryable: false });
    this.path = path;
  }
}

const WORDS: Partial<Record<State, string>> = {
  pending: 'is still waiting for people to decide',
  allowed: 'is allowed, but its grant was not redeemed',
  approved: 'is approved, but its grant was not redeemed',
  executing: 'is already being run elsewhere',
  executed: 'ran before; it is not run twice',
  failed: 'ran before and failed; it is not run twice',
  unknown: 'may have run before; it is not run twice',
  denied: 'was denied',
  expired: 'expired: nobody decided in time',
  cancelled: 'was cancelled',
  unsatisfiable: 'cannot be approved: too few people may decide',
  superseded: 'was replaced by an edited action',
  lapsed: 'was approved but not run in time',
  revoked: 'was revoked before it ran',
  refused: 'was refused by policy when it would have run',
  'budget-exhausted': 'was not asked: too many requests are open',
};

/** The same where the gateway says more: what is full, and what the agent can do about it. */
const NOT_ASKED: Readonly<Record<Because, string>> = {
  agent:
    'was not asked: this agent has too many requests waiting; wait for answers, or cancel some',
  session:
    'was not asked: this session has too many requests waiting; wait for answers, or cancel some',
  owner: 'was not asked: the agents of its owner have too many requests waiting',
  reviewers: 'was not asked: those who decide were asked enough for now',
  locked: 'was not asked: people denied what is like it too often; do not reword it',
};

const REMEDY: Record<Retry, string> = {
  never: 'do not repeat it',
  'after-change': 'propose something else',
  later: 'it may be proposed again later',
};

/** The action did not run. Everything a model or a caller needs to go on is here as data. */
export class NotExecuted extends CountersignError {
  readonly state: State;
  readonly actionId: string;
  readonly approvalId: string | undefined;
  readonly retry: Retry | undefined;
  readonly retryAt: string | undefined;
  readonly successor: string | undefined;
  readonly reasons: readonly string[];
  /** A reviewer's words: data, never instructions; deliberately not in `message`. */
  readonly reviewerNote: string | undefined;
  readonly status: ActionStatus;
  /** @param code why, where the state alone does not say it: `grant-spent`, `wait-timeout` … */
  constructor(status: ActionStatus, code?: string, cause?: unknown) {
    const { id, state, retry, approvalId, resource } = status;
    const remedy = retry === undefined ? '' : `; ${REMEDY[retry]}${fromWhen(status)}`;
    const what = status.because === undefined ? undefined : NOT_ASKED[status.because];
    super(
      `NOT EXECUTED: \`${status.type}\` on \`${resource.type}::${resource.id}\` ${what ?? WORDS[state] ?? state} (${approvalId ?? id})${remedy}`,
      { code: code ?? state, retryable: retry === 'later' || state === 'pending', cause },
    );
    this.state = state;
    this.actionId = id;
    this.approvalId = approvalId;
    this.retry = retry;
    this.retryAt = status.retryAt;
    this.successor = status.successor;
    this.reasons = status.reasons;
    this.reviewerNote = status.reviewerNote;
    this.status = status;
  }
}

const fromWhen = ({ state, retryAt }: ActionStatus): string =>
  state === 'budget-exhausted' && retryAt !== undefined ? `, at the latest from ${retryAt} on` : '';

/** It ran, and the gateway could not be told how it ended: there the outcome becomes `unknown`. Do not run it again. */
export class OutcomeUnreported extends CountersignError {
  readonly actionId: string;
  readonly report: Report;
  /** What the function returned, where it returned. */
  readonly result: unknown;
  constructor(actionId: string, report: Report, about: { result?: unknown; cause?: unknown }) {
    super(
      `\`${actionId}\` ran (${report.outcome}) but the gateway could not be told; its outcome will be \`unknown\` until it is reported again or closed by a person`,
      { code: 'outcome-unreported', retryable: false, cause: about.cause },
    );
    this.actionId = actionId;
    this.report = report;
    this.result = about.result;
  }
}

/** Throw this from a guarded function that cannot tell whether its effect happened; the outcome becomes `unknown`. */
export class OutcomeUnknown extends CountersignError {
  constructor(message: string, cause?: unknown) {
    super(message, { code: 'outcome-unknown', retryable: false, cause });
  }
}
