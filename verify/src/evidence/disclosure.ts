import { toHex, utf8 } from '../bytes.ts';
import { canonical, isObject, type Json, type JsonObject } from '../json.ts';
import type { Primitives } from '../primitives.ts';
import { fail, ok, type Result } from '../result.ts';
import type { Course } from './course.ts';
import { isNonce } from './read.ts';

/** `sha256:` and the hash of a value's canonical JSON (AD-5). */
async function digest({ sha256 }: Primitives, value: Json): Promise<string> {
  return `sha256:${toHex(await sha256([utf8(canonical(value) ?? '')]))}`;
}

/** `arguments` are the bound ones only (AD-6). */
const ACTION_MEMBERS = 'arguments,credential,gate,lineage,resource,schemaVersion,type,v';

/** A disclosed action with its salt is the one that was proposed, by its digest (AD-1, AD-3) and member by member (AD-7). */
export async function checkAction(
  primitives: Primitives,
  disclosed: JsonObject,
  { proposed }: Course,
): Promise<Result<void>> {
  const { action, salt } = disclosed;
  const isShaped =
    isObject(action) &&
    typeof salt === 'string' &&
    isNonce(salt) && // one spelling (AD-4)
    // ATTACKER: a member `salt` within would be overwritten, so two texts would have one digest
    Object.keys(action).join() === ACTION_MEMBERS;
  if (!isShaped || Object.keys(disclosed).join() !== 'action,salt' || !proposed)
    return fail('extra-malformed', 'the disclosed action is not an action with its salt');
  if ((await digest(primitives, { ...action, salt })) !== proposed.digest)
    return fail(
      'action-digest-mismatch',
      'the disclosed action is not the one whose digest was proposed',
    );
  const recorded: JsonObject = {
    type: proposed.actionType,
    schemaVersion: proposed.schemaVersion,
    resource: proposed.resource,
    lineage: proposed.lineageJson,
    gate: proposed.gate,
  };
  for (const [name, value] of Object.entries(recorded))
    if (canonical(action[name] ?? null) !== canonical(value))
      return fail('action-mismatch', `the disclosed action's \`${name}\` is not the one recorded`);
  return ok(undefined);
}

/** A disclosed view is what reviewers were shown, and it showed this action (DS-7, DS-8). */
export async function checkView(
  primitives: Primitives,
  view: JsonObject,
  { proposed, asked }: Course,
): Promise<Result<void>> {
  if (!proposed || !asked)
    return fail('view-mismatch', 'a view is disclosed, but nobody was asked');
  if ((await digest(primitives, view)) !== asked.seenDigest)
    return fail('seen-digest-mismatch', 'the disclosed view is not the one that was voted on');
  const action = isObject(view['action']) ? view['action'] : {};
  const shown: readonly (readonly [string, Json | undefined, Json])[] = [
    ['digest', view['digest'], proposed.digest],
    ['phrase', view['phrase'], phraseOf(proposed.digest)],
    ['approvalId', view['approvalId'], asked.approvalId],
    ['version', view['version'], asked.version],
    ['expiresAt', view['expiresAt'], asked.expiresAt],
    ['action.id', action['id'], proposed.actionId],
    ['action.type', action['type'], proposed.actionType],
    ['agent', view['agent'], proposed.lineage.agent],
    ['owner', view['owner'], proposed.lineage.owner],
  ];
  const wrong = shown.find(([, have, need]) => have !== need);
  return wrong
    ? fail('view-mismatch', `the view showed another \`${wrong[0]}\` than was recorded`)
    : ok(undefined);
}

/** A disclosed definition is the one whose pin was called: of a call of an MCP tool, which is disclosed too (EV-22). */
export async function checkDefinition(
  primitives: Primitives,
  definition: JsonObject,
  disclosed: JsonObject | undefined,
  { proposed }: Course,
): Promise<Result<void>> {
  const action = disclosed && isObject(disclosed['action']) ? disclosed['action'] : {};
  const called = isObject(action['arguments']) ? action['arguments'] : {};
  if (proposed?.actionType !== TOOL_CALL || !disclosed)
    return fail('tool-mismatch', 'a definition is disclosed without the call of a tool');
  const isOfIt =
    definition['name'] === called['tool'] &&
    (await digest(primitives, definition)) === called['pin'];
  return isOfIt
    ? ok(undefined)
    : fail('tool-mismatch', 'the disclosed definition is not the one that was called');
}

/** The type of an action that calls an MCP tool. */
export const TOOL_CALL = 'mcp.tool-call';

const CONSONANTS = 'bdfghjklmnprstvz';
const VOWELS = 'aiou';

/** Four words of the digest's first 64 bits: proquints (AD-9). */
export function phraseOf(actionDigest: string): string {
  const hex = actionDigest.slice('sha256:'.length);
  const words = [0, 4, 8, 12].map((at) => {
    const bits = Number.parseInt(hex.slice(at, at + 4), 16);
    const letter = (set: string, shift: number): string => set.charAt((bits >> shift) % set.length);
    return (
      letter(CONSONANTS, 12) +
      letter(VOWELS, 10) +
      letter(CONSONANTS, 6) +
      letter(VOWELS, 4) +
      letter(CONSONANTS, 0)
    );
  });
  return words.join('-');
}
