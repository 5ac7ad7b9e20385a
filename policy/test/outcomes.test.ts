import { expect, test } from 'vitest';
import { runPolicyTests } from '../src/index.ts';
import { GROUPS, SAMPLE } from './sample.ts';

const report = await runPolicyTests(SAMPLE, { groups: GROUPS });
const rows = report.ok ? report.value.tests : [];

test('the shipped policies load and every one is matched by a test', () => {
  expect(report).toMatchObject({ ok: true, value: { unmatched: [] } });
  expect(rows.length).toBe(53);
});

test.each(rows.map((row) => [row.name, row] as const))('%s', (_name, { failures }) => {
  expect(failures).toEqual([]);
});
