import type { PolicyJson } from './cedar.ts';

/**
 * What conditions look at of one value of the context, and of what lies in it. Values of one type that differ in nothing a look
 * names are one to every condition. Plain data, so it crosses threads.
 */
export type Look = {
  /** It counts as it is: it is used in some way not told below. */
  readonly isWhole?: boolean;
  /** Words and numbers it is held against, or, where it is a set, that are looked for in it. */
  readonly literals?: ReadonlySet<string | number>;
  /** By name, where it is a record. */
  readonly members?: ReadonlyMap<string, Look>;
};

type Seen = { isWhole: boolean; literals: Set<string | number>; members: Map<string, Seen> };

const unseen = (): Seen => ({ isWhole: false, literals: new Set(), members: new Map() });

/** What the conditions of a policy look at of the context. */
export function lookOf({ conditions }: Pick<PolicyJson, 'conditions'>): Look {
  const root = unseen();
  for (const { body } of conditions) walk(body, root);
  return root;
}

/** What several looks see together. */
export function together(looks: readonly Look[]): Look {
  const names = new Set(looks.flatMap(({ members }) => [...(members?.keys() ?? [])]));
  return {
    isWhole: looks.some(({ isWhole }) => isWhole),
    literals: new Set(looks.flatMap(({ literals }) => [...(literals ?? [])])),
    members: new Map(
      [...names].map((name) => [
        name,
        together(looks.flatMap(({ members }) => members?.get(name) ?? [])),
      ]),
    ),
  };
}

/** INVARIANT: a use of a value that is not known here makes it count as it is. */
function walk(expression: unknown, root: Seen): void {
  if (typeof expression !== 'object' || expression === null) return;
  const path = pathOf(expression);
  if (path) at(root, path).isWhole = true;
  else if (Array.isArray(expression)) for (const one of expression) walk(one, root);
  else
    for (const [operator, operand] of Object.entries(expression)) {
      if (operator === 'Value' || isTold(operator, operand, root)) continue;
      // the names of a record are its author's, and no operators
      walk(operator === 'Record' ? Object.values(operand as object) : operand, root);
    }
}

/** Whether only part of a value counts for this use of it; if so, that part is noted. */
function isTold(operator: string, operand: unknown, root: Seen): boolean {
  const [left, right] = [field(operand, 'left'), field(operand, 'right')];
  switch (operator) {
    case 'has': // names of members, and whether a set is empty, are part of a type
      return isHeldAgainst(left, [], root);
    case 'isEmpty':
      return isHeldAgainst(field(operand, 'arg'), [], root);
    case '==':
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=':
      return (
        isHeldAgainst(left, literalsOf([right]), root) ||
        isHeldAgainst(right, literalsOf([left]), root)
      );
    case 'contains':
      return (
        isHeldAgainst(left, literalsOf([right]), root) ||
        isHeldAgainst(right, literalsOf(field(left, 'Set')), root)
      );
    case 'containsAny':
      return (
        isHeldAgainst(left, literalsOf(field(right, 'Set')), root) ||
        isHeldAgainst(right, literalsOf(field(left, 'Set')), root)
      );
    case 'containsAll': // the other way round it asks what else is in the set
      return isHeldAgainst(left, literalsOf(field(right, 'Set')), root);
    default:
      return false;
  }
}

type Literals = readonly (string | number)[];

function isHeldAgainst(value: unknown, literals: Literals | undefined, root: Seen): boolean {
  const path = pathOf(value);
  if (!path || !literals) return false;
  const seen = at(root, path);
  for (const one of literals) seen.literals.add(one);
  return true;
}

/** Words and numbers; undefined where something else is among them. */
function literalsOf(expressions: unknown): Literals | undefined {
  if (!Array.isArray(expressions)) return undefined;
  const values = expressions.map((one: unknown) => field(one, 'Value'));
  return values.every((one) => typeof one === 'string' || Number.isSafeInteger(one))
    ? (values as Literals)
    : undefined;
}

/** The names from `context` down to a value of it; undefined for what is none. */
function pathOf(expression: unknown): readonly string[] | undefined {
  if (field(expression, 'Var') === 'context') return [];
  const access = field(expression, '.');
  const name = field(access, 'attr');
  const above = access === undefined ? undefined : pathOf(field(access, 'left'));
  return above && typeof name === 'string' ? [...above, name] : undefined;
}

function at(root: Seen, path: readonly string[]): Seen {
  let seen = root;
  for (const name of path) {
    const next = seen.members.get(name) ?? unseen();
    seen.members.set(name, next);
    seen = next;
  }
  return seen;
}

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
