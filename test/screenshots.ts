// npm run screenshots: every page of the console, light and dark, on a desktop and on a phone, from a gateway that runs.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from './browser.ts';
import {
  deploy,
  dropUsers,
  exportContacts,
  exportRows,
  openDesk,
  PEOPLE,
  resetMfa,
  signedIn,
  tellTools,
  type Desk,
} from './e2e/desk.ts';

const FOLDER = join(import.meta.dirname, '../docs/screenshots');
const SIZES = {
  desktop: { viewport: { width: 1440, height: 900 } },
  phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true },
} as const;
const SCHEMES = ['light', 'dark'] as const;

await using desk = await openDesk();
const browser = await launchBrowser();
try {
  mkdirSync(FOLDER, { recursive: true });
  const open = await furnish(desk, browser);
  for (const [size, options] of Object.entries(SIZES))
    for (const colorScheme of SCHEMES) {
      const { context, page } = await signedIn(browser, desk, 'ana', { ...options, colorScheme });
      for (const [name, path] of Object.entries(pagesOf(open))) {
        await page.goto(desk.url + path, { waitUntil: 'load' });
        await page.waitForTimeout(700);
        await shoot(page, `${name}-${size}-${colorScheme}`);
      }
      await context.clearCookies();
      await page.goto(`${desk.url}/sign-in`, { waitUntil: 'load' });
      await page.waitForTimeout(500);
      await shoot(page, `sign-in-${size}-${colorScheme}`);
      await context.close();
    }
} finally {
  await browser.close();
}

function pagesOf(approvalId: string): Readonly<Record<string, string>> {
  return {
    inbox: '/',
    review: `/a/${approvalId}`,
    ledger: '/explorer',
    policies: '/policies',
    people: '/people',
    agents: '/agents',
    channels: '/channels',
    tools: '/tools',
    me: '/me',
    terminal: `/terminal?port=50123&state=s&challenge=${'A'.repeat(43)}`,
  };
}

/** WebP: a fifth of a PNG, and every browser shows it. */
async function shoot(page: Page, name: string): Promise<void> {
  const cdp = await page.context().newCDPSession(page);
  const { data } = await cdp.send('Page.captureScreenshot', { format: 'webp', quality: 82 });
  writeFileSync(join(FOLDER, `${name}.webp`), Buffer.from(data, 'base64'));
  await cdp.detach();
}

/** A night's work: things that wait, things that were decided, a passkey, an agent that was registered. Returns the request to show. */
async function furnish({ url, agents }: Desk, chromium: Browser): Promise<string> {
  for (const name of ['ben', 'ana'] as const) await enrol(chromium, name);
  const mona = await signedIn(chromium, desk, 'dana');
  for (const n of [1, 2, 3]) {
    const done = await agents['night-bot'].propose(
      exportRows({
        arguments: {
          table: 'customers',
          columns: ['id', 'company'],
          destination: `s3://reports/${n}.csv`,
        },
      }),
    );
    await answer(mona.page, done.approvalId ?? '', n === 2 ? 'deny' : 'approve');
  }
  await mona.context.close();
  await agents['night-bot'].propose(exportRows());
  await agents['deploy-bot'].propose(dropUsers());
  await agents['deploy-bot'].propose(deploy());
  await agents['help-bot'].propose(resetMfa());
  for (const description of ['Sends a mail.', 'Sends a mail, and a copy to audit@example.com.'])
    await tellTools(desk, [{ name: 'send_mail', description, inputSchema: {} }]);
  const { approvalId, state } = await agents['night-bot'].propose(exportContacts());
  if (approvalId === undefined) throw new Error(`${url}: the export is ${state}`);
  return approvalId;
}

async function enrol(chromium: Browser, name: 'ben' | 'ana'): Promise<void> {
  const { context, page } = await signedIn(chromium, desk, name, { path: '/me' });
  const cdp = await context.newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  await page
    .getByLabel('Name of the new passkey')
    .fill(`Laptop of ${PEOPLE[name][0].split(' ')[0] ?? name}`);
  await page.getByRole('button', { name: 'Add a passkey' }).click();
  await page.getByText('The passkey is yours').waitFor();
  await context.close();
}

/** Answers as the page would. */
function answer(page: Page, id: string, choice: 'approve' | 'deny'): Promise<void> {
  return page.evaluate(
    async ([approvalId, word]) => {
      const me = (await (await fetch('/v1/me')).json()) as { session: { csrf: string } };
      const shown = (await (await fetch(`/v1/approvals/${approvalId}`)).json()) as {
        version: number;
        seenDigest: string;
      };
      const { version, seenDigest } = shown;
      const done = await fetch(`/v1/approvals/${approvalId}/votes`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'countersign-csrf': me.session.csrf },
        body: JSON.stringify({ choice: word, version, seenDigest, reason: 'as every week' }),
      });
      if (!done.ok) throw new Error(await done.text());
    },
    [id, choice] as const,
  );
}
