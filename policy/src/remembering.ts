import type { Asker } from './asker.ts';
import type { Call } from './encode.ts';
import type { PolicySet } from './policy-set.ts';
import type { Answer } from './verdict.ts';

const MOST = 4_096;
const WORD = /[A-Za-z_]\w*/g;
const IS_WORD = /^[A-Za-z_]\w*$/;
/** `context` or `base` as a whole, not one member of it. */
const WHOLE = {
  context: /\bcontext\b(?!\s*\.|\s+has\b)/,
  base: /\bbase\b(?!\s*\.|\s+has\b)/,
} as const;

type Value = Call['context'][string];

/**
 * An asker that gives the answer it had before where nothing differs that a policy could look at. Policy is a pure function of
 * the question, and no policy looks at what none names: of such a fact only the type counts, which the schema is held against.
 * So an answer is never a guess, and never old: another set is another asker.
 */
export function createRemembering(asker: Asker, set: Pick<PolicySet, 'policies'>): Asker {
  const look = looksOf(set);
  if (!look) return asker;
  const known = new Map<string, Answer>();
  return {
    ...asker,
    ask: async (call) => {
      const key = keyOf(call, look);
      const before = known.get(key);
      if (before) return before;
      const answer = await asker.ask(call);
      // what erred or trapped is asked anew: only an answer is one
      if (answer.type !== 'answered' || answer.erred.length > 0) return answer;
      known.set(key, answer);
      const [oldest] = known.keys();
      if (known.size > MOST && oldest !== undefined) known.delete(oldest);
      return answer;
    },
  };
}

/** What policies of a set look at. */
type Looks = {
  /** Every word that stands in them, comments and strings included: more than they name, never less. */
  readonly words: ReadonlySet<string>;
  /** Whether some policy takes `context.base` as a whole. */
  readonly isBaseWhole: boolean;
};

/** Undefined where it cannot be said: a policy takes the context as a whole, or may write a name with escapes. */
function looksOf({ policies }: Pick<PolicySet, 'policies'>): Looks | undefined {
  const words = new Set<string>();
  let isBaseWhole = false;
  for (const { source } of policies) {
    if (source.includes('\\') || WHOLE.context.test(source)) return undefined;
    isBaseWhole ||= WHOLE.base.test(source);
    for (const [word] of source.matchAll(WORD)) words.add(word);
  }
  return { words, isBaseWhole };
}

function keyOf({ principal, action, resource, entities, context }: Call, look: Looks): string {
  const seen: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(context))
    seen[name] =
      name === 'base' && !look.isBaseWhole && isRecord(value)
        ? members(value, look.words)
        : isNamed(name, look.words)
          ? value
          : typeOf(value);
  return JSON.stringify([principal.id, action.id, resource.type, resource.id, entities, seen]);
}

const members = (record: { [name: string]: Value }, words: ReadonlySet<string>): unknown =>
  Object.entries(record).map(([name, value]) => [
    name,
    isNamed(name, words) ? value : name === 'now' ? null : typeOf(value),
  ]);

/** INVARIANT: a name that is no single word, such as `data-class`, cannot be found among words, so it always counts. */
const isNamed = (name: string, words: ReadonlySet<string>): boolean =>
  !IS_WORD.test(name) || words.has(name);

const isRecord = (value: Value): value is { [name: string]: Value } =>
  typeof value === 'object' && !Array.isArray(value);

/** A value as the schema sees it; entities and extension values whole, since not every one of them is valid. */
function typeOf(value: Value): unknown {
  if (Array.isArray(value)) return [...new Set(value.map((one) => JSON.stringify(typeOf(one))))];
  if (!isRecord(value)) return typeof value;
  if ('__entity' in value || '__extn' in value) return value;
  return Object.entries(value).map(([name, member]) => [name, typeOf(member)]);
}
