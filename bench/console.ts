import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from '../test/browser.ts';
import { exportRows, openDesk, signedIn, type Desk } from '../test/e2e/desk.ts';
import { median, quantile, type Figure } from './figure.ts';

const PENDING = 1_000;
const RUNS = 5;
// a mid-range phone on a slow network: Lighthouse's figures
const CPU = 4;
const RTT_MS = 150;
const BYTES_PER_SECOND = (1_638.4 * 1_000) / 8;

/** First content of the inbox on a slow phone, and how 1,000 pending requests scroll, in a real Chromium. */
export async function benchConsole(): Promise<readonly Figure[]> {
  await using desk = await openDesk(
    `limits: { max_pending_per_agent: 10000, max_pending_per_owner: 100000, attention_per_reviewer: 1000000 }\n`,
  );
  for (let n = 0; n < PENDING; n++) await desk.agents['night-bot'].propose(rowsTo(n));
  const browser = await launchBrowser();
  try {
    const slow = await onSlowPhone(browser, desk);
    const scroll = await scrolled(browser, desk);
    return [...slow, scroll];
  } finally {
    await browser.close();
  }
}

const rowsTo = (n: number): ReturnType<typeof exportRows> => {
  const { arguments: given, ...rest } = exportRows();
  return { ...rest, arguments: { ...(given as object), destination: `s3://reports/${n}.csv` } };
};

/** Loads the inbox with an empty cache, and an empty page of the same gateway in the same way, which is what the network alone takes. */
async function onSlowPhone(browser: Browser, desk: Desk): Promise<readonly Figure[]> {
  const painted: number[] = [];
  const listed: number[] = [];
  const bare: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const { context, page } = await signedIn(browser, desk, 'dana', {
      viewport: { width: 390, height: 844 },
      path: '/healthz',
    });
    const cdp = await context.newCDPSession(page);
    await cdp.send('Network.enable');
    await cdp.send('Network.clearBrowserCache');
    await cdp.send('Emulation.setCPUThrottlingRate', { rate: CPU });
    await cdp.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: RTT_MS,
      downloadThroughput: BYTES_PER_SECOND,
      uploadThroughput: BYTES_PER_SECOND / 2,
    });
    const began = performance.now();
    await page.goto(`${desk.url}/healthz`);
    bare.push(performance.now() - began);
    await page.goto(`${desk.url}/`, { waitUntil: 'commit' });
    await page.locator('[data-row="0"]').waitFor();
    listed.push(await page.evaluate(() => performance.now()));
    painted.push(
      await page.evaluate(
        () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN,
      ),
    );
    await context.close();
  }
  const baseline = `a line of text over the same network: ${Math.round(median(bare))} ms`;
  const first = median(painted);
  const rows = median(listed);
  const of = (ms: number) => ({ ratio: ms / median(bare), target: '≤ 1,500 ms', ok: ms <= 1_500 });
  const unit = 'ms, 4× CPU, slow 4G (150 ms, 1.6 Mbit/s), median of 5';
  return [
    { name: 'console/first-content', value: first, unit, baseline, ...of(first) },
    { name: 'console/first-requests-listed', value: rows, unit, baseline, ...of(rows) },
  ];
}

/** Every frame while the wheel turns through all requests, against frames of the same page at rest. */
async function scrolled(browser: Browser, desk: Desk): Promise<Figure> {
  const { context, page } = await signedIn(browser, desk, 'dana');
  await page.locator('[data-row="0"]').waitFor();
  const atRest = await framesDuring(page, () => page.waitForTimeout(2_000));
  await page.locator('[data-row="2"]').hover();
  const moving = await framesDuring(page, async () => {
    for (let step = 0; step < 180; step++) {
      await page.mouse.wheel(0, 420);
      await page.waitForTimeout(16);
    }
  });
  const reached = await page.locator('[data-row]').last().getAttribute('data-row');
  await context.close();
  if (Number(reached) < PENDING - 100)
    throw new Error(`only ${reached} rows were scrolled through`);
  const value = 1_000 / quantile(moving, 0.95);
  const rest = 1_000 / quantile(atRest, 0.95);
  return {
    name: 'console/scroll-1000-pending',
    value,
    unit: 'frames/s at the 95th percentile of frame times',
    baseline: `the same page at rest: ${rest.toFixed(1)} frames/s`,
    ratio: value / rest,
    target: '60 (≥ 0.95 of rest)',
    ok: value >= 57,
  };
}

/** Milliseconds between frames while something happens. */
async function framesDuring(page: Page, act: () => Promise<void>): Promise<number[]> {
  await page.evaluate(`{
    globalThis.times = [];
    globalThis.isOver = false;
    const tick = (at) => {
      times.push(at);
      if (!isOver) requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  }`);
  await act();
  const times = await page.evaluate<number[]>('(globalThis.isOver = true, globalThis.times)');
  return times.slice(1).map((at, i) => at - (times[i] ?? at));
}
