import type { Json } from '@countersign/core';
import {
  answer,
  denial,
  isMembers,
  objectIn,
  textIn,
  textOf,
  type Dialect,
  type HookEvent,
  type Members,
} from '../event.ts';
import { readSnake } from './snake.ts';

const NAMES = { PreToolUse: 'before', PostToolUse: 'after', PostToolUseFailure: 'after' } as const;
const CAMEL: Readonly<Record<string, HookEvent['kind']>> = {
  preToolUse: 'before',
  postToolUse: 'after',
  postToolUseFailure: 'after',
};

/** Copilot CLI and cloud agent, in both shapes: camel case without the event's name, and that of Claude Code. */
export const copilot: Dialect = {
  read: (given, event) =>
    given['hook_event_name'] === undefined
      ? readCamel(given, event)
      : readSnake('copilot', NAMES, given),
  write: (event, verdict) => {
    const decision = (permissionDecision: string, why: string, more: object = {}) =>
      inShape(event, { permissionDecision, permissionDecisionReason: why, ...more });
    switch (verdict.is) {
      case 'pass':
        return answer({});
      case 'allow':
        return answer(decision('allow', verdict.why, { modifiedArgs: verdict.input }));
      case 'defer':
      case 'deny':
        return denial(verdict.why, event.kind === 'before' ? decision('deny', verdict.why) : {});
      case 'masked':
        return answer({ modifiedResult: verdict.result });
    }
  },
  rewrites: () => 'replaces',
};

/** In the other shape the same stands where Claude Code has it, too. */
const inShape = ({ name }: HookEvent, body: object): object =>
  Object.hasOwn(NAMES, name)
    ? { ...body, hookSpecificOutput: { hookEventName: name, ...body } }
    : body;

function readCamel(given: Members, event?: string): HookEvent | undefined {
  const result = given['toolResult'] ?? given['error'];
  const name = event ?? (result === undefined ? 'preToolUse' : 'postToolUse');
  const kind = Object.hasOwn(CAMEL, name) ? CAMEL[name] : undefined;
  const [session, tool, cwd] = ['sessionId', 'toolName', 'cwd'].map((key) => textIn(given, key));
  const input = objectIn(given['toolArgs']);
  if (!kind || !session || !tool || !cwd || !input) return undefined;
  const callId = textIn(given, 'toolCallId');
  return {
    kind,
    host: 'copilot',
    name,
    session,
    tool,
    cwd,
    input,
    ...(callId === undefined ? {} : { callId }),
    ...(kind === 'after' && result !== undefined
      ? { result, isFailed: name.endsWith('Failure') || isFailure(result) }
      : {}),
  };
}

const isFailure = (result: Json): boolean =>
  isMembers(result) && textOf(result['resultType'] ?? '') === 'failure';
