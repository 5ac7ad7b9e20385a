import type { Report } from './action.ts';
import {
  allowed,
  denied,
  guardOf,
  noGuard,
  originOf,
  readInput,
  type ClaudeGuard,
  type ClaudeGuards,
  type HookInput,
  type Matcher,
} from './adapters/claude-hook.ts';
import { denialOf, renderDenial } from './adapters/denial.ts';
import { refused } from './adapters/guarded-function.ts';
import { summaryOf } from './execute.ts';
import type { GuardedTool } from './adapters/guarded-tool.ts';
import { releaseCall } from './adapters/release-call.ts';
import type { Client } from './client.ts';
import { OutcomeUnknown } from './errors.ts';

export type { ClaudeGuard, ClaudeGuards } from './adapters/claude-hook.ts';

/** For the option `hooks` of `query()`; add hooks of your own after these. */
export type ClaudeHooks = {
  PreToolUse: Matcher[];
  PostToolUse: Matcher[];
  PostToolUseFailure: Matcher[];
};

const WAIT_MS = 600_000;
/** What asking, an absent gateway and redeeming may take beside waiting for people. */
const BESIDE_MS = 240_000;

type Started = { readonly actionId: string; readonly guard: ClaudeGuard };

/** Hooks that let a tool run only once the gateway released the call, with the stored arguments, and report how it ended. */
export function guardHooks(client: Client, guards: ClaudeGuards): ClaudeHooks {
  const started = new Map<string, Started>();
  const take = (input: HookInput): Started | undefined => {
    const one = started.get(nameOf(input));
    started.delete(nameOf(input));
    return one;
  };
  const before: Matcher['hooks'][number] = async (input, _, { signal }) => {
    const { tool_name: name = '', tool_use_id: call, session_id: run } = input;
    const guard = guardOf(guards, name);
    if (guard === 'unguarded') return {};
    if (guard === undefined || call === undefined) return denied(noGuard(name));
    try {
      const read = await readInput(guard, input.tool_input);
      if ('refused' in read) return denied(read.refused);
      const tool = { waitMs: WAIT_MS, ...guard } as GuardedTool<object, unknown>;
      const named = { host: 'claude-agent-sdk', run, call, signal, ...originOf(input, guard) };
      const release = await releaseCall(client, tool, { ...named, input: read.input });
      if ('denial' in release) return denied(renderDenial(release.denial));
      started.set(nameOf(input), { actionId: release.released.actionId, guard });
      return allowed(release.released.arguments);
    } catch (error) {
      // R2: whatever went wrong, the tool does not run, and the model is told
      return denied(refused('guard-failed', textOf(error)).text);
    }
  };
  const report = async (actionId: string, how: Report): Promise<void> =>
    void (await client.report(actionId, how));
  const after: Matcher['hooks'][number] = async (input) => {
    const one = take(input);
    const { summarize } = one?.guard ?? {};
    if (one)
      await report(one.actionId, {
        outcome: 'executed',
        ...summaryOf(input.tool_response, summarize),
      });
    return {};
  };
  const afterFailure: Matcher['hooks'][number] = async (input) => {
    const one = take(input);
    if (!one) return {};
    if (one.guard.endsWithErrors === true && input.is_interrupt !== true) {
      await report(one.actionId, { outcome: 'failed' });
      return {};
    }
    // no report: the gateway makes it `unknown` at the deadline (R4)
    const unknown = new OutcomeUnknown(`\`${input.tool_name}\` began and failed; do not repeat it`);
    const additionalContext = renderDenial(denialOf(unknown));
    return { hookSpecificOutput: { hookEventName: 'PostToolUseFailure', additionalContext } };
  };
  const waits = Object.values(guards).map((one) =>
    one === 'unguarded' ? 0 : (one.waitMs ?? WAIT_MS),
  );
  const timeout = Math.ceil((Math.max(0, ...waits) + BESIDE_MS) / 1000);
  return {
    // INVARIANT: no matcher, so nothing passes by; `block`, so a hook that breaks lets nothing run
    PreToolUse: [{ hooks: [before], timeout, onFailure: 'block' }],
    PostToolUse: [{ hooks: [after], timeout, onFailure: 'continue' }],
    PostToolUseFailure: [{ hooks: [afterFailure], timeout, onFailure: 'continue' }],
  };
}

const nameOf = ({ session_id, tool_use_id }: HookInput): string => `${session_id} ${tool_use_id}`;

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

type Permission =
  | { behavior: 'deny'; message: string }
  | { behavior: 'allow'; updatedInput?: Record<string, unknown> };
type CanUseTool<O, P> = (name: string, input: Record<string, unknown>, options: O) => Promise<P>;

/** For the option `canUseTool`: asks `show` about tools that are not guarded, and never opens one that is. */
export const guardCanUseTool =
  <O, P extends { behavior: string } | null>(
    guards: ClaudeGuards,
    show: CanUseTool<O, P>,
  ): CanUseTool<O, P | Permission> =>
  async (name, input, options) => {
    if (guardOf(guards, name) !== 'unguarded')
      return { behavior: 'deny', message: `NOT EXECUTED: \`${name}\` is decided by its guard` };
    const said = await show(name, input, options);
    if (said === null || said.behavior !== 'allow') return said;
    // ATTACKER: a rule added here would open the tool, or another one, for calls that nobody looks at
    const { updatedPermissions: _, ...once } = said as P & { updatedPermissions?: unknown };
    return once as P;
  };
