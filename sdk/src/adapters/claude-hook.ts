import type { GuardedTool } from './guarded-tool.ts';
import { refused } from './guarded-function.ts';
import { validated, type Parsing } from './validated.ts';

/** How a tool is guarded in this host, which runs the tools itself. */
export type ClaudeGuard<I = never> = Omit<GuardedTool<I, unknown>, 'nothingHappened'> & {
  /** Reads what the model wrote, where the tool has a schema; else its input is proposed as it is. */
  readonly parameters?: Parsing<I>;
  /** Its errors are results, as those of `Bash`: then it `failed`. Else nobody knows what an error leaves behind. */
  readonly endsWithErrors?: boolean;
};

/** Which tools are guarded, by the host's names of them. One that is not here cannot be used at all. */
export type ClaudeGuards = Readonly<Record<string, ClaudeGuard | 'unguarded'>>;

/** What the host tells a hook, as far as a guard needs to know it. */
export type HookInput = {
  readonly hook_event_name: string;
  readonly session_id: string;
  readonly agent_id?: string;
  readonly agent_type?: string;
  readonly tool_name?: string;
  readonly tool_input?: unknown;
  readonly tool_use_id?: string;
  readonly tool_response?: unknown;
  readonly error?: unknown;
  readonly is_interrupt?: boolean;
};

/** What a hook answers: nothing, a decision before a tool runs, or something for the model to know after it failed. */
export type HookAnswer = {
  hookSpecificOutput?:
    | {
        hookEventName: 'PreToolUse';
        permissionDecision: 'allow' | 'deny';
        permissionDecisionReason?: string;
        updatedInput?: Record<string, unknown>;
      }
    | { hookEventName: 'PostToolUseFailure'; additionalContext: string };
};

type Hook = (
  input: HookInput,
  toolUseId: string | undefined,
  options: { signal: AbortSignal },
) => Promise<HookAnswer>;

/** Hooks of one event, as the host takes them; `timeout` in seconds. */
export type Matcher = { hooks: Hook[]; timeout: number; onFailure: 'block' | 'continue' };

/** Lets a tool run, with these arguments and no other ones (R3). */
export const allowed = (stored: object): HookAnswer => ({
  hookSpecificOutput: {
    hookEventName: 'PreToolUse',
    permissionDecision: 'allow',
    updatedInput: { ...stored },
  },
});

/** Does not let it run, and says why to the model. */
export const denied = (why: string): HookAnswer => ({
  hookSpecificOutput: {
    hookEventName: 'PreToolUse',
    permissionDecision: 'deny',
    permissionDecisionReason: why,
  },
});

/** The guard of a tool; undefined for one that nobody thought of, which then does not run (R2). */
export const guardOf = (guards: ClaudeGuards, name: string): ClaudeGuards[string] | undefined =>
  Object.hasOwn(guards, name) ? guards[name] : undefined;

/** What a model is told of a tool without a guard. */
export const noGuard = (name: string): string =>
  refused('unknown-tool', `no guard is set for the tool \`${name}\``).text;

/** The input of a call as its tool reads it, or what the model is told where it cannot be read. */
export async function readInput(
  { parameters }: ClaudeGuard,
  raw: unknown,
): Promise<{ readonly input: object } | { readonly refused: string }> {
  try {
    const input = parameters === undefined ? raw : await validated(parameters, raw);
    if (typeof input === 'object' && input !== null) return { input };
    return { refused: refused('invalid-arguments', 'the input is not an object').text };
  } catch (error) {
    return { refused: refused('invalid-arguments', String(error)).text };
  }
}

/** Where a call comes from: the session, and the subagent in it, which is the host's word and no proof. */
export const originOf = (
  { session_id: id, agent_id, agent_type = 'a subagent' }: HookInput,
  { session, claim }: ClaudeGuard,
): { session?: { id: string }; claim?: string } => ({
  // INVARIANT: what the application says of a session, who started it above all (R5), is not overwritten
  ...(session === undefined ? { session: { id } } : {}),
  ...(agent_id === undefined || claim !== undefined
    ? {}
    : { claim: `made by ${agent_type} (${agent_id})` }),
});
