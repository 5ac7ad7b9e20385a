import type { Cedar } from './cedar.ts';
import type { Call } from './encode.ts';
import { freshCedar } from './load.ts';
import type { PolicySet } from './policy-set.ts';
import { createSlices, type Slices } from './slices.ts';
import type { Answer } from './verdict.ts';

const SCHEMA = 'schema';
/** A question that trapped twice is never put to an instance again. */
const MAX_TRAPS = 2;
const MAX_REMEMBERED = 1_024;
const TRAPPED: Answer = { type: 'trapped' };

/** What an engine needs of a set. */
export type Rules = Pick<PolicySet, 'schema' | 'index'> & {
  readonly policies: readonly Pick<PolicySet['policies'][number], 'id' | 'matchSource' | 'scope'>[];
};

/** One Cedar instance holding one set, on the thread that made it. Asking never throws. */
export type Engine = {
  readonly ask: (call: Call) => Answer;
  /** How often the instance was replaced after a trap. */
  readonly recycled: () => number;
};

/** Makes an engine; `load` gives a fresh instance, here and after each trap. */
export function createEngine(rules: Rules, load: () => Cedar = freshCedar): Engine {
  const sources = new Map(rules.policies.map(({ id, matchSource }) => [id, matchSource]));
  const slices = createSlices(rules);
  const traps = new Map<string, number>();
  let instance: Instance | undefined;
  let recycles = 0;

  const recycle = (): void => {
    instance = undefined; // a trapped instance never answers again
    recycles += 1;
    try {
      instance = openInstance(rules, sources, load);
    } catch {
      // the next question tries again; until one succeeds every answer is a denial
    }
  };
  const ask = (call: Call): Answer => {
    const question = traps.size > 0 ? JSON.stringify(call) : '';
    if ((traps.get(question) ?? 0) >= MAX_TRAPS) return TRAPPED;
    if (!instance) recycle();
    if (!instance) return TRAPPED;
    try {
      const answer = instance.ask(call, slices);
      traps.delete(question);
      return answer;
    } catch {
      const trapper = JSON.stringify(call);
      if (traps.size < MAX_REMEMBERED) traps.set(trapper, (traps.get(trapper) ?? 0) + 1);
      recycle();
      return TRAPPED;
    }
  };
  instance = openInstance(rules, sources, load); // at the start there is nothing to fall back on: it throws
  return { ask, recycled: () => recycles };
}

type Instance = { readonly ask: (call: Call, slices: Slices) => Answer };

function openInstance(
  rules: Rules,
  sources: ReadonlyMap<string, string>,
  load: () => Cedar,
): Instance {
  const cedar = load();
  if (cedar.preparseSchema(SCHEMA, rules.schema).type !== 'success') throw new Error('schema');
  const names = new Map<readonly string[], string>();

  const nameOf = (slice: readonly string[]): string => {
    const known = names.get(slice);
    if (known !== undefined) return known;
    const name = `slice-${names.size}`;
    const staticPolicies = Object.fromEntries(slice.map((id) => [id, sources.get(id) ?? '']));
    if (cedar.preparsePolicySet(name, { staticPolicies }).type !== 'success')
      throw new Error('slice');
    names.set(slice, name);
    return name;
  };
  return {
    ask(call, slices) {
      const slice = slices.sliceFor(call);
      if (!slice) return { type: 'invalid' };
      const answer = cedar.statefulIsAuthorized({
        principal: call.principal,
        action: call.action,
        resource: call.resource,
        context: call.context,
        entities: call.entities as Parameters<Cedar['statefulIsAuthorized']>[0]['entities'],
        preparsedPolicySetId: nameOf(slice),
        preparsedSchemaName: SCHEMA,
        validateRequest: true,
      });
      // the engine's text echoes the facts; it goes nowhere (H16)
      if (answer.type === 'failure') return { type: 'invalid' };
      const { decision, diagnostics } = answer.response;
      // INVARIANT: with every effect a forbid, nothing can be allowed
      if (decision !== 'deny') return TRAPPED;
      return {
        type: 'answered',
        matched: diagnostics.reason.toSorted(),
        erred: diagnostics.errors.map(({ policyId }) => policyId).toSorted(),
      };
    },
  };
}
