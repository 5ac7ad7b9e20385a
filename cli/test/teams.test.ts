import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { countersign, countersignJson } from './terminal.ts';

let cwd: string;
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'countersign-app-'));
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

const GOOD = [
  '--app-id',
  '0f0e0d0c-0b0a-4908-8706-050403020100',
  '--public-url',
  'https://countersign.example.com',
];

test('teams package makes the archive a tenant installs', async () => {
  const made = await countersignJson(['teams', 'package', 'app.zip', ...GOOD], { cwd });
  const bytes = readFileSync(join(cwd, 'app.zip'));
  expect(made.json).toMatchObject({ bytes: bytes.length, version: '1.0.0' });
  expect(bytes.readUInt32LE(0)).toBe(0x04034b50);
});

test('teams package makes nothing of what Teams would not take', async () => {
  const { code, err } = await countersign(['teams', 'package', 'no.zip', '--app-id', 'x'], { cwd });
  expect([code, err]).toEqual([2, expect.stringContaining('the app id is no GUID')]);
});
