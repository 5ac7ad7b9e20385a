import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PolicyList, PolicySources, PolicyTests, Problem } from '@countersign/api';
import { startGateway, type Fixture } from './gateway-fixture.ts';

let gateway: Fixture;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());

const get = <T>(name: 'rita' | 'etl', path: string) => gateway.call<T>(name, 'GET', path);
const results = async (): Promise<PolicyTests> =>
  (await get<PolicyTests>('rita', '/v1/policies/tests')).body;

test('the files of the set in force, as they were written', async () => {
  const { body } = await get<PolicySources>('rita', '/v1/policies/sources');
  const { body: listed } = await get<PolicyList>('rita', '/v1/policies');
  expect(body.digest).toBe(listed.digest);
  const named = new Set(listed.policies.map(({ file }) => file));
  expect(body.files.map(({ file }) => file).toSorted()).toEqual(
    [...named, 'schema.cedarschema'].toSorted(),
  );
  for (const { file, text } of body.files)
    expect(text).toBe(readFileSync(join(gateway.folder, 'policies', file), 'utf8'));
});

test('a set that is refused changes nothing of what is told', async () => {
  const before = await get<PolicySources>('rita', '/v1/policies/sources');
  writeFileSync(join(gateway.folder, 'policies', 'broken.cedar'), 'permit (');
  await new Promise((resolve) => void setTimeout(resolve, 400));
  expect((await get<PolicySources>('rita', '/v1/policies/sources')).body).toEqual(before.body);
});

test('tests run against the set in force, with what no test meets; run again when they change', async () => {
  const first = await results();
  expect(first.problems).toEqual([]);
  expect(first.tests.length).toBeGreaterThan(10);
  expect(first.tests.flatMap(({ failures }) => failures)).toEqual([]);
  const [again, once] = await Promise.all([results(), results()]);
  expect(again).toEqual(first);
  expect(once).toEqual(first);
  const tests = join(gateway.folder, 'policies', 'tests');
  mkdirSync(tests, { recursive: true });
  const text = readFileSync(join(tests, 'data.json'), 'utf8');
  writeFileSync(
    join(tests, 'data.json'),
    text.replaceAll('"decision": "deny"', '"decision": "allow"'),
  );
  const broken = await results();
  expect(broken.tests.filter(({ failures }) => failures.length > 0).length).toBeGreaterThan(0);
  writeFileSync(join(tests, 'more.json'), '[{"name": ');
  expect((await results()).problems).toMatchObject([{ file: 'tests/more.json' }]);
});

test('the engine that judges is another one: it answers while tests run', async () => {
  writeFileSync(join(gateway.folder, 'policies', 'tests', 'more.json'), '[]');
  const running = results();
  const { body } = await get<PolicyList>('etl', '/v1/policies');
  expect(body.policies.length).toBeGreaterThan(5);
  expect((await running).problems).toEqual([]);
});

test.each(['/v1/policies/sources', '/v1/policies/tests'])(
  'agents read no sources: %s',
  async (path) => {
    const { status, body } = await get<Problem>('etl', path);
    expect([status, body.code]).toEqual([403, 'humans-only']);
  },
);
