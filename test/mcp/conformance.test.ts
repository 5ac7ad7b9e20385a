import { afterAll, beforeAll, describe, test } from 'vitest';
import { type Fixture, startFixture } from './fixture.ts';
import { runSuite, SUITES, type SuiteName } from './suite.ts';

const names = Object.keys(SUITES) as SuiteName[];

let fixture: Fixture;
beforeAll(async () => {
  fixture = await startFixture();
});
afterAll(() => fixture?.close());

describe('the fixture itself, so that what the gateway loses is the gateway’s', () => {
  test.concurrent.for(names)('passes %s', async (name, { expect }) => {
    const { passed, failed } = await runSuite(name, fixture.url);
    expect(failed).toEqual([]);
    expect(passed).toHaveLength(SUITES[name].count);
  });
});
