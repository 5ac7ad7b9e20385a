import type { ActionStatus } from '../action.ts';
import type { Standing } from './ask-first.ts';
import { renderDenial } from './denial.ts';

/** What the Agents SDK hands to a tool beside its input. */
export type RunContext = { readonly context?: unknown };

/** How the calls of a guarded tool are asked for again, by the `needsApproval` that the made tool carries. */
export const asking: WeakMap<object, Ask> = new WeakMap();
type Ask = (context: RunContext, raw: string, call: string | undefined) => Promise<Standing>;

type Interruption = {
  readonly name?: string | undefined;
  readonly arguments?: string | undefined;
  readonly rawItem: object;
  readonly agent: { readonly tools: readonly object[] };
};

/** A paused run, as the Agents SDK has it: `result.state`, or one restored from its string. */
type Paused<I> = {
  readonly getInterruptions: () => I[];
  readonly approve: (item: I) => void;
  readonly reject: (item: I, options: { message: string }) => void;
};

/** What became of the interruptions of a run: go on with it once none is pending. */
export type SettledRun = {
  readonly settled: number;
  /** Nobody has decided about these yet. */
  readonly pending: readonly ActionStatus[];
};

/** Answers those interruptions of a paused run that are decided; leaves those that are not, or are not guarded here. */
export async function settleInterruptions<I extends Interruption>(
  state: Paused<I>,
  context: RunContext = {},
): Promise<SettledRun> {
  const pending: ActionStatus[] = [];
  let settled = 0;
  for (const item of state.getInterruptions()) {
    const standing = await standingOf(item, context);
    if (standing?.standing === 'pending') pending.push(standing.status);
    // INVARIANT: for this one call; never `alwaysApprove`, which holds for other arguments too
    if (standing?.standing === 'ready') state.approve(item);
    if (standing?.standing === 'not-executed')
      state.reject(item, { message: renderDenial(standing.denial) });
    if (standing !== undefined && standing.standing !== 'pending') settled++;
  }
  return { settled, pending };
}

async function standingOf(item: Interruption, context: RunContext): Promise<Standing | undefined> {
  const { callId } = item.rawItem as { readonly callId?: string };
  for (const tool of item.agent.tools) {
    const { name, needsApproval } = tool as { name?: string; needsApproval?: object };
    const ask = name === item.name && needsApproval ? asking.get(needsApproval) : undefined;
    if (ask) return ask(context, item.arguments ?? '{}', callId);
  }
  return undefined;
}

type Agent = {
  readonly name: string;
  readonly tools: readonly object[];
  readonly mcpServers?: readonly object[];
  readonly handoffs?: readonly object[];
};

/** Throws for an agent, or one it hands off to, that has a tool without a guard; `except` names those that need none. */
export function requireGuarded(
  agent: Agent,
  { except = [] }: { except?: readonly string[] } = {},
): void {
  const seen = new Set<Agent>();
  const look = (one: Agent): void => {
    if (seen.has(one)) return;
    seen.add(one);
    const loose = one.tools.filter((tool) => !isGuarded(tool)).map(nameOf);
    const bare = loose.filter((name) => !except.includes(name));
    if (bare.length > 0)
      throw new TypeError(`tools of \`${one.name}\` without a guard: \`${bare.join('`, `')}\``);
    if ((one.mcpServers ?? []).length > 0)
      throw new TypeError(
        `\`${one.name}\` reaches MCP servers past the guard; put the MCP gate in front`,
      );
    for (const next of one.handoffs ?? []) look(('agent' in next ? next.agent : next) as Agent);
  };
  look(agent);
}

const isGuarded = (tool: object): boolean => {
  const { needsApproval } = tool as { needsApproval?: object };
  return needsApproval !== undefined && asking.has(needsApproval);
};

const nameOf = (tool: object): string => String((tool as { name?: unknown }).name);
