import {
  assertNever,
  type Arguments,
  type Fact,
  type Inspectable,
  type Json,
} from '@countersign/core';
import type { FactRule } from './action-type.ts';
import type { Resource } from './catalogue.ts';
import { deriveSql } from './sql.ts';

/** One fact with how far it was understood; no fact when the optional argument was left out. */
export type Derived = {
  readonly fact?: Fact;
  readonly inspectable: Inspectable;
  /** In words, without values: what was not understood. */
  readonly gaps: readonly string[];
};

/** Derives one fact from bound arguments and the catalogue; pure and total. */
export function derive(rule: FactRule, bound: Arguments, resource: Resource): Derived {
  switch (rule.from) {
    case 'value':
      return full(rule.value);
    case 'argument': {
      const value = bound[rule.argument];
      return value === undefined ? { inspectable: 'full', gaps: [] } : full(value as Fact);
    }
    case 'matches':
      return full(isMatch(rule, bound[rule.argument]));
    case 'lookup':
      return look(rule, bound[rule.key], resource);
    case 'sql': {
      const { fact, gaps } = deriveSql(rule, bound, resource);
      return { fact, gaps, inspectable: gaps.length === 0 ? 'full' : 'partial' };
    }
    default:
      return assertNever(rule);
  }
}

const full = (fact: Fact): Derived => ({ fact, inspectable: 'full', gaps: [] });

/** ATTACKER: `AdministratorAccess ` or a look-alike must not slip past the list, so only plain ASCII is ever known. */
function isMatch(rule: Extract<FactRule, { from: 'matches' }>, value: Json | undefined): boolean {
  if (typeof value !== 'string' || !/^[\u0021-\u007e]+$/.test(value)) return true;
  const text = value.toLowerCase();
  const ends = rule.endsWith.some((suffix) => text.endsWith(suffix.toLowerCase()));
  const isKnown = rule.known.length === 0 || rule.known.some((prefix) => value.startsWith(prefix));
  return ends || !isKnown;
}

function look(
  rule: Extract<FactRule, { from: 'lookup' }>,
  key: Json | undefined,
  resource: Resource,
): Derived {
  const list = Object.hasOwn(resource.lists, rule.list) ? resource.lists[rule.list] : undefined;
  const found = typeof key === 'string' && list && Object.hasOwn(list, key) ? list[key] : undefined;
  const fact = found && Object.hasOwn(found, rule.member) ? found[rule.member] : undefined;
  if (fact !== undefined && typeof fact === typeof rule.otherwise) return full(fact);
  const { inspectable } = rule;
  const gaps =
    inspectable === 'full' ? [] : [`\`${rule.key}\` is not registered in \`${rule.list}\``];
  return { fact: rule.otherwise, inspectable, gaps };
}
