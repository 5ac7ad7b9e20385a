import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const spec = join(root, 'docs/spec');

const pages = readdirSync(spec).filter((name) => name.endsWith('.md'));
const rules = pages.flatMap((page) =>
  [...readFileSync(join(spec, page), 'utf8').matchAll(/^- \*\*([A-Z]+-?\d+)\*\*/gm)].map(
    ([, id = '']) => id,
  ),
);

/** Everything of ours that is TypeScript, sources and tests. */
function sources(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name.startsWith('.') || ['node_modules', 'dist', 'docs'].includes(entry.name))
      return [];
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sources(path);
    return path.endsWith('.ts') ? [readFileSync(path, 'utf8')] : [];
  });
}

/** Rules whose implementing lines still owe the citation. Only ever gets shorter. */
const OWED = /^(POL-\d+|L4|L18|L19|L20|L21)$/;

test('every rule of docs/spec has one id and is cited by a source or a test', () => {
  expect(rules.length).toBeGreaterThan(60);
  expect(rules).toEqual([...new Set(rules)]);
  const cited = new Set(sources(root).flatMap((text) => text.match(/\b[A-Z]+-?\d+\b/g) ?? []));
  expect(rules.filter((id) => !cited.has(id) && !OWED.test(id))).toEqual([]);
});
