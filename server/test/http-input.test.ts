import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ActionStatus, Problem } from '@countersign/api';
import { READ, startGateway, type Fixture } from './gateway-fixture.ts';

let gateway: Fixture;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());

const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
const withArguments = (text: string): string =>
  `{"type":"sql.select","resource":{"type":"Database","id":"crm"},"arguments":${text}}`;
const good = '"table":"stats","columns":["day"]';

type Row = readonly [what: string, body: string, status: number, code: string, path?: string];
const ROWS: readonly Row[] = [
  ['nothing', '', 400, 'invalid-json', '$'],
  ['half a document', '{"type":', 400, 'invalid-json', '$.type'],
  ['two documents', '{} {}', 400, 'invalid-json', '$'],
  ['a byte order mark', '\ufeff{}', 400, 'invalid-json', '$'],
  ['depth 200', withArguments(nested(200)), 400, 'invalid-json'],
  ['NaN', withArguments('{"limit":NaN}'), 400, 'invalid-json', '$.arguments.limit'],
  ['Infinity', withArguments('{"limit":1e999}'), 400, 'invalid-json', '$.arguments.limit'],
  ['2^53', withArguments('{"limit":9007199254740993}'), 400, 'invalid-json', '$.arguments.limit'],
  ['a duplicate member', withArguments('{"table":"a","table":"b"}'), 400, 'invalid-json'],
  ['a hidden duplicate', withArguments('{"table":"a","t\\u0061ble":"b"}'), 400, 'invalid-json'],
  ['a lone surrogate', withArguments('{"table":"\\ud800"}'), 400, 'invalid-json'],
  ['__proto__', withArguments('{"__proto__":{"table":"a"}}'), 400, 'invalid-json'],
  ['an array', '[]', 400, 'invalid-request', '$'],
  ['null', 'null', 400, 'invalid-request', '$'],
  [
    'an unknown member',
    `{"type":"a","resource":{"type":"b","id":"c"},"arguments":{},"agent":"other"}`,
    400,
    'invalid-request',
    '$.agent',
  ],
  [
    'an unknown member below',
    `{"type":"a","resource":{"type":"b","id":"c","x":1},"arguments":{}}`,
    400,
    'invalid-request',
    '$.resource.x',
  ],
  // what a gate found out itself, and what is released at once, is never taken from an agent (POL-22)
  ...['evidence', 'performer', 'drill'].map(
    (name) =>
      [
        `${name} of an agent`,
        `{"type":"sql.query","resource":{"type":"Database","id":"crm"},"arguments":{},"${name}":{"rows":0,"cost":0}}`,
        400,
        'invalid-request',
        `$.${name}`,
      ] satisfies Row,
  ),
  ['a missing member', `{"type":"a","arguments":{}}`, 400, 'invalid-request', '$.resource'],
  ['constructor as a member', `{"constructor":1}`, 400, 'invalid-request'],
  [
    'an unknown type',
    withArguments('{}').replace('sql.select', 'sql.nope'),
    422,
    'unknown-action-type',
    '$.type',
  ],
  [
    'an unknown resource',
    withArguments(`{${good}}`).replace('crm', 'nope'),
    422,
    'unknown-resource',
    '$.resource.id',
  ],
  ['arguments that are no object', withArguments('[]'), 422, 'invalid-arguments'],
  [
    'an unknown argument',
    withArguments(`{${good},"x":1}`),
    422,
    'invalid-arguments',
    '$.arguments.x',
  ],
  [
    'an argument of another type',
    withArguments(`{"table":1,"columns":[]}`),
    422,
    'invalid-arguments',
    '$.arguments.table',
  ],
  [
    'an entity in disguise',
    withArguments(`{"table":{"__entity":{"type":"Team","id":"data"}},"columns":[]}`),
    422,
    'invalid-arguments',
    '$.arguments.table',
  ],
  [
    'a fraction',
    withArguments(`{${good},"limit":1.5}`),
    422,
    'invalid-arguments',
    '$.arguments.limit',
  ],
];

