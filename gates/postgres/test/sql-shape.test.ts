import fc from 'fast-check';
import { loadModule, scanSync } from 'libpg-query';
import { beforeAll, expect, test } from 'vitest';
import { loadClassify } from '../src/sql/classify.ts';
import type { Classified, Classify } from '../src/sql/facts.ts';
import { shapeOf } from '../src/sql/shape.ts';
import { SAMPLE_CATALOG } from './sample-catalog.ts';

let classify: Classify;
beforeAll(async () => {
  await loadModule();
  classify = await loadClassify();
});

test.each([
  ['select 1', 'select \0n'],
  ["select 'a', 'it''s', ''", "select '\0s', '\0s', '\0s'"],
  ['select a1, b.c2 from t where x=3', 'select a1, b.c2 from t where x=\0n'],
  ['select "col 1" from t limit 5', 'select "col 1" from t limit \0n'],
  ['select é1, 1.5, .5, 1e5, 0x1F', 'select é1, 1.5, .5, 1e5, 0x1F'],
  ["select '1 -- x'", undefined],
  ["select E'a'", undefined],
  ['select U&"d!0061" UESCAPE \'!\'', undefined],
  ["select N'a', B'1'", undefined],
  ["select 'a\\'", undefined],
  ['select $$a$$', undefined],
  ['select $a$ 1 $a$', undefined],
  ['select 1 /* 2 */', undefined],
  ['select $1', '\0=select $1'],
  ["select $1, 'a'", "\0=select $1, 'a'"],
  [`select $1, '${'x'.repeat(9000)}'`, undefined],
])('a shape: %s', (text, shape) => expect(shapeOf(text)).toBe(shape));

test('R1: no two texts with other literals are one shape by accident', () => {
  expect(shapeOf("select '\0s'")).toBeUndefined();
  expect(shapeOf("select '\ud800'")).toBeUndefined();
  expect(shapeOf('select 1')).not.toBe(shapeOf("select '1'"));
  expect(shapeOf('select a1')).not.toBe(shapeOf('select a2'));
  expect(shapeOf('select "a1"')).not.toBe(shapeOf('select "a2"'));
  expect(shapeOf('select é1')).not.toBe(shapeOf('select é2'));
});

const PIECES = [
  "'", "''", "'a'", "'it''s'", '"', '"a"', '""', '"1"', '1', '23', ' ', ' ', '\n', '-', '--', '/', '*', '$', '$1',
  'a', 'é', 'E', 'N', 'U&', 'B', 'x1', '_', '.', '1.5', '1e5', '(', ')', ',', ';', '\\', '+', '::', '[', ']', '&', '|',
] as const; // oxfmt-ignore

/** Whether a shape is the text with nothing but whole literals replaced, as PostgreSQL's scanner sees them. */
function isFaithful(text: string, shape: string): boolean {
  const bytes = Buffer.from(text);
  let [at, from] = [0, 0];
  for (const { start, end, tokenName } of scanSync(text).tokens) {
    const between = bytes.subarray(from, start).toString();
    const token = bytes.subarray(start, end).toString();
    // a literal may go on in the next line; a number may be kept
    const string = token.replaceAll(/'(?:[^']|'')*'/g, "'\0s'");
    const marks =
      tokenName === 'SCONST' ? [string] : tokenName === 'ICONST' ? ['\0n', token] : [token];
    const found = marks.find((mark) => shape.startsWith(between + mark, at));
    if (found === undefined) return false;
    at += between.length + found.length;
    from = end;
  }
  return shape.slice(at) === bytes.subarray(from).toString();
}

test("literals end where PostgreSQL's own scanner ends them", () => {
  let count = 0;
  const pieces = fc.array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 14 });
  fc.assert(
    fc.property(pieces, (some) => {
      const text = some.join('');
      const shape = shapeOf(text);
      if (shape === undefined || shape.startsWith('\0=')) return;
      let isScanned = true;
      try {
        scanSync(text);
      } catch {
        isScanned = false; // no statement; the server says so too
      }
      if (!isScanned) return;
      count += 1;
      expect(isFaithful(text, shape), JSON.stringify(text)).toBe(true);
    }),
    { numRuns: 4000 },
  );
  expect(count).toBeGreaterThan(500);
});

const TEMPLATES = [
  'select plan from customers where id = #',
  'select plan from customers where email = @ and seats > #',
  'select plan from customers where email in (@, @) or #',
  'select plan, # from customers order by # limit # offset #',
  'select @::regclass, @::text, interval @',
  'select lower(@), promote(#), set_config(@, @, false)',
  'select count(*), substr(@, #) from customers group by #',
  'insert into orders (total, status) values (#, @), (#, @)',
  'update customers set plan = @ where #',
  'update customers set plan = @ where # = # or id = #',
  'delete from orders where status = @ and @',
  'values (#, @), (#, @)',
  'copy orders to @',
  'set statement_timeout = #',
  'notify a, @',
  'fetch # from c',
  'explain (analyze #) delete from orders where id = #',
  'explain (analyze @) delete from orders where id = #',
  'begin; select @; commit',
  'select customers#.plan from customers customers# where id = #',
  'select plan from customers where id = -# and seats between # and #',
  'select jsonb_each(@), customers[#] from orders',
  'select plan from customers where @ ~ @ union select @',
];
const literal = fc.oneof(
  fc.constantFrom(
    'role',
    'timezone',
    'customers',
    'off',
    'on',
    'true',
    '/etc/passwd',
    "' or '1'='1",
    '1',
  ),
  fc.string({ maxLength: 6 }),
);
const number = fc.oneof(fc.constantFrom(0, 1, 2, 1_000_000, 3_000_000_000), fc.nat(20));

/** A template with its holes filled. */
const fill = (template: string, strings: readonly string[], numbers: readonly number[]): string => {
  let [s, n] = [0, 0];
  const next = (hole: string): string =>
    hole === '@'
      ? `'${(strings[s++ % strings.length] ?? '').replaceAll("'", "''")}'`
      : String(numbers[n++ % numbers.length]);
  return template.replaceAll(/[@#]/g, next);
};

const mayStand = (told: Classified): boolean =>
  told.is === 'understood' && told.facts.statements.every((one) => !one.literalSensitive);

test('R1, POL-22: texts of one shape have the same facts, unless those say that literals count', () => {
  let count = 0;
  const fills = fc.tuple(
    fc.array(literal, { minLength: 1, maxLength: 4 }),
    fc.array(number, { minLength: 1, maxLength: 4 }),
  );
  fc.assert(
    fc.property(fc.constantFrom(...TEMPLATES), fills, fills, (template, one, other) => {
      const [first, second] = [fill(template, ...one), fill(template, ...other)];
      const shape = shapeOf(first);
      if (shape === undefined || shape !== shapeOf(second)) return;
      count += 1;
      const [a, b] = [classify(first, SAMPLE_CATALOG), classify(second, SAMPLE_CATALOG)];
      // one of them may be permitted; then the other runs unseen
      if ([a, b].some(mayStand)) expect(a).toEqual(b);
    }),
    { numRuns: 1500 },
  );
  expect(count).toBeGreaterThan(500);
});
