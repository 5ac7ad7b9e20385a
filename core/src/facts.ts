import { NotCanonical } from './canonical.ts';
import type { Json } from './json.ts';
import { TypedFact, type Fact, type Facts } from './judgement.ts';

const MARK = '$fact';

/** Facts as plain JSON for keeping; typed facts become `{"$fact": [kind, type, value]}`. Refuses the mark in data. */
export function packFact(fact: Fact, path = '$'): Json {
  if (fact instanceof TypedFact) return { [MARK]: [fact.kind, fact.type, fact.value] };
  if (Array.isArray(fact)) return fact.map((item: Fact, i) => packFact(item, `${path}[${i}]`));
  if (typeof fact !== 'object') return fact;
  // ATTACKER: a gate may pass names from the agent through; the mark must never come from there
  if (Object.hasOwn(fact, MARK)) throw new NotCanonical(path, `name \`${MARK}\` is reserved`);
  return Object.fromEntries(
    Object.entries(fact as Facts).map(([name, value]) => [
      name,
      packFact(value, `${path}.${name}`),
    ]),
  );
}

/** The facts that `packFact` kept. */
export function unpackFact(json: Json): Fact {
  if (Array.isArray(json)) return json.map((item: Json) => unpackFact(item));
  if (typeof json !== 'object') return json;
  if (json === null) throw new TypeError('null is no fact');
  const mark = (json as Record<string, Json>)[MARK];
  if (Array.isArray(mark)) return typed(mark.map(String));
  return Object.fromEntries(Object.entries(json).map(([name, value]) => [name, unpackFact(value)]));
}

function typed([kind = '', type = '', value = '']: readonly string[]): TypedFact {
  switch (kind) {
    case 'entity':
      return TypedFact.entity(type, value);
    case 'datetime':
      return TypedFact.datetime(value);
    case 'decimal':
      return TypedFact.decimal(value);
    case 'ip':
      return TypedFact.ip(value);
    default:
      throw new TypeError('unknown kind of fact');
  }
}