describe('bad input is a clear problem, and nothing is recorded', () => {
  test.each(ROWS)('%s', async (_, body, status, code, path) => {
    const answer = await gateway.call<Problem>('etl', 'POST', '/v1/actions', body, {
      'content-type': 'application/json',
    });
    expect(answer.body).toMatchObject({ status, code, type: `/problems#${code}` });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.headers.get('x-request-id')).toBe(answer.body.requestId);
    expect(answer.body.hint).not.toBe('');
    if (path !== undefined) expect(answer.body.path).toBe(path);
  });

  test('an entity in disguise where any record fits reaches policy as data, never as an entity', async () => {
    const body = withArguments(
      `{${good},"where":{"__entity":{"type":"Team","id":"data"},"__extn":{"fn":"ip","arg":"::"}}}`,
    );
    const answer = await gateway.call<ActionStatus>('etl', 'POST', '/v1/actions', body, {
      'content-type': 'application/json',
    });
    expect(answer.body.state).not.toBe('allowed');
  });

  test('5 MB of arguments, of a known and of an unknown length', async () => {
    const body = withArguments(`{"table":"${'x'.repeat(5_000_000)}"}`);
    const known = await gateway.call<Problem>('etl', 'POST', '/v1/actions', body, {
      'content-type': 'application/json',
    });
    expect([known.status, known.body.code]).toEqual([413, 'body-too-large']);
    const chunks = new ReadableStream({
      start(controller) {
        for (let at = 0; at < body.length; at += 100_000)
          controller.enqueue(new TextEncoder().encode(body.slice(at, at + 100_000)));
        controller.close();
      },
    });
    const streamed = await fetch(`${gateway.url()}/v1/actions`, {
      method: 'POST',
      headers: {
        authorization: 'Bearer csk_etlxxxxxxxxxxxxxxxxxxxxx',
        'content-type': 'application/json',
      },
      body: chunks,
      duplex: 'half',
    });
    expect(streamed.status).toBe(413);
  });

  test('bytes that are no UTF-8', async () => {
    const bytes = Buffer.concat([Buffer.from('{"type":"'), Buffer.from([0xff]), Buffer.from('"}')]);
    const answer = await fetch(`${gateway.url()}/v1/actions`, {
      method: 'POST',
      headers: {
        authorization: 'Bearer csk_etlxxxxxxxxxxxxxxxxxxxxx',
        'content-type': 'application/json',
      },
      body: bytes,
    });
    expect(await answer.json()).toMatchObject({
      code: 'invalid-json',
      detail: 'the body is not UTF-8',
    });
  });

  test.each([
    ['text/plain', {}],
    ['application/json; charset=utf-16', {}],
    ['application/json', { 'content-encoding': 'gzip' }],
  ])('a body of type %s %o', async (type, more) => {
    const answer = await gateway.call<Problem>('etl', 'POST', '/v1/actions', READ, {
      'content-type': type,
      ...more,
    });
    expect([answer.status, answer.body.code]).toEqual([415, 'unsupported-media-type']);
  });

  test.each([[''], ['ä'], ['k'.repeat(256)]])('an idempotency key %j', async (key) => {
    const answer = await gateway.call<Problem>('etl', 'POST', '/v1/actions', READ, {
      'idempotency-key': Buffer.from(key).toString('latin1'),
    });
    expect([answer.status, answer.body.path]).toEqual([400, 'Idempotency-Key']);
  });

  test.each([
    ['/v1/actions/act_0?wait=56', '?wait'],
    ['/v1/actions/act_0?wait=-1', '?wait'],
    ['/v1/actions/act_0?wait=1&wait=2', '?wait'],
    ['/v1/actions/act_0?nope=1', '?nope'],
  ])('the query of %s', async (path, where) => {
    const answer = await gateway.call<Problem>('etl', 'GET', path);
    expect([answer.status, answer.body.code, answer.body.path]).toEqual([
      400,
      'invalid-request',
      where,
    ]);
  });

  test.each([['/v1/actions/act_0'], ['/v1/actions/..%2f..'], ['/v1/actions/policy-x']])(
    '%s is not found',
    async (path) => {
      const answer = await gateway.call<Problem>('etl', 'GET', path);
      expect(answer.status).toBe(404);
    },
  );

  test('after all of this nothing was recorded but one action, and the process is up', async () => {
    const { body } = await gateway.call<string>(undefined, 'GET', '/metrics');
    // whose keys these are, policies and configuration in force, and the two entries of the one action that was understood
    expect(body).toContain('countersign_ledger_entries 5\n');
    const { body: ready } = await gateway.call<{ ready: boolean }>(undefined, 'GET', '/readyz');
    expect(ready.ready).toBe(true);
  });
});
