import {
  questionOf,
  sha256,
  type Clock,
  type Directory,
  type Facts,
  type Inspectable,
  type Judge,
  type Judgement,
  type Question,
} from '@countersign/core';
import { factsOf, MCP_SERVER, TOOL_CALL, type McpParts, type Tool } from '@countersign/gate-mcp';
import type { PolicySet } from '@countersign/policy';

type Policy = PolicySet['policies'][number];

export type CallableParts = {
  readonly judge: Judge;
  readonly policies: () => PolicySet;
  readonly directory: () => Directory;
  readonly clock: Clock;
  readonly timeZone: string;
  readonly find: McpParts['tools']['find'];
};

const MOST = 1_000;
const GRADES: readonly Inspectable[] = ['full', 'partial', 'none'];
const RESOURCE = `Countersign::${MCP_SERVER}`;
const ACTION = `Countersign::Action::${JSON.stringify(TOOL_CALL)}`;

/**
 * What differs from call to call. A policy that looks at none of it says the same of every call of a tool; of one that does,
 * nothing is concluded, and the tool is listed.
 */
const VARIES = ['fields', 'values', 'bytes', 'conforms'];
const VARIES_IN_BASE = ['now', 'local', 'onBehalfOf', 'killSwitch'];

/**
 * Which tools policy does not deny an agent whatever the arguments are. Asked of policy itself, once per agent, policy set and
 * listing. Only for lists: each call is judged as it comes.
 */
export function createCallable(parts: CallableParts): Pick<McpParts, 'callable' | 'mayAsk'> {
  const known = new Map<string, Promise<ReadonlySet<string>>>();
  return {
    callable: (agent, server, tools) => {
      const set = parts.policies();
      const ask = asking(parts, agent, server);
      if (!ask) return Promise.resolve(new Set());
      const pins = tools.map(({ pin }) => pin);
      const key = sha256(
        JSON.stringify([set.digest, agent, server, ask({}, 'full').entities, pins]),
      );
      const before = known.get(key);
      if (before) return before;
      const found = shown(parts, set, ask, tools);
      known.set(key, found);
      const [oldest] = known.keys();
      if (known.size > MOST && oldest !== undefined) known.delete(oldest);
      return found;
    },
    mayAsk: (server) =>
      parts
        .policies()
        .policies.some(
          (policy) =>
            (policy.kind === 'review' || policy.kind === 'confirm') &&
            !policy.isShadow &&
            mayReach(parts.policies(), policy, server),
        ),
  };
}

type Ask = (facts: Facts, grade: Inspectable) => Question;

/** What policy is asked about this agent and server; a stop is for now, so the list stays and the calls are refused. */
function asking(
  { directory, clock, timeZone }: CallableParts,
  agent: string,
  server: string,
): Ask | undefined {
  const now = directory();
  const known = now.agent(agent);
  if (!known) return undefined;
  const matter = {
    lineage: { agent, owner: known.owner, editors: [], delegators: known.delegators },
    judgedAs: TOOL_CALL,
    resource: { type: MCP_SERVER, id: server },
  };
  const running = { ...now, isKilled: () => false };
  return (facts, inspectable) =>
    questionOf({ ...matter, facts, inspectable }, running, clock(), timeZone);
}

async function shown(
  parts: CallableParts,
  set: PolicySet,
  ask: Ask,
  tools: readonly Tool[],
): Promise<ReadonlySet<string>> {
  const hidden = await Promise.all(tools.map((tool) => isHidden(parts, set, ask, tool)));
  return new Set(tools.flatMap(({ name }, i) => (hidden[i] ? [] : [name])));
}

/** Denied however well the gate understands the call, and by policies that look at nothing that varies. */
async function isHidden(
  { judge, find }: CallableParts,
  set: PolicySet,
  ask: Ask,
  tool: Tool,
): Promise<boolean> {
  const facts = { ...factsOf(tool, {}, find).facts, conforms: true };
  for (const grade of GRADES)
    if (!isCertain(set, tool.server, await judge.judge(ask(facts, grade)))) return false;
  return true;
}

function isFixed({ look }: Pick<Policy, 'look'>): boolean {
  const base = look.members?.get('base');
  const isSeen = (of: Policy['look'] | undefined, names: readonly string[]): boolean =>
    of?.isWhole === true || names.some((name) => of?.members?.has(name));
  return !isSeen(look, VARIES) && !isSeen(base, VARIES_IN_BASE);
}

function isCertain(set: PolicySet, server: string, { code, matched }: Judgement): boolean {
  if (code === 'forbidden')
    return set.policies.some((policy) => matched.forbid.includes(policy.id) && isFixed(policy));
  if (code !== 'no-permit') return false;
  return set.policies
    .filter((policy) => policy.kind === 'permit' && mayReach(set, policy, server))
    .every(isFixed);
}

/** Whether a policy's scope leaves room for a call to this server. */
function mayReach(set: PolicySet, { scope }: Policy, server: string): boolean {
  const groups = set.index.actions[ACTION]?.within ?? [ACTION];
  if (scope.actions && !scope.actions.some((one) => groups.includes(one))) return false;
  const { is, equals } = scope.resource;
  return (
    (is === undefined || is === RESOURCE) &&
    (equals === undefined || (equals.type === RESOURCE && equals.id === server))
  );
}
