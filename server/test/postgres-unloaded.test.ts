import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

const STATIC = /^(?:import|export)\s(?!type\s)[^;]*?from\s+'([^']+)';/gm;

/** Everything that is loaded with a file, before anything runs; types are not. */
function loadedWith(file: string, seen = new Map<string, string>()): ReadonlyMap<string, string> {
  for (const [, to = ''] of readFileSync(file, 'utf8').matchAll(STATIC)) {
    if (!to.startsWith('.')) seen.set(to, file);
    const next = join(dirname(file), to);
    if (!to.startsWith('.') || seen.has(next) || !existsSync(next)) continue;
    seen.set(next, file);
    loadedWith(next, seen);
  }
  return seen;
}

test('a gateway without databases loads nothing of their gate: its parser alone is 30 MB', () => {
  const main = join(import.meta.dirname, '../src/index.ts');
  const loaded = loadedWith(main);
  expect(loaded.size).toBeGreaterThan(100);
  expect(loaded.get('@countersign/gate-postgres')).toBeUndefined();
  const gate = loadedWith(join(import.meta.dirname, '../src/postgres/open.ts'));
  expect(gate.has('@countersign/gate-postgres')).toBe(true);
});
