import { fingerprintAction, type Action } from '../action/action.ts';
import type { Arguments } from '../action/schema.ts';
import { canonical } from '../canonical.ts';
import type { Json } from '../json.ts';

/** What one argument may be. Typed: a prefix is of a string, a ceiling of a number. */
export type Matcher =
  | { readonly equals: Json }
  | { readonly oneOf: readonly Json[] }
  | { readonly prefix: string }
  | { readonly atMost: number };

/** What an argument that is named may be; every other one must be what it was. Nothing named: exactly that action again. */
export type Scope = Readonly<Record<string, Matcher>>;

const MOST_NAMED = 32;
const MOST_VALUES = 100;

/** Why a scope is none for this action; it must at least cover the action it was made from. */
export function whyNotScope(scope: Scope, { arguments: bound }: Action): string | undefined {
  const named = Object.entries(scope);
  if (named.length > MOST_NAMED) return `names more than ${MOST_NAMED} arguments`;
  for (const [name, matcher] of named) {
    const value = Object.hasOwn(bound, name) ? bound[name] : undefined;
    if (value === undefined) return `\`${name}\` is no argument of this action`;
    const wrong = whyNotMatcher(matcher, value);
    if (wrong !== undefined) return `\`${name}\` ${wrong}`;
  }
  return undefined;
}

function whyNotMatcher(matcher: Matcher, value: Json): string | undefined {
  if ('prefix' in matcher && typeof value !== 'string') return 'is no text: it has no prefix';
  if ('prefix' in matcher && matcher.prefix === '') return 'is given an empty prefix';
  if ('atMost' in matcher && typeof value !== 'number') return 'is no number: it has no ceiling';
  if ('oneOf' in matcher && matcher.oneOf.length > MOST_VALUES)
    return `may be one of ${MOST_VALUES} values at most`;
  return isMatch(matcher, value) ? undefined : 'is not what it was in the action this comes from';
}

/** Whether the arguments that are named are what they may be. */
export const isWithin = (scope: Scope, bound: Arguments): boolean =>
  Object.entries(scope).every(([name, matcher]) => {
    const value = Object.hasOwn(bound, name) ? bound[name] : undefined;
    return value !== undefined && isMatch(matcher, value);
  });

const isSame = (a: Json, b: Json): boolean => canonical(a) === canonical(b);

function isMatch(matcher: Matcher, value: Json): boolean {
  if ('equals' in matcher) return isSame(matcher.equals, value);
  if ('oneOf' in matcher) return matcher.oneOf.some((one) => isSame(one, value));
  if ('prefix' in matcher) return typeof value === 'string' && value.startsWith(matcher.prefix);
  return typeof value === 'number' && value <= matcher.atMost;
}

/**
 * Keyed fingerprint of all that must be the same: agent, its people, type, resource, credential, and every argument that is
 * not named. Who edited the action it comes from is no part of it: the agent proposes the next one itself.
 */
export function fingerprintWithout(
  names: readonly string[],
  { lineage, ...action }: Action,
  key: Uint8Array,
): string {
  const rest = Object.fromEntries(
    Object.entries(action.arguments).filter(([name]) => !names.includes(name)),
  );
  return fingerprintAction(
    { ...action, arguments: rest, lineage: { ...lineage, editors: [] } },
    key,
  );
}
