import type { Json } from '@countersign/core';
import {
  answer,
  denial,
  isMembers,
  objectIn,
  textIn,
  type Dialect,
  type HookEvent,
  type Members,
  type Rewrites,
} from '../event.ts';

const KINDS: Readonly<Record<string, HookEvent['kind']>> = {
  preToolUse: 'before',
  beforeShellExecution: 'before',
  beforeMCPExecution: 'before',
  postToolUse: 'after',
  postToolUseFailure: 'after',
  afterShellExecution: 'after',
  afterMCPExecution: 'after',
};

/** Cursor. `preToolUse` comes in addition to `before…`: `install` registers it alone. */
export const cursor: Dialect = {
  read,
  write: ({ kind, name }, verdict) => {
    switch (verdict.is) {
      case 'pass':
        return answer(kind === 'after' ? {} : { permission: 'allow' });
      case 'allow':
        return answer({
          permission: 'allow',
          ...(name === 'preToolUse' ? { updated_input: verdict.input } : {}),
        });
      case 'defer':
      case 'deny':
        return denial(verdict.why, {
          permission: 'deny',
          user_message: verdict.why,
          agent_message: verdict.why,
        });
      case 'masked':
        return answer({ updated_mcp_tool_output: verdict.result });
    }
  },
  rewrites: ({ name, tool }) => (name === 'preToolUse' ? takenOf(tool) : 'never'),
};

/** INVARIANT: of its own tools Cursor takes these members back and no other, without a word: a file's content stays the agent's. */
const TAKEN: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ['Shell', ['command', 'cwd']],
  ['Grep', ['pattern', 'file_path']],
  ['Fetch', ['url']],
  ['Read', ['file_path']],
  ['Write', ['file_path']],
  ['Delete', ['file_path']],
]);

const takenOf = (tool: string): Rewrites =>
  /^MCP:/i.test(tool) ? 'merges' : (TAKEN.get(tool) ?? 'never');

function read(given: Members): HookEvent | undefined {
  const name = textIn(given, 'hook_event_name') ?? '';
  const kind = Object.hasOwn(KINDS, name) ? KINDS[name] : undefined;
  const session = textIn(given, 'conversation_id');
  const used = usedIn(name, given);
  const roots = given['workspace_roots'];
  const cwd = textIn(given, 'cwd') ?? (Array.isArray(roots) ? roots[0] : undefined);
  if (!kind || !session || !used || typeof cwd !== 'string') return undefined;
  const callId = textIn(given, 'tool_use_id');
  return {
    kind,
    host: 'cursor',
    name,
    session,
    cwd,
    ...used,
    ...(callId === undefined ? {} : { callId }),
    ...(kind === 'after' ? resultIn(name, given) : {}),
  };
}

function usedIn(name: string, given: Members): Pick<HookEvent, 'tool' | 'input'> | undefined {
  if (name.endsWith('ShellExecution')) {
    const command = textIn(given, 'command');
    return command === undefined ? undefined : { tool: 'Shell', input: { command } };
  }
  const tool = textIn(given, 'tool_name');
  const input = given['tool_input'];
  if (tool === undefined || input === undefined) return undefined;
  // ATTACKER: arguments as text may hold a member twice; the text itself is what is approved then
  const members = isMembers(input) ? input : { text: input };
  return { tool: name.endsWith('MCPExecution') ? `MCP:${tool}` : tool, input: members };
}

function resultIn(name: string, given: Members): { result?: Json; isFailed: boolean } {
  const result =
    given['tool_output'] ?? given['output'] ?? given['result_json'] ?? given['error_message'];
  const isFailed = name === 'postToolUseFailure';
  // an MCP result comes as text of JSON, and is taken back as what it is
  const shaped = /^MCP:/i.test(textIn(given, 'tool_name') ?? '') ? objectIn(result) : undefined;
  return { ...(result === undefined ? {} : { result: shaped ?? result }), isFailed };
}
