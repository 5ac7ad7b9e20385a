import type { Token } from './source.ts';

const MAX_TERMS = 64;
const MAX_NESTING = 32;
const MAX_INTEGER = BigInt(Number.MAX_SAFE_INTEGER);

type Fault = {
  readonly code: 'too-complex' | 'integer-too-large';
  readonly at: number;
  readonly message: string;
  readonly hint: string;
};

const CHAINED = new Set(['||', '&&', '+', '-', '*', '.', 'if', 'else']);

/**
 * What would trap the engine or lose precision in it, seen in the tokens before the engine sees the text:
 * long chains, deep nesting, integers beyond 2^53.
 */
export function overLimit(tokens: readonly Token[]): readonly Fault[] {
  const faults: Fault[] = [];
  const levels: Map<string, number>[] = [new Map()];
  let isDeep = false;
  for (const { kind, text, at } of tokens) {
    if (kind === 'number' && BigInt(text) > MAX_INTEGER)
      faults.push({ code: 'integer-too-large', at, ...TOO_LARGE });
    if (kind === 'string' || kind === 'number') continue;
    if (text === '(' || text === '[' || text === '{') {
      levels.push(new Map());
      if (levels.length > MAX_NESTING + 1 && !isDeep) {
        faults.push({ code: 'too-complex', at, ...TOO_DEEP });
        isDeep = true;
      }
    } else if (text === ')' || text === ']' || text === '}') {
      if (levels.length > 1) levels.pop();
    } else if (text === ',') levels[levels.length - 1]?.clear();
    else if (CHAINED.has(text)) {
      const level = levels[levels.length - 1] ?? new Map<string, number>();
      if (text !== '.') level.delete('.'); // a new operand: its members are a chain of their own
      const chain = text === '-' ? '+' : text; // the parser builds one chain of both
      const terms = (level.get(chain) ?? 1) + 1;
      level.set(chain, terms);
      if (terms === MAX_TERMS + 1) faults.push({ code: 'too-complex', at, ...tooLong(text) });
    }
  }
  return faults;
}

const TOO_LARGE = {
  message: 'an integer beyond 2^53−1 changes on its way through JSON',
  hint: 'compare against a smaller number; facts never carry a larger one',
};
const TOO_DEEP = {
  message: `nested deeper than ${MAX_NESTING} brackets`,
  hint: 'split the policy; deeper nesting can stop the engine for good',
};
const tooLong = (operator: string): { message: string; hint: string } => ({
  message: `more than ${MAX_TERMS} terms joined by \`${operator}\``,
  hint: 'use a set, as in `["a", "b"].contains(x)`, or split the policy',
});
