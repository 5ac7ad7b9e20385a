import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { countersign } from './terminal.ts';

test('a demo leaves the world of one that is running alone', async () => {
  const cwd = mkdtempSync(join(tmpdir(), 'demo-'));
  mkdirSync(join(cwd, '.countersign'));
  const running = new DatabaseSync(join(cwd, '.countersign', 'demo.lock'));
  running.exec('BEGIN EXCLUSIVE');
  try {
    const { code, out, err } = await countersign(['demo', '--unattended'], { cwd });
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(/^countersign: a demo is running in .*\n {2}end it with Ctrl-C/);
  } finally {
    running.close();
    rmSync(cwd, { recursive: true });
  }
});
