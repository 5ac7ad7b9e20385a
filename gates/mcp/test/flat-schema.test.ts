import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseJson, type Json } from '@countersign/core';
import { readFlat } from '../src/flat-schema.ts';
import type { Members } from '../src/index.ts';
import { createSchemaCheck } from '../src/schema-check.ts';

const names = fc.constantFrom('a', 'b', 'c', 'constructor', 'toString', '1');
const scalar = fc.constantFrom<Json>('', 'x', 'y', 0, 1, 1.5, -3, true, false, null);
const given = fc.dictionary(names, fc.oneof(scalar, fc.array(scalar), fc.constant({ a: 1 })), {
  noNullPrototype: true,
});
const plain = fc.constantFrom('string', 'boolean', 'number', 'integer');
const one = fc.oneof(
  { weight: 4, arbitrary: fc.record<Record<string, Json>>({ type: plain }) },
  fc.record<Record<string, Json>>(
    {
      type: fc.oneof(plain, fc.constantFrom('null', 'array', 'object')),
      title: fc.constantFrom<Json>('t', 7),
      description: fc.constant('d'),
      enum: fc.array(scalar, { maxLength: 3 }),
      minLength: fc.constant(1),
    },
    { requiredKeys: [] },
  ),
);
const schema = fc.record<Record<string, Json>>(
  {
    type: fc.constantFrom('object', 'object', 'object', 'string'),
    properties: fc.dictionary(names, one, { noNullPrototype: true }),
    required: fc.oneof(fc.array(names, { maxLength: 2 }), fc.constant(true)),
    additionalProperties: fc.constantFrom<Json>(true, false, {}, { type: 'string' }),
    $schema: fc.constantFrom('http://json-schema.org/draft-07/schema#', 'https://example.com/x'),
    title: fc.constant('t'),
  },
  { requiredKeys: ['type'] },
);

test('R2 a plain schema is checked as the evaluation of it would', () => {
  let flat = 0;
  fc.assert(
    fc.property(schema, fc.array(given, { minLength: 8, maxLength: 8 }), (said, all) => {
      if (readFlat(said)) flat += 1;
      const check = createSchemaCheck(said);
      // says nothing, and no schema with it is read as a plain one
      const evaluate = createSchemaCheck({ ...said, $comment: 'x' });
      for (const args of all) expect(check(args, 9)).toEqual(evaluate(args, 9));
    }),
    { numRuns: 400 },
  );
  expect(flat).toBeGreaterThan(20);
});

test.each<readonly [string, Members]>([
  ['no members', { type: 'object' }],
  [
    'members of plain types',
    {
      $schema: 'http://json-schema.org/draft-07/schema#',
      type: 'object',
      properties: {
        owner: { type: 'string', description: 'Who' },
        state: { type: 'string', enum: ['open', 'closed'] },
      },
      required: ['owner'],
      additionalProperties: false,
    },
  ],
])('a plain schema: %s', (_, said) => {
  expect(readFlat(said)).toBeDefined();
});

test.each<readonly [string, Members]>([
  ['a pattern', { type: 'object', properties: { a: { type: 'string', pattern: 'a' } } }],
  ['a reference', { type: 'object', properties: { a: { $ref: '#' } } }],
  ['a list', { type: 'object', properties: { a: { type: 'array' } } }],
  ['a member without a type', { type: 'object', properties: { a: {} } }],
  ['a keyword nobody knows', { type: 'object', unheardOf: 1 }],
  ['an id', { type: 'object', $id: 'x' }],
  ['members that are a list', { type: 'object', properties: [] }],
  ['a type of JavaScript', { type: 'object', properties: { a: { type: 'constructor' } } }],
])('more than a plain schema: %s', (_, said) => {
  expect(readFlat(said)).toBeUndefined();
});

test('R2 a schema that is too large fits nothing, plain or not', () => {
  const large = { type: 'object', description: 'x'.repeat(300_000) };
  const parsed = parseJson(JSON.stringify(large));
  expect(parsed.ok && createSchemaCheck(parsed.value)({}, 0)).toEqual({
    conforms: false,
    isUnderstood: false,
  });
});
