import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { countersign, countersignJson } from './terminal.ts';

const folder = mkdtempSync(join(tmpdir(), 'countersign-keys-init-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('keys are made once, told where they belong, and never shown', async () => {
  const { code, out } = await countersign(['keys', 'init', 'keys'], { cwd: folder });
  expect(code).toBe(0);
  const files = readdirSync(join(folder, 'keys'));
  expect(files).toHaveLength(5);
  for (const name of files) {
    expect(out).toContain(name);
    expect(out).not.toContain(readFileSync(join(folder, 'keys', name), 'utf8').trim());
  }
  expect(out).toContain('secret manager');

  const again = await countersignJson(['keys', 'init', 'keys'], { cwd: folder });
  expect(again).toMatchObject({ code: 1, json: { error: { code: 'keys-exist' } } });
});
test('the folder must be named', async () => {
  expect((await countersign(['keys', 'init'], { cwd: folder })).code).toBe(2);
});
