import type { z } from 'zod';
import type { ProblemCode } from '../problems.ts';

/** Who may call: one kind per credential; none at all where it is public. */
export type CallerKind = 'agent' | 'executor' | 'person';

/** What a route answers: JSON of a schema, or another content type. */
export type Answer = {
  readonly description: string;
  readonly schema?: z.ZodType;
  readonly type?: string;
};
/** A part of the request besides its body. */
export type Parameter = {
  readonly in: 'query' | 'header' | 'path';
  readonly name: string;
  readonly description: string;
  readonly schema: Readonly<Record<string, unknown>>;
};

type Shape = {
  readonly method: 'GET' | 'POST';
  /** Segments in braces are parameters; a last `{…*}` takes the rest of the path. */
  readonly path: string;
  readonly summary: string;
  /** Empty: no credential is asked for. */
  readonly callers: readonly CallerKind[];
  /** A right that a person needs besides. */
  readonly needs?: 'administrator';
  readonly parameters?: readonly Parameter[];
  /** Somebody else writes or reads what stands after `?`; it is neither read nor refused here. */
  readonly isQueryOpen?: true;
  readonly answers: Readonly<Record<number, Answer>>;
  /** Codes of its own, besides those of every route. */
  readonly problems: readonly ProblemCode[];
};

/** The routes of an area: those with a body by their type of it, and those without. */
export type RouteOf<Bodies, Plain extends string> =
  | {
      [Id in keyof Bodies]: Shape & { readonly id: Id; readonly body: z.ZodType<Bodies[Id]> };
    }[keyof Bodies]
  | (Shape & { readonly id: Plain; readonly body?: undefined });

/** A parameter behind `?`. */
export const query = (
  name: string,
  description: string,
  schema: Readonly<Record<string, unknown>>,
): Parameter => ({ in: 'query', name, description, schema });

/** Codes of every change of an action. */
export const CHANGING: readonly ProblemCode[] = ['not-found', 'busy', 'overloaded', 'settled'];
/** Codes of a proposal. */
export const PROPOSING: readonly ProblemCode[] = [
  'unknown-action-type',
  'unknown-resource',
  'invalid-arguments',
  'unknown-agent',
  'unknown-person',
  'idempotency-key-reused',
  'busy',
  'overloaded',
];
