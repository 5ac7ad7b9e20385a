import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Bodies, Route, RouteId } from '@countersign/api';
import type { Person } from '@countersign/core';
import type { Session } from '@countersign/identity';

/** Whose credential came with a request. R7: what a credential is was decided where it was issued, never by the caller. */
export type Caller =
  | { readonly kind: 'nobody'; readonly id: '' }
  | { readonly kind: 'agent' | 'executor'; readonly id: string }
  | {
      readonly kind: 'person';
      readonly id: string;
      readonly person: Person;
      /** How they signed in; absent for a token of the configuration, which proves no more than `chat`. */
      readonly session?: Session;
      /** What a page of ours has to show with every change; only with the session of a browser. */
      readonly csrf?: string;
    };

type BodyOf<Id extends RouteId> = Id extends keyof Bodies ? Bodies[Id] : undefined;

/** One request with everything that was checked about it. */
export type Exchange<Id extends RouteId = RouteId> = {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
  readonly route: Route;
  readonly caller: Caller;
  /** The parameter in the path; empty where there is none. */
  readonly param: string;
  readonly query: Readonly<Record<string, string | number>>;
  readonly body: BodyOf<Id>;
};

/** What goes back. `taken`: the handler has written the response itself, or nobody is there to read one. */
export type Reply = 'taken' | Written;

/** An answer that is written for the handler. */
export type Written = {
  readonly status: number;
  readonly type: string;
  readonly body: string | Uint8Array;
  /** Further headers: name, value, name, value … */
  readonly headers?: readonly string[];
  /** Code of a problem, for log and metrics. */
  readonly code?: string;
};

/** One handler per route; a route without one does not compile. */
export type Handlers = {
  readonly [Id in RouteId]: (exchange: Exchange<Id>) => Reply | Promise<Reply>;
};

/** A JSON answer. */
export const json = (status: number, value: unknown): Written => ({
  status,
  type: 'application/json',
  body: JSON.stringify(value),
});

/** The person behind a request that only people may make. */
export function personOf({ caller }: Pick<Exchange, 'caller'>): Person {
  if (caller.kind !== 'person') throw new TypeError('a route for people was called by another');
  return caller.person;
}

/** Sends a browser on. */
export const redirect = (
  status: 302 | 303,
  location: string,
  headers: readonly string[] = [],
  code?: string,
): Written => ({
  status,
  ...(code === undefined ? {} : { code }),
  type: 'text/plain; charset=utf-8',
  body: '',
  headers: ['location', location, ...headers],
});
