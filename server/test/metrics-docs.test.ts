import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bareTable } from './config-docs.ts';
import { startGateway, type Fixture } from './gateway-fixture.ts';
import { TROUBLES } from '../src/troubles.ts';

const GUIDE = fileURLToPath(new URL('../../docs/guides/observability.md', import.meta.url));
const BEGIN =
  '<!-- metrics: written by COUNTERSIGN_WRITE_DOCS=1 npx vitest run server/test/metrics-docs -->';
const END = '<!-- end of metrics -->';

let gateway: Fixture;
let table = '';
beforeAll(async () => {
  gateway = await startGateway();
  const { body } = await gateway.call<string>(undefined, 'GET', '/metrics');
  const rows = [...body.matchAll(/^# HELP (\w+) (.+)\n# TYPE \w+ (\w+)$/gm)].map(
    ([, name, help, type]) => `| \`${name}\` | ${type} | ${help} |`,
  );
  table = ['| metric | type | what it tells |', '| --- | --- | --- |', ...rows].join('\n');
  if (process.env['COUNTERSIGN_WRITE_DOCS'] !== '1') return;
  const [before = ''] = readFileSync(GUIDE, 'utf8').split(BEGIN);
  const [, after = ''] = readFileSync(GUIDE, 'utf8').split(END);
  writeFileSync(GUIDE, `${before}${BEGIN}\n\n${table}\n\n${END}${after}`);
});
afterAll(() => gateway.stop());

test('the table of metrics is what a gateway tells', () => {
  const guide = readFileSync(GUIDE, 'utf8');
  const written = guide.slice(guide.indexOf(BEGIN) + BEGIN.length, guide.indexOf(END)).trim();
  expect(bareTable(written)).toBe(bareTable(table));
  expect(table.split('\n').length).toBeGreaterThan(25);
});

test('the guide says what each check means', () => {
  const guide = readFileSync(GUIDE, 'utf8');
  for (const name of [...TROUBLES, 'policy', 'accepting']) expect(guide).toContain(`| \`${name}\``);
});
