import { addFlag, enterFolder, noteOptions } from './note.ts';
import { addPathsIn } from './paths.ts';
import { isDoubtfulVariable, PLAIN_LONG, type Wrapper } from './programs.ts';
import { fixed, type Arg, type Survey } from './survey.ts';

/** What a wrapper runs: a command as words, or text for a shell. */
export type Wrapped = { readonly command: readonly Arg[] } | { readonly code: Arg };

/** The command that a wrapper runs: its words after the wrapper's own options and operands. */
export function unwrap(
  survey: Survey,
  program: string,
  wrapper: Wrapper,
  args: readonly Arg[],
): Wrapped {
  let { operands } = wrapper;
  let isOver = false;
  for (let i = 0; i < args.length; i++) {
    const arg = args[i];
    if (!arg?.isFixed) return { command: args.slice(i) };
    const { value } = arg;
    if (!isOver && value === '--') isOver = true;
    else if (!isOver && /^-./.test(value)) {
      const option = readOption(survey, program, wrapper, args, i);
      if ('command' in option || 'code' in option) return option;
      i += option.skip;
    } else if (program === 'env' && value === '-') continue;
    else if (wrapper.assignments && (program === 'env' ? /=/ : /^[^/=][^=]*=/).test(value)) {
      const name = value.slice(0, value.search(/\+?=/));
      if (!/^[A-Za-z_]\w*$/.test(name)) survey.reasons.add('program-option');
      if (isDoubtfulVariable(name)) survey.reasons.add('environment');
      addPathsIn(survey, '', arg);
    } else if (operands > 0) {
      operands--;
      addPathsIn(survey, '', arg);
    } else return { command: args.slice(i) };
  }
  return { command: [] };
}

type Option = Wrapped | { readonly skip: number };

/** One option of a wrapper: how many more words it takes, or the command or code it holds. */
function readOption(
  survey: Survey,
  program: string,
  wrapper: Wrapper,
  args: readonly Arg[],
  at: number,
): Option {
  const text = args[at]?.value ?? '';
  addFlag(survey, text);
  noteOptions(survey, program, args.slice(at, at + 2));
  const { key, attached, takesNext } = splitOption(wrapper, text);
  if (!isKnown(wrapper, text)) survey.reasons.add('program-option');
  const value = attached === undefined ? args[at + 1] : fixed(attached);
  const rest = args.slice(at + (takesNext ? 2 : 1));
  if (program === 'env' && (key === '-S' || key === '--split-string'))
    return { command: [...splitString(survey, value), ...rest] };
  if (/^(?:runuser|script|flock)$/.test(program) && /^(?:-[a-z]*c|--command)$/.test(key) && value)
    return { code: value };
  if (program === 'watch' && /^(?:-[a-z]*x|--exec)$/.test(text)) return { command: rest };
  if (program === 'command' && /^-[pvV]*[vV]/.test(text)) return { skip: args.length }; // only prints
  if (value && wrapper.folder.includes(key)) enterFolder(survey, value);
  else if (value && (takesNext || attached !== undefined)) addPathsIn(survey, '', value);
  return { skip: takesNext ? 1 : 0 };
}

/** ATTACKER: an option we do not know may take the next word, and what we read as the command is another. */
function isKnown({ short, long, plain }: Wrapper, text: string): boolean {
  if (text.startsWith('--'))
    return long.includes(text.replace(/=.*$/s, '')) || PLAIN_LONG.has(text.replace(/=.*$/s, ''));
  for (const letter of text.slice(1)) {
    if (short.includes(letter)) return true;
    if (!plain.includes(letter)) return false;
  }
  return true;
}

/** `--name=value`, `--name value`, `-abnvalue`, `-abn value`. */
function splitOption(
  wrapper: Wrapper,
  text: string,
): { readonly key: string; readonly attached: string | undefined; readonly takesNext: boolean } {
  if (text.startsWith('--')) {
    const [key = text] = text.split('=');
    const attached = text.includes('=') ? text.slice(key.length + 1) : undefined;
    return { key, attached, takesNext: attached === undefined && wrapper.long.includes(key) };
  }
  const at = text.split('').findIndex((letter, i) => i > 0 && wrapper.short.includes(letter));
  if (at < 0) return { key: text, attached: undefined, takesNext: false };
  const attached = at + 1 < text.length ? text.slice(at + 1) : undefined;
  return { key: `-${text.charAt(at)}`, attached, takesNext: attached === undefined };
}

/** What `env -S` makes of a text. Its own quoting is not followed. */
function splitString(survey: Survey, text: Arg | undefined): readonly Arg[] {
  if (!text?.isFixed || /["'\\$#]/.test(text.value)) survey.reasons.add('expanded-code');
  return (text?.value ?? '').split(/\s+/).filter(Boolean).map(fixed);
}
