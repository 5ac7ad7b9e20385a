import {
  forEachChild,
  type CommandArgument,
  type SyntaxNode,
  type Word,
  type WordPart,
} from 'unbash';
import type { Arg } from './survey.ts';

/** A word of shell text as far as it stands there: quotes and escapes resolved, expansions marked. */
export function argOf(node: CommandArgument): Arg {
  if (node.type === 'Word') return wordOf(node);
  const { value, name, append } = node;
  const shown = value.type === 'Word' ? wordOf(value) : undefined;
  return {
    value: `${name}${append ? '+' : ''}=${shown?.value ?? ''}`,
    isFixed: shown?.isFixed ?? false,
    isOutput: holdsOutput(node),
    hasGlob: false,
  };
}

function wordOf(word: Word): Arg {
  const parts = word.parts ?? [];
  return {
    value: word.value,
    isFixed: parts.every(isFixedPart),
    isOutput: holdsOutput(word),
    hasGlob: parts.some(({ type }) => type === 'Glob' || type === 'ExtendedGlob'),
  };
}

function isFixedPart(part: WordPart): boolean {
  switch (part.type) {
    case 'Literal':
    case 'SingleQuoted':
    case 'AnsiCQuoted':
      return true;
    case 'Glob':
    case 'ExtendedGlob':
      return (part.parts ?? []).every(isFixedPart);
    case 'DoubleQuoted':
      return part.parts.every(({ type }) => type === 'Literal');
    case 'LocaleString': // the locale decides what it says
    case 'SimpleExpansion':
    case 'ParameterExpansion':
    case 'CommandExpansion':
    case 'ArithmeticExpansion':
    case 'ProcessSubstitution':
    case 'BraceExpansion':
      return false;
  }
}

function holdsOutput(node: SyntaxNode): boolean {
  if (
    node.type === 'CommandExpansion' ||
    node.type === 'ProcessSubstitution' ||
    node.type === 'ArithmeticCommandExpansion'
  )
    return true;
  let found = false;
  forEachChild(node, (child) => {
    found ||= holdsOutput(child);
  });
  return found;
}

/** Whether the shell would make several words of it: `{a,b}`. */
export const isBrace = (node: CommandArgument): boolean =>
  node.type === 'Word' && (node.parts ?? []).some(({ type }) => type === 'BraceExpansion');
