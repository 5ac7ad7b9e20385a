import type { Asker } from './asker.ts';
import { uidText } from './cedar.ts';
import type { Call } from './encode.ts';
import { together, type Look } from './looks.ts';
import type { PolicySet } from './policy-set.ts';
import { seen } from './seen.ts';
import type { Answer } from './verdict.ts';

const MOST = 4_096;

/**
 * An asker that gives the answer it had before where nothing differs that a policy could look at. Policy is a pure function of
 * the question, and of what no policy of the action looks at only the type counts, which the schema is held against. So an
 * answer is never a guess, and never old: another set is another asker.
 */
export function createRemembering(asker: Asker, set: Pick<PolicySet, 'policies' | 'index'>): Asker {
  const known = new Map<string, Answer>();
  const looks = new Map<string, Look>();
  const tokens = createTokens();
  const lookFor = (call: Call): Look => {
    const action = uidText(call.action);
    const before = looks.get(action);
    if (before) return before;
    const groups = set.index.actions[action]?.within;
    const reaching = set.policies.filter(
      ({ scope: { actions } }) =>
        !groups || !actions || actions.some((one) => groups.includes(one)),
    );
    const look = together(reaching.map((policy) => policy.look));
    if (groups) looks.set(action, look); // what the schema does not name is anybody's, and without bound
    return look;
  };
  return {
    ...asker,
    ask: async (call) => {
      const look = lookFor(call);
      if (look.isWhole === true) return asker.ask(call);
      const key = keyOf(call, look, tokens);
      const before = known.get(key);
      if (before) return before;
      const answer = await asker.ask(call);
      // what erred or trapped is asked anew: only an answer is one
      if (answer.type !== 'answered' || answer.erred.length > 0) return answer;
      known.set(key, answer);
      forgetOldest(known);
      return answer;
    },
  };
}

type Tokens = (entities: Call['entities']) => number;

/** A number for each list of entities that reads differently: the lists are long, and most calls share one. */
function createTokens(): Tokens {
  const byText = new Map<string, number>();
  const byList = new WeakMap<Call['entities'], number>();
  let last = 0;
  return (entities) => {
    const known = byList.get(entities);
    if (known !== undefined) return known;
    const text = JSON.stringify(entities);
    const token = byText.get(text) ?? ++last; // INVARIANT: no number is given twice, also when its text is forgotten
    byText.set(text, token);
    byList.set(entities, token);
    forgetOldest(byText);
    return token;
  };
}

function forgetOldest(map: Map<string, unknown>): void {
  if (map.size <= MOST) return;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}

const keyOf = (
  { principal, action, resource, entities, context }: Call,
  look: Look,
  tokens: Tokens,
): string =>
  JSON.stringify([principal.id, action.id, resource.type, resource.id, tokens(entities)]) +
  seen(context, look);
