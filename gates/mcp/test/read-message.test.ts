import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Received, Response } from '../src/message.ts';
import { readBody, readMessage, withId } from '../src/read-message.ts';

test.each([
  '{"jsonrpc":"2.0","id":1,"method":"ping"}',
  '{"jsonrpc":"2.0","id":"a","method":"tools/call","params":{"name":"x"},"more":1}',
  '{ "method":"notifications/initialized", "jsonrpc":"2.0" }',
  '{"result":{"content":[]},"jsonrpc":"2.0","id":1}',
  '{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"no","data":[1]}}',
])('takes %s with its exact text', (text) => {
  expect(readMessage(text)).toEqual({ ok: true, value: { message: JSON.parse(text), text } });
});

test.each([
  ['', -32700],
  ['{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}', -32700],
  ['{"jsonrpc":"2.0","id":1,"method":"a","params":{"n":12345678901234567890}}', -32700],
  ['{"jsonrpc":"2.0","id":1,"method":"a","params":{"__proto__":{}}}', -32700],
  ['{"jsonrpc":"2.0","id":1,"method":"ping"} x', -32700],
  ['"text"', -32600],
  ['[]', -32600],
  ['[{"jsonrpc":"2.0","id":1,"method":"ping"}]', -32600],
  ['{"id":1,"method":"ping"}', -32600],
  ['{"jsonrpc":"2.0","id":null,"method":"ping"}', -32600],
  ['{"jsonrpc":"2.0","id":1.5,"method":"ping"}', -32600],
  ['{"jsonrpc":"2.0","id":{},"method":"ping"}', -32600],
  ['{"jsonrpc":"2.0","id":1,"method":""}', -32600],
  ['{"jsonrpc":"2.0","id":1,"method":"ping","params":[1]}', -32600],
  ['{"jsonrpc":"2.0","id":1,"method":"ping","params":null}', -32600],
  ['{"jsonrpc":"2.0","id":1,"method":"ping","result":{}}', -32600],
  ['{"jsonrpc":"2.0","id":1}', -32600],
  ['{"jsonrpc":"2.0","result":{}}', -32600],
  ['{"jsonrpc":"2.0","id":1,"result":[]}', -32600],
  ['{"jsonrpc":"2.0","id":1,"result":{},"error":{"code":1,"message":""}}', -32600],
  ['{"jsonrpc":"2.0","id":1,"error":{"code":"1","message":""}}', -32600],
  [`{"jsonrpc":"2.0","id":"${'x'.repeat(2_000)}","method":"ping"}`, -32600],
  [
    `{"jsonrpc":"2.0","id":1,"method":"a","params":{"a":${'['.repeat(200)}${']'.repeat(200)}}}`,
    -32700,
  ],
])('R2: refuses %.80s', (text, code) => {
  const read = readMessage(text);
  expect(read.ok ? read.value : read.error.code).toBe(code);
});

test('an error that names no request is told with what it says', () => {
  for (const id of ['', '"id":null,'])
    expect(
      readMessage(`{"jsonrpc":"2.0",${id}"error":{"code":-32000,"message":"m"}}`),
    ).toMatchObject({
      ok: false,
      error: { error: { code: -32000, message: 'm' } },
    });
});

test('a batch is read whole or not at all', () => {
  const [one, two] = ['{"jsonrpc":"2.0","id":1,"method":"ping"}', '{"jsonrpc":"2.0","method":"n"}'];
  const read = readBody(`\n [${one}, ${two}]`);
  expect(read.ok && read.value.isBatch && read.value.messages.map(({ text }) => text)).toEqual([
    one,
    two,
  ]);
  expect(readBody(one)).toMatchObject({ ok: true, value: { isBatch: false } });
  expect(readBody('[]').ok).toBe(false);
  expect(readBody(`[${one},{"jsonrpc":"2.0","id":1}]`).ok).toBe(false);
  expect(readBody(`[${`${one},`.repeat(200)}${one}]`).ok).toBe(false);
});

test('R3: a response under another id is the same response, wherever the id stands', () => {
  const ids = fc.oneof(fc.integer(), fc.string());
  const result = fc.dictionary(
    fc.string(),
    fc.oneof(fc.string(), fc.integer(), fc.constant('"id":7}')),
  );
  fc.assert(
    fc.property(ids, ids, result, fc.nat(3), (id, to, members, shape) => {
      const [head, rest] = [
        `"jsonrpc":"2.0","id":${JSON.stringify(id)}`,
        `"result":${JSON.stringify(members)}`,
      ];
      const text = [
        `{${head},${rest}}`,
        `{${rest},${head}}`,
        `{"id":${JSON.stringify(id)},"jsonrpc":"2.0",${rest}}`,
        `{ ${rest} , ${head} }`,
      ][shape];
      const read = readMessage(text ?? '');
      if (!read.ok) return read.error.code === -32700 || read.error.code === -32600;
      const renamed = withId(read.value as Received<Response>, to);
      expect(renamed.message).toEqual({ ...JSON.parse(text ?? ''), id: to });
      expect(readMessage(renamed.text)).toEqual({ ok: true, value: renamed });
      return true;
    }),
    { numRuns: 300 },
  );
});
