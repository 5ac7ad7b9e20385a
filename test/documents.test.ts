// Pages and files as a whole: links lead somewhere, nothing names the machine or the registry it was made on.
import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';
import { projectFiles, read, ROOT } from './documents.ts';

const files = projectFiles();
const pages = files.filter((path) => path.endsWith('.md'));

/** Headings as links name them. */
const anchorsOf = (page: string): ReadonlySet<string> =>
  new Set(
    [...page.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );

function leadsNowhere(page: string, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? page : normalize(join(dirname(page), path));
  if (!existsSync(join(ROOT, target))) return true;
  return anchor !== undefined && !anchorsOf(read(target)).has(anchor);
}

test.each(pages)('%s: every link leads somewhere', (page) => {
  const text = read(page).replaceAll(/^```[\s\S]*?^```$/gm, '');
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
  const local = links.filter((link) => !/^[a-z]+:/.test(link));
  expect(local.filter((link) => leadsNowhere(page, link))).toEqual([]);
});

test('links are seen at all', () => {
  expect(leadsNowhere('README.md', 'docs/nowhere.md')).toBe(true);
  expect(leadsNowhere('README.md', 'docs/spec/README.md#nowhere')).toBe(true);
  expect(leadsNowhere('docs/spec/README.md', '../../README.md#what-holds')).toBe(false);
});

test.each(['README.md', 'ARCHITECTURE.md'])('%s is at most 200 lines', (page) => {
  expect(read(page).split('\n').length).toBeLessThanOrEqual(200);
});

test('no file names the machine or the registry it was made on', () => {
  const machine = ['', 'work', ''].join('/');
  const foreign = [ROOT, machine, ['file:', '', '', ''].join('/') + 'work'];
  const registry =
    /\bregistry\.[a-z0-9-]+\.[a-z]{2,}|\bregistry\.[a-z0-9.-]+:\d+|"resolved": "https?:/;
  expect(registry.test(['https://registry', 'example', 'org/'].join('.'))).toBe(true);
  const found = files.filter((path) => {
    const text = read(path);
    return foreign.some((one) => text.includes(one)) || registry.test(text);
  });
  expect(files.length).toBeGreaterThan(300);
  expect(found).toEqual([]);
});
