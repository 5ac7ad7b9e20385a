import type { QueryRun, QueryStatus, QueryArguments } from '../house.ts';
import type { Classified, TextFacts } from '../sql/facts.ts';

/** One execution that a client asks for. `arguments.repeats` is the judge's to add. */
export type Asked = {
  readonly agent: string;
  readonly database: string;
  readonly session: string;
  readonly arguments: QueryArguments;
};

/** Leave to run a statement whose shape is permitted; counted. */
export type Permit = {
  readonly facts: TextFacts;
  /** Told once for each time it was handed out, however that run ended. */
  readonly ran: (outcome: 'executed' | 'failed') => void;
};

/** What a session is told of a statement it may not run now. */
export type NotRun = {
  /** `pending` is not a no (R10). */
  readonly is: 'denied' | 'pending' | 'refused';
  readonly message: string;
  readonly detail?: string;
  readonly hint?: string;
};

export type Judged =
  | { readonly is: 'run'; readonly run: QueryRun; readonly facts: TextFacts }
  | { readonly is: 'not-run'; readonly why: NotRun; readonly facts?: TextFacts };

/**
 * What a session asks before anything runs; one for each mounted database. Classifying, repeating, holding and redeeming are
 * in here, so a session only knows what runs and what does not.
 */
export type Judge = {
  /** Facts of a text, remembered by its exact bytes for a while. */
  readonly classify: (text: string) => Classified;
  /**
   * Leave that stands already: policy allowed this shape at most a second ago, by an entry that is durable (R1). Synchronous
   * and cheap, since nearly every statement goes this way.
   */
  readonly permitted: (
    agent: string,
    text: string,
    how: Pick<QueryArguments, 'lane' | 'transaction' | 'clear'>,
  ) => Permit | undefined;
  /** Asks, and holds as long as the operator says. `onHeld` is called once if people are asked. An abort withdraws. Never throws. */
  readonly ask: (
    asked: Asked,
    how: { readonly signal: AbortSignal; readonly onHeld: (status: QueryStatus) => void },
  ) => Promise<Judged>;
};
