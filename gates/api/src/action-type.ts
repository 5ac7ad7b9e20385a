import type { ActionType, Fact, Inspectable } from '@countersign/core';

/** A word written in the declaration, or the name of the argument that holds it. */
export type Word = string | { readonly argument: string };

/**
 * Where one fact comes from: the action's bound arguments, the declaration, or the operator's catalogue.
 * There is no rule that reads presentational arguments or the agent's claim.
 */
export type FactRule =
  | { readonly from: 'argument'; readonly argument: string }
  | { readonly from: 'value'; readonly value: Fact }
  | {
      readonly from: 'sql';
      readonly verb: Word;
      readonly table: string;
      readonly columns?: string;
      readonly where?: string;
      readonly limit?: string;
    }
  | {
      /** True when the argument ends in one of these, or lies outside every `known` prefix. */
      readonly from: 'matches';
      readonly argument: string;
      readonly endsWith: readonly string[];
      readonly known: readonly string[];
    }
  | {
      /** A member of what the operator registered under the argument's value. */
      readonly from: 'lookup';
      readonly list: string;
      readonly key: string;
      readonly member: string;
      readonly otherwise: Fact;
      /** The grade when nothing is registered. */
      readonly inspectable: Inspectable;
    };

/** A declared kind of action of this gate. */
export type ApiActionType = ActionType & {
  /** The Cedar action; the type's own name unless it stands for another. */
  readonly judgedAs: string;
  /** Who may redeem the grant; absent: the agent itself. */
  readonly executor?: string;
  readonly credential?: string;
  readonly executionMs?: number;
  /** Argument naming the person the action is about; checked against the resource's person. */
  readonly subject?: string;
  /** One line; `{argument}`, `{fact}`, `{sql.rows}`, `{resource}` are filled in. */
  readonly headline: string;
  /** The best grade this type can get. */
  readonly inspectable: Inspectable;
  /** Cedar context besides `base`, by name. */
  readonly facts: Readonly<Record<string, FactRule>>;
};

/** What is wrong with a declaration, and where: `given` stands where one of `known` would have been right. */
export type TypeProblem = {
  readonly code:
    | 'unknown-key'
    | 'missing-key'
    | 'wrong-type'
    | 'bad-name'
    | 'bad-value'
    | 'unknown-argument';
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly given?: string;
  readonly known?: readonly string[];
};
