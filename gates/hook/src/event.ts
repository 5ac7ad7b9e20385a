import type { Json } from '@countersign/core';
import type { Host } from './host.ts';
import type { Input } from './reading.ts';

export type Members = { readonly [name: string]: Json };

/** What a host tells: a tool is about to be used, the developer would be asked about it, or it was used. */
export type HookEvent = {
  readonly kind: 'before' | 'permission' | 'after';
  readonly host: Host;
  /** As the host calls it. */
  readonly name: string;
  readonly session: string;
  /** Of this call, where the host has one. */
  readonly callId?: string;
  readonly tool: string;
  readonly input: Input;
  readonly cwd: string;
  /** What came back; only after. */
  readonly result?: Json;
  readonly isFailed?: boolean;
};

/** What is answered. `pass` is no opinion: the host goes on as it would without us. */
export type Verdict =
  | { readonly is: 'pass' }
  | { readonly is: 'allow'; readonly why: string; readonly input: Input }
  | { readonly is: 'deny'; readonly why: string }
  | { readonly is: 'defer'; readonly why: string }
  | { readonly is: 'masked'; readonly result: Json };

/** What the host reads of us. No other exit code exists (R2). */
export type Answer = { readonly stdout: string; readonly stderr: string; readonly exit: 0 | 2 };

/** How one host speaks. */
export type Dialect = {
  /** Undefined: no event this gate knows, or not in its shape. `event` is named in the command line where the host does not. */
  readonly read: (given: Members, event?: string) => HookEvent | undefined;
  readonly write: (event: HookEvent, verdict: Verdict) => Answer;
  readonly rewrites: (event: HookEvent) => Rewrites;
};

/** How other arguments than the host's reach its tool: not at all, by replacing them, by laying them over, or only the text of these members. */
export type Rewrites = 'never' | 'replaces' | 'merges' | readonly string[];

export const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A member that is text; undefined where it is anything else, or empty. */
export const textIn = (given: Members, name: string): string | undefined => {
  const value = given[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
};

/** An object, or the text of one: some hosts send arguments either way. */
export function objectIn(value: Json | undefined): Members | undefined {
  if (isMembers(value)) return value;
  if (typeof value !== 'string') return undefined;
  try {
    const parsed: unknown = JSON.parse(value);
    return isMembers(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

/** Success, with what the host reads. */
export const answer = (body?: object): Answer => ({
  stdout: body ? `${JSON.stringify(body)}\n` : '',
  stderr: '',
  exit: 0,
});

/** A no in every way a host can be told one: its JSON, words on stderr, exit 2. */
export const denial = (why: string, body?: object): Answer => ({
  ...answer(body),
  stderr: `${why}\n`,
  exit: 2,
});

/** Members in order, so that two values are the same text exactly when they hold the same. */
export const canonical = (value: Json): string =>
  JSON.stringify(value, (_, one: unknown) =>
    isMembers(one)
      ? Object.fromEntries(Object.entries(one).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  );

/** Text of a result, for hosts that take nothing else back. */
export const textOf = (result: Json): string =>
  typeof result === 'string' ? result : JSON.stringify(result);
