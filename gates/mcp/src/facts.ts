import { suspicionsIn, type Facts, type Inspectable, type Suspicion } from '@countersign/core';
import { givenOf, type Given } from './action-of.ts';
import { membersOf } from './members.ts';
import type { Members } from './message.ts';
import { createSchemaCheck, type SchemaCheck } from './schema-check.ts';
import { namesIn } from './names-in.ts';
import type { Tool, Tools } from './tools.ts';

/** What a call is (POL-20): from the tool's pinned definition and the arguments themselves. */
export type CallFacts = {
  readonly tool: string;
  readonly readOnly: boolean;
  readonly destructive: boolean;
  readonly idempotent: boolean;
  readonly openWorld: boolean;
  readonly conforms: boolean;
  readonly fields: readonly string[];
  readonly values: readonly string[];
  readonly bytes: number;
  readonly suspicious: readonly Suspicion[];
};

export type CallUnderstood = {
  readonly facts: CallFacts & Facts;
  readonly inspectable: Inspectable;
  readonly given: Given;
};

type Hints = Pick<CallFacts, 'readOnly' | 'destructive' | 'idempotent' | 'openWorld'>;

type Known = {
  readonly check: SchemaCheck;
  readonly hints: Hints;
  readonly suspicions: readonly Suspicion[];
  /** Words of it that would be another tool's name, if there is one of it. */
  readonly names: readonly string[];
};
const known = new WeakMap<Members, Known>();

/** What is worth working out once for a definition. */
function learn({ definition }: Tool): Known {
  const learnt = known.get(definition);
  if (learnt) return learnt;
  const made = {
    check: createSchemaCheck(definition['inputSchema']),
    hints: hintsOf(definition),
    suspicions: suspicionsIn(definition, []).toSorted(),
    names: namesIn(definition),
  };
  known.set(definition, made);
  return made;
}

/** Derives the facts of one call. */
export function factsOf(tool: Tool, args: Members, find: Tools['find']): CallUnderstood {
  const { check, ...learnt } = learn(tool);
  const given = givenOf(args);
  const bytes = Buffer.byteLength(JSON.stringify(args));
  const { conforms, isUnderstood } =
    given.isCut && bytes > LARGEST_CHECKED ? NOT : check(args, given.longest);
  const facts = {
    tool: tool.name,
    ...learnt.hints,
    conforms,
    fields: given.fields,
    values: given.values,
    bytes,
    suspicious: suspicionsOf(tool, learnt, find),
  };
  return { facts, inspectable: isUnderstood && !given.isCut ? 'full' : 'partial', given };
}

const LARGEST_CHECKED = 1_048_576;
const NOT = { conforms: false, isUnderstood: false };

/** The server's own claims, each in doubt as the protocol has it: what is not said is the worse. */
export function hintsOf(definition: Members): Hints {
  const said = membersOf(definition['annotations']) ?? {};
  const readOnly = said['readOnlyHint'] === true;
  return {
    readOnly,
    // ATTACKER: a tool that says it only reads and says it destroys, destroys
    destructive: readOnly ? said['destructiveHint'] === true : said['destructiveHint'] !== false,
    idempotent: said['idempotentHint'] === true,
    openWorld: said['openWorldHint'] !== false,
  };
}

/** Which other tools there are may change between two calls; the rest is the definition's own. */
function suspicionsOf(
  { server, name, definition }: Tool,
  { suspicions, names }: Pick<Known, 'suspicions' | 'names'>,
  find: Tools['find'],
): readonly Suspicion[] {
  const others = names.filter((one) => one !== name && find(server, one) !== undefined);
  return others.length > 0 ? suspicionsIn(definition, others).toSorted() : suspicions;
}
