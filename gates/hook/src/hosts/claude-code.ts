import {
  answer,
  denial,
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
  PostToolUseFailure: 'after',
} as const;

/** Claude Code. A no to `PermissionRequest` is exit 0 with a decision: exit 2 is ignored there. */
export const claudeCode: Dialect = {
  read: (given) => readSnake('claude-code', NAMES, given),
  write: (event, verdict) =>
    event.kind === 'permission' ? decided(verdict) : said(event, verdict),
  rewrites: () => 'replaces',
};

function decided(verdict: Verdict): Answer {
  if (verdict.is === 'allow') return decisionOf({ behavior: 'allow', updatedInput: verdict.input });
  if (verdict.is === 'deny' || verdict.is === 'defer')
    return {
      ...decisionOf({ behavior: 'deny', message: verdict.why }),
      stderr: `${verdict.why}\n`,
    };
  return answer();
}

const decisionOf = (body: object): Answer =>
  answer({ hookSpecificOutput: { hookEventName: 'PermissionRequest', decision: body } });

function said({ kind, name }: HookEvent, verdict: Verdict): Answer {
  const output = (body: object) => ({ hookSpecificOutput: { hookEventName: name, ...body } });
  const decision = (permissionDecision: string, why: string, more: object = {}) =>
    output({ permissionDecision, permissionDecisionReason: why, ...more });
  switch (verdict.is) {
    case 'pass':
      return answer();
    case 'allow':
      return answer(decision('allow', verdict.why, { updatedInput: verdict.input }));
    case 'defer':
      return answer(decision('defer', verdict.why));
    case 'deny':
      return denial(verdict.why, kind === 'before' ? decision('deny', verdict.why) : undefined);
    case 'masked':
      return answer(output({ updatedToolOutput: verdict.result }));
  }
}
