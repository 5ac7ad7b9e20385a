import { kindOf, requirementOf } from './annotations.ts';
import type { Candidate, Draft, Report } from './candidate.ts';
import { sourceError, type Cedar, type PolicyJson } from './cedar.ts';
import { overLimit } from './limits.ts';
import { lookOf } from './looks.ts';
import { positionAt, problemAt, offsetOfByte, type Problem } from './problem.ts';
import { checkAnnotations, checkGroups, checkKind } from './rules.ts';
import { scopeOf } from './scope.ts';
import type { Piece } from './source.ts';
import { asForbid } from './splice.ts';

/** Reads one policy; undefined, with its problems noted, where it is none. */
export function readPolicy(
  cedar: Cedar,
  candidate: Candidate,
  { source, piece }: Pick<Draft, 'source' | 'piece'>,
  problems: Problem[],
): Draft | undefined {
  const before = problems.length;
  const report: Report = (at, code, message, hint) =>
    void problems.push(problemAt(source, piece.at + at, { code, message, hint }));
  for (const { at, code, message, hint } of overLimit(piece.tokens))
    report(at, code, message, hint);
  if (problems.length > before) return undefined; // ATTACKER: such text would trap the parser
  const json = parse(cedar, piece, report);
  if (!json) return undefined;
  const annotations = json.annotations ?? {};
  const kind = kindOf(json.effect, annotations);
  if (!candidate.isReopened) {
    checkAnnotations(kind, annotations, piece, report);
    checkKind(kind, json, source.file, report);
    checkGroups(candidate.groups, kind, annotations, piece, report);
  }
  if (problems.slice(before).some(({ code }) => code.startsWith('id-'))) return undefined;
  const matchSource = asForbid(cedar, piece, json);
  if (matchSource === undefined)
    report(0, 'splice-failed', 'the effect could not be replaced', 'write the policy more plainly');
  const demands = problems.length === before && (kind === 'review' || kind === 'confirm');
  return {
    source,
    piece,
    policy: {
      id: annotations['id'] ?? '',
      kind,
      isShadow: annotations['mode'] === 'shadow',
      file: source.file,
      line: positionAt(source.text, piece.at).line,
      annotations,
      source: piece.text,
      matchSource: matchSource ?? '',
      scope: scopeOf(json),
      look: lookOf(json),
      ...(demands && { requirement: requirementOf(kind, annotations) }),
    },
  };
}

function parse(cedar: Cedar, piece: Piece, report: Report): PolicyJson | undefined {
  const parsed = cedar.policyToJson(piece.text);
  if (parsed.type === 'success') return parsed.json;
  if (cedar.templateToJson(piece.text).type === 'success')
    report(0, 'template', 'templates are not used here', 'write the entity instead of the `?slot`');
  else
    for (const { byte, message, help } of parsed.errors.map(sourceError))
      report(offsetOfByte(piece.text, byte), 'syntax', message, help || syntaxHint(piece));
  return undefined;
}

function syntaxHint({ text, isClosed }: Piece): string {
  if (!isClosed) return 'end the policy with `;`';
  return /%|\.(?:size|length|any|all)\b/.test(text)
    ? 'Cedar has no modulo, set size, any or all: the gate supplies weekday, hour and counts as facts'
    : 'see the Cedar policy syntax';
}
