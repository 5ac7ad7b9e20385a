import { expect, test } from 'vitest';
import { paramHeaders, paramHeadersOf, type Members } from '../src/index.ts';

const toolOf = (properties: Members, more: Members = {}): Members => ({
  name: 't',
  inputSchema: { type: 'object', properties, ...more },
});
const marked = (name: unknown, type = 'string'): Members => ({
  type,
  'x-mcp-header': name as string,
});

test('headers are made from the arguments that go out', () => {
  const tool = toolOf({
    region: marked('Region'),
    count: marked('Count', 'integer'),
    dry: marked('Dry', 'boolean'),
    deep: { type: 'object', properties: { id: marked('Id') } },
    plain: { type: 'string' },
  });
  expect(
    paramHeaders(tool, { region: 'eu', count: 3, dry: false, deep: { id: 'x y' }, plain: 'z' }),
  ).toEqual({
    'Mcp-Param-Region': 'eu',
    'Mcp-Param-Count': '3',
    'Mcp-Param-Dry': 'false',
    'Mcp-Param-Id': 'x y',
  });
  expect(paramHeaders(tool, { region: null, count: { a: 1 }, deep: 'no' })).toEqual({});
});

test.each([
  ['zürich', '=?base64?esO8cmljaA==?='],
  [' a', '=?base64?IGE=?='],
  ['a\r\nX: y', '=?base64?YQ0KWDogeQ==?='],
  ['=?base64?YQ==?=', '=?base64?PT9iYXNlNjQ/WVE9PT89?='],
  ['', '=?base64??='],
])('a value that is no plain header text is encoded: %j', (value, expected) => {
  expect(paramHeaders(toolOf({ a: marked('A') }), { a: value })).toEqual({
    'Mcp-Param-A': expected,
  });
});

test.each<[string, Members]>([
  ['below items', toolOf({ a: { type: 'array', items: marked('A') } })],
  ['below anyOf', toolOf({ a: { anyOf: [marked('A')] } })],
  ['in definitions', toolOf({}, { $defs: { a: marked('A') } })],
  ['at the top', { inputSchema: { type: 'string', 'x-mcp-header': 'A' } }],
  ['on a number', toolOf({ a: marked('A', 'number') })],
  ['no token', toolOf({ a: marked('A B') })],
  ['no text', toolOf({ a: marked(7) })],
  ['twice, but for case', toolOf({ a: marked('Aa'), b: marked('aA') })],
])('a tool with an unlawful mark is left out: %s', (_, tool) => {
  expect(paramHeadersOf(tool)).toBeUndefined();
});

test('a mark that is data, or the name of an argument, is none', () => {
  expect(
    paramHeadersOf(toolOf({ 'x-mcp-header': { type: 'object' }, a: { default: marked('A') } })),
  ).toEqual([]);
});
