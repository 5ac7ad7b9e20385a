import type { Json } from '@countersign/core';
import { isMembers, textIn, type HookEvent, type Members } from '../event.ts';
import type { Host } from '../host.ts';

/** Which of a host's events are which. */
export type Names = Readonly<Record<string, HookEvent['kind']>>;

const FAILED = /Failure$/;

/** An event in the snake-case shape that most hosts share; undefined when it is none. */
export function readSnake(host: Host, names: Names, given: Members): HookEvent | undefined {
  const name = textIn(given, 'hook_event_name') ?? '';
  const kind = Object.hasOwn(names, name) ? names[name] : undefined;
  const [session, tool, cwd] = ['session_id', 'tool_name', 'cwd'].map((key) => textIn(given, key));
  const input = given['tool_input'];
  if (!kind || !session || !tool || !cwd || !isMembers(input)) return undefined;
  const callId = textIn(given, 'tool_use_id');
  return {
    kind,
    host,
    name,
    session,
    tool,
    cwd,
    input,
    ...(callId === undefined ? {} : { callId }),
    ...(kind === 'after' ? resultIn(given, FAILED.test(name)) : {}),
  };
}

/** What an event says of how the tool ended. */
function resultIn(given: Members, isFailed: boolean): { result?: Json; isFailed: boolean } {
  const result = given['tool_response'] ?? given['tool_result'] ?? given['error'];
  return { ...(result === undefined ? {} : { result }), isFailed };
}
