import { answer, denial, textOf, type Dialect } from '../event.ts';
import { readSnake } from './snake.ts';

const NAMES = { BeforeTool: 'before', AfterTool: 'after' } as const;

/** Gemini CLI. What it is given back is laid over the arguments: a member that is gone survives. */
export const gemini: Dialect = {
  read: (given) => readSnake('gemini', NAMES, given),
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
        return answer({ decision: 'deny', reason: textOf(verdict.result) });
    }
  },
  rewrites: () => 'merges',
};
