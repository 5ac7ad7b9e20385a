import { expect, test } from 'vitest';
import { freshCedar } from '../src/load.ts';
import { lookOf, together, type Look } from '../src/looks.ts';

const cedar = freshCedar();

function lookOfCondition(condition: string): Look {
  const parsed = cedar.policyToJson(`forbid (principal, action, resource) when { ${condition} };`);
  if (parsed.type !== 'success')
    throw new Error(parsed.errors.map(({ message }) => message).join());
  return lookOf(parsed.json);
}

/** `a.b` → what is looked at there: `whole`, or what it is held against. */
function told(look: Look, path = '$'): Readonly<Record<string, unknown>> {
  const own = look.isWhole === true ? 'whole' : [...(look.literals ?? [])];
  const members = [...(look.members ?? [])];
  return {
    ...(own === 'whole' || own.length > 0 || members.length === 0 ? { [path]: own } : {}),
    ...Object.assign({}, ...members.map(([name, one]) => told(one, `${path}.${name}`))),
  };
}

test.each([
  ['true', { $: [] }],
  ['principal.trust == 3 && resource in Countersign::Env::"prod"', { $: [] }],
  ['context.tool == "x" || "y" != context.tool', { '$.tool': ['x', 'y'] }],
  ['context["data-class"] == "x"', { '$.data-class': ['x'] }],
  ['context.sql.rows > 10 && 5 <= context.sql.rows', { '$.sql.rows': [10, 5] }],
  ['context.rows == -5', { '$.rows': [-5] }],
  ['context.rows == context.most', { '$.rows': 'whole', '$.most': 'whole' }],
  ['context.rows * 2 == 10', { '$.rows': 'whole' }],
  ['context.flag', { '$.flag': 'whole' }],
  ['context.flag == true', { '$.flag': 'whole' }],
  ['!context.set.isEmpty()', { '$.set': [] }],
  ['context.set.contains("x")', { '$.set': ['x'] }],
  ['context.set.containsAny(["x", "y"])', { '$.set': ['x', 'y'] }],
  ['context.set.containsAll(["x", "y"])', { '$.set': ['x', 'y'] }],
  ['["x", "y"].contains(context.tool)', { '$.tool': ['x', 'y'] }],
  ['["x"].containsAny(context.set)', { '$.set': ['x'] }],
  ['["x"].containsAll(context.set)', { '$.set': 'whole' }],
  ['context.set == ["x"]', { '$.set': 'whole' }],
  ['context.set.contains(context.tool)', { '$.set': 'whole', '$.tool': 'whole' }],
  ['context.set.containsAny(["x", context.tool])', { '$.set': 'whole', '$.tool': 'whole' }],
  ['context.set.contains(["x"])', { '$.set': 'whole' }],
  ['context.tool like "x*"', { '$.tool': 'whole' }],
  ['context.who == Countersign::Person::"x"', { '$.who': 'whole' }],
  ['context.who.name == "x"', { '$.who.name': ['x'] }],
  ['context.who in Countersign::Team::"x"', { '$.who': 'whole' }],
  ['context.at < datetime("2026-01-01")', { '$.at': 'whole' }],
  ['context has a && context.a has b.c', { $: [], '$.a': [] }],
  ['context == {}', { $: 'whole' }],
  ['{ Value: context.a, "has": context.b }.Value == 1', { '$.a': 'whole', '$.b': 'whole' }],
  ['[context.a, { b: context.b }].contains(1)', { '$.a': 'whole', '$.b': 'whole' }],
  [
    '(if context.a then context.b else context.c).d',
    { '$.a': 'whole', '$.b': 'whole', '$.c': 'whole' },
  ],
  ['context.constructor == "x"', { '$.constructor': ['x'] }],
])('R2 what a condition looks at: %s', (condition, expected) => {
  const seen = told(lookOfCondition(condition));
  expect({ $: [], ...seen }).toEqual({ $: [], ...expected });
});

test('policies together look at what each of them does', () => {
  const looks = ['context.a.b == "x"', 'context.a.b == "y"', 'context.a.c', 'context.d > 1'];
  expect(told(together(looks.map(lookOfCondition)))).toEqual({
    '$.a.b': ['x', 'y'],
    '$.a.c': 'whole',
    '$.d': [1],
  });
});
