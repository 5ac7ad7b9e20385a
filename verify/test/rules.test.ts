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

type Source = { readonly path: string; readonly text: string };

/** Everything of ours that is TypeScript, sources and tests. */
function sources(folder: string): readonly Source[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name.startsWith('.') || ['node_modules', 'dist', 'docs'].includes(entry.name))
      return [];
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sources(path);
    return path.endsWith('.ts') ? [{ path, text: readFileSync(path, 'utf8') }] : [];
  });
}

const isTest = ({ path }: Source): boolean => /\/(test|testing)\//.test(path);
const citedBy = (files: readonly Source[]): ReadonlySet<string> =>
  new Set(files.flatMap(({ text }) => text.match(/\b[A-Z]+-?\d+\b/g) ?? []));
const all = sources(root);

test('every rule of docs/spec has one id and is cited by a source or a test', () => {
  expect(rules.length).toBeGreaterThan(90);
  expect(rules).toEqual([...new Set(rules)]);
  const cited = citedBy(all);
  expect(rules.filter((id) => !cited.has(id))).toEqual([]);
});

test('what holds everywhere, and what a judgement means, is held by tests', () => {
  const held = rules.filter((id) => /^(R|POL-)\d+$/.test(id));
  expect(held).toHaveLength(10 + 22);
  const cited = citedBy(all.filter(isTest));
  expect(held.filter((id) => !cited.has(id))).toEqual([]);
});
