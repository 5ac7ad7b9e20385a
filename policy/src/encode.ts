import { TypedFact } from '@countersign/core';
import type { Fact, Facts, Question } from '@countersign/core';
import type { Uid } from './cedar.ts';

const NAMESPACE = 'Countersign';
const MAX_DEPTH = 24;
const MAX_SIZE = 262_144;
/** Names the engine or JavaScript gives a meaning of its own. */
const RESERVED = new Set(['__entity', '__extn', '__expr', '__proto__']);

/** JSON for the engine. INVARIANT: no member of an object is called `__proto__`. */
type CedarValue = string | number | boolean | CedarValue[] | { [name: string]: CedarValue };
type Attributes = { [name: string]: CedarValue };

/** A question in the engine's terms. */
export type Call = {
  readonly principal: Uid;
  readonly action: Uid;
  readonly resource: Uid;
  readonly context: Attributes;
  readonly entities: readonly {
    readonly uid: Uid;
    readonly attrs: Attributes;
    readonly parents: readonly Uid[];
  }[];
};

/** Where and why the encoder refused; the value itself is never in it. */
export type Refused = { readonly path: string; readonly why: string };

class Refusal extends Error {
  readonly refused: Refused;
  constructor(path: string, why: string) {
    super(why);
    this.refused = { path, why };
  }
}

/** The full name of a type. */
export const typeName = (type: string): string => `${NAMESPACE}::${type}`;

/** Turns a question into a call, or says where it cannot be. ATTACKER: parts of the facts come from an agent. */
export function encode(
  question: Question,
): { readonly call: Call } | { readonly refused: Refused } {
  try {
    const budget = { left: MAX_SIZE };
    const { agent, action, resource } = question;
    return {
      call: {
        principal: uid({ type: 'Agent', id: agent }, '@agent'),
        action: uid({ type: 'Action', id: action }, '@action'),
        resource: uid(resource, '@resource'),
        context: record(question.facts, '$', 0, budget),
        entities: entitiesOf(question.entities, budget),
      },
    };
  } catch (error) {
    if (error instanceof Refusal) return { refused: error.refused };
    // a hostile object (a throwing getter, a proxy) is refused like any other
    return { refused: { path: '$', why: 'not plain data' } };
  }
}

type Encoded = { readonly entities: Call['entities']; readonly size: number };
const encoded = new WeakMap<Question['entities'], Encoded>();

/** A list of entities that cannot change is read once, and comes back as the same list; it counts each time. */
function entitiesOf(given: Question['entities'], budget: Budget): Call['entities'] {
  const before = encoded.get(given);
  if (before) {
    spend(budget, before.size, '@entities');
    return before.entities;
  }
  const { left } = budget;
  const entities = given.map(({ type, id, attrs, parents }, i) => ({
    uid: uid({ type, id }, `@entities[${i}]`),
    attrs: record(attrs, `@entities[${i}]`, 0, budget),
    parents: parents.map((parent) => uid(parent, `@entities[${i}].parents`)),
  }));
  if (Object.isFrozen(given)) encoded.set(given, { entities, size: left - budget.left });
  return entities;
}

function uid({ type, id }: Uid, path: string): Uid {
  if (typeof type !== 'string' || typeof id !== 'string' || !id.isWellFormed())
    throw new Refusal(path, 'not an id');
  return { type: typeName(type), id };
}

type Budget = { left: number };

function spend(budget: Budget, size: number, path: string): void {
  budget.left -= size;
  if (budget.left < 0) throw new Refusal(path, `more than ${MAX_SIZE} characters of facts`);
}

function value(fact: Fact, path: string, depth: number, budget: Budget): CedarValue {
  switch (typeof fact) {
    case 'string':
      if (!fact.isWellFormed()) throw new Refusal(path, 'lone surrogate');
      spend(budget, fact.length + 2, path);
      return fact;
    case 'number':
      if (!Number.isSafeInteger(fact)) throw new Refusal(path, 'not an integer within ±(2^53−1)');
      spend(budget, 8, path);
      return fact === 0 ? 0 : fact;
    case 'boolean':
      return fact;
    case 'object':
      if (fact === null) throw new Refusal(path, 'null');
      if (depth > MAX_DEPTH) throw new Refusal(path, `nested deeper than ${MAX_DEPTH}`);
      if (fact instanceof TypedFact) return typed(fact, path);
      return Array.isArray(fact)
        ? list(fact, path, depth, budget)
        : record(fact as Facts, path, depth, budget);
    default:
      throw new Refusal(path, `a ${typeof fact} is no fact`);
  }
}

function list(facts: readonly Fact[], path: string, depth: number, budget: Budget): CedarValue[] {
  const { length } = facts;
  spend(budget, length + 2, path);
  const out: CedarValue[] = [];
  for (let i = 0; i < length; i++)
    out.push(value(facts[i] as Fact, `${path}[${i}]`, depth + 1, budget));
  return out;
}

function record(facts: Facts, path: string, depth: number, budget: Budget): Attributes {
  if (typeof facts !== 'object' || facts === null) throw new Refusal(path, 'not an object');
  const prototype: unknown = Object.getPrototypeOf(facts);
  if (prototype !== Object.prototype && prototype !== null)
    throw new Refusal(path, 'not a plain object');
  const out: Attributes = {};
  for (const name of Object.keys(facts)) {
    if (RESERVED.has(name)) throw new Refusal(path, `the name \`${name}\` is reserved`);
    if (!name.isWellFormed()) throw new Refusal(path, 'lone surrogate in a name');
    spend(budget, name.length + 4, path);
    out[name] = value(facts[name] as Fact, `${path}.${name}`, depth + 1, budget);
  }
  return out;
}

/** Cedar's datetime takes RFC 3339 in UTC with milliseconds or whole seconds; its own parser is the last word. */
function typed(fact: TypedFact, path: string): CedarValue {
  if (!fact.value.isWellFormed()) throw new Refusal(path, 'lone surrogate');
  if (fact.kind === 'entity') return { __entity: { type: typeName(fact.type), id: fact.value } };
  return { __extn: { fn: fact.kind, arg: fact.value } };
}
