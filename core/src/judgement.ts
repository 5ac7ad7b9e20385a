import type { Digest } from './crypto.ts';
import type { Requirement } from './approval/requirement.ts';

/** What policy says. `deny` is never lifted by people; `review` is lifted by meeting `requirements`. */
export type Verdict = 'allow' | 'deny' | 'review';

/** Why, in one word (reference: policy, step by step in combining order). */
export type JudgementCode =
  | 'permitted'
  | 'needs-review'
  | 'input-rejected'
  | 'request-invalid'
  | 'forbidden'
  | 'policy-error'
  | 'no-permit'
  | 'engine-trap'
  | 'kill-switch';

/** A fact whose type is not plain JSON. Only gate code makes these; the encoder refuses look-alikes from agents. */
export class TypedFact {
  readonly kind: 'entity' | 'datetime' | 'decimal' | 'ip';
  readonly type: string;
  readonly value: string;
  private constructor(kind: TypedFact['kind'], type: string, value: string) {
    this.kind = kind;
    this.type = type;
    this.value = value;
    Object.freeze(this);
  }
  /** An entity such as `Person::"ana"`; `type` without the namespace. */
  static entity(type: string, id: string): TypedFact {
    return new TypedFact('entity', type, id);
  }
  /** A moment, RFC 3339 in UTC with milliseconds. */
  static datetime(iso: string): TypedFact {
    return new TypedFact('datetime', '', iso);
  }
  /** A decimal with up to four places, as text. */
  static decimal(text: string): TypedFact {
    return new TypedFact('decimal', '', text);
  }
  /** An address or range. */
  static ip(text: string): TypedFact {
    return new TypedFact('ip', '', text);
  }
}

/** A fact for policy: made by gates from the action itself, never from the agent's words. */
export type Fact =
  | string
  | number
  | boolean
  | TypedFact
  | readonly Fact[]
  | { readonly [name: string]: Fact };
export type Facts = { readonly [name: string]: Fact };

/** One entity in reach of a question: the principal, its owner, its teams, the resource and its parents. */
export type Entity = {
  /** Type without the namespace: `Agent`, `Person`, `Team`, `Database`. */
  readonly type: string;
  readonly id: string;
  readonly attrs: Facts;
  readonly parents: readonly { readonly type: string; readonly id: string }[];
};

/** What policy is asked. */
export type Question = {
  /** The Cedar principal: always an `Agent` of the directory. */
  readonly agent: string;
  /** The Cedar action: the action's type, or the class a gate refined it to. */
  readonly action: string;
  readonly resource: { readonly type: string; readonly id: string };
  /** Context: `base` and what the gate derived. */
  readonly facts: Facts;
  readonly entities: readonly Entity[];
};

/** Policy's answer with everything needed to explain it and to ask again. Lists are sorted. */
export type Judgement = {
  readonly verdict: Verdict;
  readonly code: JudgementCode;
  readonly matched: {
    readonly permit: readonly string[];
    readonly forbid: readonly string[];
    readonly review: readonly string[];
  };
  readonly shadow: readonly string[];
  /** Erring policies; the engine's text is never passed on, it echoes facts. */
  readonly errors: readonly {
    readonly policy: string;
    readonly kind: 'permit' | 'forbid' | 'review' | 'shadow';
  }[];
  /** The demands of a `review`; empty otherwise. */
  readonly requirements: readonly Requirement[];
  /** `@reason` texts of what decided, for the person who reads the answer. Where input was refused: the path. */
  readonly reasons: readonly string[];
  /** SHA-256 of JCS `{schema, policies}`. */
  readonly policyDigest: Digest;
  readonly gitCommit?: string;
  /** Engine and version, such as `cedar-4.13.0`. */
  readonly engine: string;
};
