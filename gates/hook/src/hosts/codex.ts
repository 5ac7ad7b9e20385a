import {
  answer,
  denial,
  textOf,
  type Answer,
  type Dialect,
  type HookEvent,
  type Verdict,
} from '../event.ts';
import { readSnake } from './snake.ts';

const NAMES = {
  PreToolUse: 'before',
  PermissionRequest: 'permission',
  PostToolUse: 'after',
} as const;

/** Codex CLI. A bare allow, `ask` or an unknown field fails its hook and lets the call go on: none is ever written. */
export const codex: Dialect = {
  read: (given) => readSnake('codex', NAMES, given),
  write,
  rewrites: ({ kind }) => (kind === 'before' ? 'replaces' : 'never'),
};

function write(event: HookEvent, verdict: Verdict): Answer {
  const { kind, name: hookEventName } = event;
  const output = (body: object) => ({ hookSpecificOutput: { hookEventName, ...body } });
  switch (verdict.is) {
    case 'pass':
      return answer();
    case 'allow':
      return answer(
        kind === 'permission'
          ? output({ decision: { behavior: 'allow' } })
          : output({ permissionDecision: 'allow', updatedInput: verdict.input }),
      );
    case 'defer':
    case 'deny':
      return denial(verdict.why, denied(kind, output, verdict.why));
    case 'masked':
      return answer({ decision: 'block', reason: textOf(verdict.result) });
  }
}

function denied(
  kind: HookEvent['kind'],
  output: (body: object) => object,
  why: string,
): object | undefined {
  if (kind === 'before')
    return output({ permissionDecision: 'deny', permissionDecisionReason: why });
  return kind === 'permission'
    ? output({ decision: { behavior: 'deny', message: why } })
    : undefined;
}
