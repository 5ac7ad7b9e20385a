import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Document,
  type Node,
} from 'yaml';
import type { Json } from '@countersign/core';
import { pathText, type ConfigProblem, type Finding, type Path } from './problem.ts';

/** A YAML file as plain data that still knows where everything stood. */
export type Source = {
  /** Undefined when the text is not YAML that we accept. */
  readonly data: Json | undefined;
  readonly problems: readonly ConfigProblem[];
  /** The finding with its place in the file. */
  readonly place: (finding: Finding) => ConfigProblem;
};

const MAX_LENGTH = 4_194_304;
const MAX_DEPTH = 100;

/** Reads YAML 1.2. The parser's own texts are not passed on: they may quote a secret. */
export function readSource(file: string, text: string): Source {
  try {
    return parse(file, text);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    // the parser descends by recursion, as far as the stack goes
    return parse(file, TOO_DEEP);
  }
}

const TOO_DEEP = '['.repeat(MAX_DEPTH + 1) + ']'.repeat(MAX_DEPTH + 1);

function parse(file: string, text: string): Source {
  const lines = new LineCounter();
  const document = parseDocument(text.slice(0, MAX_LENGTH), {
    lineCounter: lines,
    prettyErrors: false,
    stringKeys: true,
    uniqueKeys: true,
    version: '1.2',
  });
  const at = (offset: number): { line: number; column: number } => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const place = ({ code, path, message, hint, isKey, isWarning }: Finding): ConfigProblem => ({
    code,
    severity: isWarning === true ? 'warning' : 'error',
    file,
    ...at(offsetOf(document, path, isKey === true)),
    path: pathText(path),
    message,
    hint,
  });
  const problems = faults(document, text).map(({ offset, ...finding }) => ({
    ...place({ ...finding, path: [] }),
    ...at(offset),
  }));
  return {
    data: problems.length > 0 ? undefined : (document.toJS() as Json),
    problems,
    place,
  };
}

type Fault = Omit<Finding, 'path'> & { readonly offset: number };

function faults(document: Document.Parsed, text: string): readonly Fault[] {
  if (text.length > MAX_LENGTH)
    return [
      {
        code: 'too-large',
        offset: MAX_LENGTH,
        message: `is longer than ${MAX_LENGTH} characters`,
        hint: 'move the catalogue of large databases to fewer, coarser entries',
      },
    ];
  const out: Fault[] = [...document.errors, ...document.warnings].map(({ code, pos }) => ({
    offset: pos[0],
    ...(code === 'DUPLICATE_KEY'
      ? { code: 'duplicate-key', message: 'this key stands here twice', hint: 'keep one of them' }
      : {
          code: 'invalid-yaml',
          message: WORDS[code] ?? 'this is not valid YAML',
          hint: 'check indentation, quotes and brackets at this place',
        }),
  }));
  visit(document, (_, node, ancestors) => {
    if (ancestors.length > MAX_DEPTH) {
      out.push({
        code: 'invalid-yaml',
        offset: isNode(node) ? (node.range?.[0] ?? 0) : 0,
        message: `is nested deeper than ${MAX_DEPTH}`,
        hint: 'flatten it',
      });
      return visit.BREAK;
    }
    if (isAlias(node))
      out.push({
        code: 'alias-refused',
        offset: node.range?.[0] ?? 0,
        message: 'aliases are not accepted',
        hint: 'write the value out',
      });
    return undefined;
  });
  return out;
}

const WORDS: Readonly<Record<string, string>> = {
  BAD_INDENT: 'the indentation does not fit',
  TAB_AS_INDENT: 'a tab is used as indentation',
  MISSING_CHAR: 'a character is missing, such as a closing quote or bracket',
  MULTIPLE_DOCS: 'a second document begins here',
  NON_STRING_KEY: 'a key is not text',
  TAG_RESOLVE_FAILED: 'this tag is not known',
  UNEXPECTED_TOKEN: 'this is not expected here',
};

/** Where a path stands; where it leads nowhere, the last thing on the way. */
function offsetOf(document: Document.Parsed, path: Path, isKey: boolean): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const [i, step] of path.entries()) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && key.value === step);
      if (!pair) return offset;
      const keyAt = startOf(pair.key) ?? offset;
      const wantsKey = isKey && i === path.length - 1;
      offset = wantsKey ? keyAt : (startOf(pair.value) ?? keyAt);
      node = pair.value;
    } else if (isSeq(node) && typeof step === 'number') {
      node = node.items[step];
      offset = startOf(node) ?? offset;
    } else return offset;
  }
  return offset;
}

const startOf = (node: unknown): number | undefined =>
  isNode(node) ? ((node as Node).range?.[0] ?? undefined) : undefined;
