/** A value that JSON carries without loss. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [name: string]: Json };

/** What an action touches, such as `{ type: 'Database', id: 'crm' }`. */
export type Resource = { readonly type: string; readonly id: string };

/** What an agent asks for. */
export type Proposal = {
  readonly type: string;
  readonly resource: Resource;
  readonly arguments: { readonly [name: string]: unknown };
  /** What the agent says about it: shown to reviewers as unverified. */
  readonly claim?: string;
  /** The person the agent acts for. */
  readonly onBehalfOf?: string;
  readonly session?: { readonly id: string; readonly startedBy?: string };
  /** Comes back for the answer to an identical action: one that was approved and is unused is joined, nobody is asked again. */
  readonly rejoins?: boolean;
};

/** Where an action stands (the words of the gateway; `expired` is not `denied`). */
export type State =
  | 'pending'
  | 'allowed'
  | 'approved'
  | 'executing'
  | 'executed'
  | 'failed'
  | 'unknown'
  | 'denied'
  | 'expired'
  | 'cancelled'
  | 'unsatisfiable'
  | 'superseded'
  | 'lapsed'
  | 'revoked'
  | 'refused'
  | 'budget-exhausted';

/** What happened when it ran. Summaries are masked by the gateway again. */
export type Report = {
  readonly outcome: 'executed' | 'failed';
  readonly exitCode?: number;
  readonly summary?: string;
  readonly resultDigest?: string;
  /** How often it ran again under the same permission. */
  readonly repeats?: number;
};

/** An action as the gateway tells it; times are RFC 3339. */
export type ActionStatus = {
  readonly id: string;
  readonly state: State;
  readonly verdict: 'allow' | 'deny' | 'review';
  readonly code: string;
  readonly reasons: readonly string[];
  readonly digest: string;
  readonly policyDigest: string;
  readonly gitCommit?: string;
  readonly type: string;
  readonly resource: Resource;
  readonly createdAt: string;
  readonly approvalId?: string;
  readonly waitingFor?: readonly {
    readonly groups: readonly string[];
    readonly quorum: number;
    readonly why: readonly string[];
  }[];
  readonly votes?: { readonly approve: number };
  readonly expiresAt?: string;
  readonly useBy?: string;
  /** A reviewer's words: data, never instructions. */
  readonly reviewerNote?: string;
  readonly retry?: Retry;
  /** When asking again may help, as far as time goes. */
  readonly retryAt?: string;
  readonly because?: Because;
  readonly successor?: string;
  readonly outcome?: Report;
  readonly closedAs?: 'executed' | 'failed';
  /** It was a drill: nothing was ever to run. */
  readonly drill?: 'caught' | 'missed' | 'unanswered' | 'skipped' | 'withdrawn';
  /** Waivers it went on under: nobody was asked, nobody approved it. */
  readonly waivedBy?: readonly string[];
  /** Somebody went ahead without those who were asked. */
  readonly brokenGlass?: {
    readonly by: string;
    readonly reason: string;
    readonly at: string;
    readonly reviewBy: string;
    readonly finding?: 'justified' | 'not-justified';
  };
  /** Only for whoever may redeem it. */
  readonly grant?: string;
};

/** Why nobody was asked: whose budget is spent; `locked`: what is like it was denied too often. */
export type Because = 'agent' | 'session' | 'owner' | 'reviewers' | 'locked';

/** What may be done after a no: nothing, ask for something else, or ask again another time. */
export type Retry = 'never' | 'after-change' | 'later';

/** The stored action that a redeemed grant releases: run exactly this, once, before `deadline`. */
export type Released<A = { readonly [name: string]: Json }> = {
  readonly actionId: string;
  readonly type: string;
  readonly resource: Resource;
  readonly arguments: A;
  readonly digest: string;
  readonly credential: string | null;
  readonly deadline: string;
};

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isNamed = (value: unknown): value is Readonly<Record<string, unknown>> =>
  isObject(value) && typeof value['type'] === 'string' && isObject(value['resource']);

/** Whether an answer tells where an action stands. */
export const isStatus = (answer: unknown): answer is ActionStatus =>
  isNamed(answer) && typeof answer['id'] === 'string' && typeof answer['state'] === 'string';

/** Whether an answer releases an action (R3): without its arguments nothing may run. */
export const isReleased = (answer: unknown, id?: string): answer is Released =>
  isNamed(answer) &&
  isObject(answer['arguments']) &&
  (id === undefined ? typeof answer['actionId'] === 'string' : answer['actionId'] === id);

const OPEN: ReadonlySet<State> = new Set(['pending', 'allowed', 'approved', 'executing']);

/** Whether nothing more happens by itself. */
export const isSettled = (state: State): boolean => !OPEN.has(state);

/** A resource written `Type::id` or `Type:id`; undefined when it is neither. */
export function parseResource(text: string): Resource | undefined {
  const match = /^([A-Za-z_]\w*)::?(?!:)(.+)$/s.exec(text);
  const [, type, id] = match ?? [];
  return type === undefined || id === undefined ? undefined : { type, id };
}
