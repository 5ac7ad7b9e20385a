import type { Arguments } from './action/schema.ts';
import type { Facts } from './judgement.ts';
import type { Json } from './json.ts';
import type { Result } from './result.ts';

/** How far a gate understood an action (DESIGN §7): a policy input and part of every view. */
export type Inspectable = 'full' | 'partial' | 'none';

/** What a gate makes of one proposal: the exact action and the facts derived from it, never from the agent's words. */
export type Understood = {
  readonly type: string;
  readonly schemaVersion: number;
  readonly resource: { readonly type: string; readonly id: string };
  /** Validated, default-filled, frozen; what will run. */
  readonly bound: Arguments;
  readonly presentational: Arguments;
  /** The Cedar action: the type, or the stricter class the gate refined it to. */
  readonly judgedAs: string;
  /** Cedar context besides `base`. */
  readonly facts: Facts;
  readonly inspectable: Inspectable;
  /** One line from type and arguments. May be a getter: read only where people are asked. */
  readonly headline: string;
  readonly details: readonly { readonly label: string; readonly value: string }[];
  /** Top-level arguments whose values are masked in every view. */
  readonly privateArguments: readonly string[];
  /** Who may redeem the grant: an executor's id; absent: the agent itself. */
  readonly audience?: string;
  readonly credential?: string;
  /** Person the action is about. */
  readonly subject?: string;
  readonly executionMs?: number;
};

export type GateRefusal = {
  readonly code: 'unknown-action-type' | 'unknown-resource' | 'invalid-arguments';
  readonly path: string;
  readonly message: string;
};

/** One protocol's way from a proposal to an action. Pure: looks only at what it is given. */
export type Gate = {
  readonly name: string;
  /** Types it answers for. */
  readonly types: ReadonlySet<string>;
  readonly understand: (proposal: {
    readonly type: string;
    readonly resource: { readonly type: string; readonly id: string };
    readonly arguments: Json;
    /** Only from the gate itself: what it found out before it proposed. */
    readonly evidence?: Json;
  }) => Result<Understood, GateRefusal>;
};
