import type { Json } from '@countersign/core';
import { answer, denial, isMembers, textOf, type Dialect } from '../event.ts';
import { readSnake } from './snake.ts';

const NAMES = { BeforeTool: 'before', AfterTool: 'after' } as const;

/** Gemini CLI. What it is given back it documents as laid over the arguments: a member that is gone may survive. Its JSON decides, whatever the exit code. */
export const gemini: Dialect = {
  read: (given) => {
    const event = readSnake('gemini', NAMES, given);
    const { result } = event ?? {};
    return event && isMembers(result) && isMembers(result['error'])
      ? { ...event, isFailed: true }
      : event;
  },
  write: (_, verdict) => {
    switch (verdict.is) {
      case 'pass':
        return answer({});
      case 'allow':
        return answer({
          decision: 'allow',
          reason: verdict.why,
          hookSpecificOutput: { hookEventName: 'BeforeTool', tool_input: verdict.input },
        });
      case 'defer':
      case 'deny':
        return denial(verdict.why, { decision: 'deny', reason: verdict.why });
      case 'masked':
        return answer({ decision: 'deny', reason: shownOf(verdict.result) });
    }
  },
  rewrites: () => 'merges',
};

/** What the model was to see of a result: it gets this text in its place, as the error of a tool that did run. */
const shownOf = (result: Json): string => {
  const shown = isMembers(result) ? (result['llmContent'] ?? result) : result;
  return `The tool ran. Its result, with private values masked:\n${textOf(shown)}`;
};
