import { forEachChild, parse, type Command, type Redirection, type SyntaxNode } from 'unbash';
import { readCommand } from './command.ts';
import { addPath } from './paths.ts';
import { isDoubtfulVariable } from './programs.ts';
import { DEEPEST, type Frame, type Stdin, type Survey } from './survey.ts';
import { argOf, isBrace } from './words.ts';

const NOTHING: Stdin = { from: 'nothing' };
const PIPE: Stdin = { from: 'pipe' };
const LONGEST_CODE = 256 * 1024;

/** Surveys shell text: every command in it, also those in substitutions, functions and loops that may never run. */
export function readShell(survey: Survey, code: string, frame: Frame): void {
  if (frame.depth > DEEPEST) return void survey.reasons.add('too-deep');
  if (code.length > LONGEST_CODE) return void survey.reasons.add('unparseable');
  visit(survey, parse(code), frame);
}

function visit(survey: Survey, node: SyntaxNode, frame: Frame): void {
  const into = (child: SyntaxNode, stdin: Stdin = frame.stdin): void =>
    visit(survey, child, { ...frame, stdin });
  switch (node.type) {
    case 'Script':
      if ('errors' in node && (node.errors?.length ?? 0) > 0) survey.reasons.add('unparseable');
      break;
    case 'Pipeline':
      return node.commands.forEach((command, i) => into(command, i > 0 ? PIPE : frame.stdin));
    case 'Redirected':
      return forEachChild(node, (child) =>
        into(child, redirect(survey, node.redirects, frame.stdin)),
      );
    case 'Redirect':
    case 'HereDoc':
    case 'HereString':
      break;
    case 'Command':
      return readSimple(survey, node, frame);
    case 'Assignment':
      if (isDoubtfulVariable(node.name)) survey.reasons.add('environment');
      break;
    case 'For':
    case 'Select':
      if (isDoubtfulVariable(node.name.value)) survey.reasons.add('environment');
      break;
    case 'Word': // arithmetic and `test -v` run what stands in a subscript, even out of quotes
      if (/\[[^\]]*(?:\$\(|`)/.test(node.value)) survey.reasons.add('deferred-code');
      break;
    case 'Function': // who calls it, and with what input, is not followed
      survey.reasons.add('function');
      return forEachChild(node, (child) => into(child, PIPE));
    case 'Coproc':
      survey.reasons.add('coprocess');
      return forEachChild(node, (child) => into(child, PIPE));
    case 'CommandExpansion':
    case 'ArithmeticCommandExpansion':
      return node.script ? into(node.script, NOTHING) : void survey.reasons.add('unparseable');
    case 'ProcessSubstitution':
      return node.script
        ? into(node.script, node.operator === '>' ? PIPE : NOTHING)
        : void survey.reasons.add('unparseable');
    default:
      break;
  }
  forEachChild(node, (child) => into(child));
}

function readSimple(survey: Survey, command: Command, frame: Frame): void {
  const words = [...(command.name ? [command.name] : []), ...command.args];
  if (words.some(isBrace)) survey.reasons.add('brace-expansion');
  const stdin = redirect(survey, command.redirects, frame.stdin);
  forEachChild(command, (child) => visit(survey, child, frame));
  readCommand(survey, words.map(argOf), { ...frame, stdin });
}

/** Notes what redirections touch and tells what standard input is after them. */
function redirect(survey: Survey, redirections: readonly Redirection[], before: Stdin): Stdin {
  let stdin = before;
  for (const redirection of redirections) {
    const isInput =
      redirection.descriptor === undefined ||
      (redirection.descriptor.type === 'FileDescriptor' && redirection.descriptor.value === 0);
    const next = sourceOf(survey, redirection);
    if (isInput && next) stdin = next;
  }
  return stdin;
}

function sourceOf(survey: Survey, redirection: Redirection): Stdin | undefined {
  if (redirection.type === 'HereDoc') {
    const { body, delimiter } = redirection;
    const isFixed = delimiter?.quoted === true || !/[$`\\]/.test(body.text);
    return {
      from: 'here',
      code: {
        value: body.text,
        isFixed,
        isOutput: /\$\(|`/.test(body.text) && !isFixed,
        hasGlob: false,
      },
    };
  }
  const target = redirection.target && argOf(redirection.target);
  if (redirection.type === 'HereString') return target ? { from: 'here', code: target } : undefined;
  // `>&2` is a descriptor, `>& file` a file
  if (target && !(/^[<>]&$/.test(redirection.operator) && /^\d*-?$/.test(target.value)))
    noteTarget(survey, target);
  if (redirection.operator === '<&') return PIPE; // some descriptor opened elsewhere
  if (redirection.operator !== '<' && redirection.operator !== '<>') return undefined;
  return target?.isOutput === true || target?.value.startsWith('/dev/tcp/') === true
    ? PIPE
    : { from: 'file' };
}

function noteTarget(survey: Survey, target: ReturnType<typeof argOf>): void {
  if (!target.isFixed)
    return target.isOutput ? undefined : void survey.reasons.add('expanded-argument');
  if (/^\/dev\/(?:tcp|udp)\//.test(target.value)) survey.reasons.add('network-redirect');
  addPath(survey, target);
}
