import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sparticuz from '@sparticuz/chromium';
import { chromium, type Browser, type Page } from 'playwright-core';

const require = createRequire(import.meta.url);

// none of the package's own arguments: they switch off the rules of origins, and then a test of them proves nothing
const ARGUMENTS = [
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];

/** A real Chromium: that of `CHROME_PATH`, else the one from the package, of the very version that is pinned. */
export async function launchBrowser(): Promise<Browser> {
  const own = process.env['CHROME_PATH'];
  const args = process.getuid?.() === 0 ? [...ARGUMENTS, '--no-sandbox'] : ARGUMENTS;
  const browser = await chromium.launch({ executablePath: own ?? (await unpacked()), args });
  if (own !== undefined || browser.version().startsWith(`${major(pinned())}.`)) return browser;
  await browser.close();
  throw new Error(`the browser is ${browser.version()}, not the pinned ${pinned()}`);
}

const pinned = (): string => {
  const root = dirname(dirname(require.resolve('@sparticuz/chromium')));
  return (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string })
    .version;
};
const major = (version: string): string => version.split('.')[0] ?? '';

/** The package unpacks to a place without a version and reuses what lies there: it gets a place per version, filled once. */
async function unpacked(): Promise<string> {
  const place = join(tmpdir(), `countersign-chromium-${pinned()}`);
  const binary = join(place, 'chromium');
  if (existsSync(binary)) return binary;
  const fresh = mkdtempSync(join(tmpdir(), 'countersign-chromium-'));
  const before = process.env['TMPDIR'];
  process.env['TMPDIR'] = fresh;
  const unpacking = sparticuz.executablePath(); // reads the variable before it first waits
  if (before === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = before;
  await unpacking;
  try {
    renameSync(fresh, place);
  } catch {
    rmSync(fresh, { recursive: true }); // another test was first
  }
  return binary;
}

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
let axe: string | undefined;

/** What axe finds against WCAG 2.2 AA on a page, in one line each. */
export async function violationsOn(page: Page): Promise<readonly string[]> {
  axe ??= readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
  await page.evaluate(axe); // not a script tag: the page's own policy forbids that
  return page.evaluate(async (values) => {
    type Axe = {
      run: (
        on: unknown,
        options: unknown,
      ) => Promise<{ violations: { id: string; help: string; nodes: { html: string }[] }[] }>;
    };
    const { axe: tool, document } = globalThis as unknown as { axe: Axe; document: unknown };
    const { violations } = await tool.run(document, { runOnly: { type: 'tag', values } });
    return violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes[0]?.html ?? ''}`);
  }, RULES);
}
